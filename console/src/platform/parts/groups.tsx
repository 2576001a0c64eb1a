/** Permission groups by their names. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { groupsQuery } from "../pages/people/data";

/** Gives the name of a group by its id. */
export function useGroupName(): (id: string) => string {
  const { data } = useQuery(groupsQuery);
  return (id) => data?.find((group) => group.id === id)?.name ?? id;
}

/** Several groups. */
export function GroupsField(props: {
  id?: string;
  value?: string[];
  onChange?: (value: string[]) => void;
  placeholder?: string;
  disabled?: boolean;
}) {
  const { data, isPending } = useQuery(groupsQuery);
  return (
    <Select
      mode="multiple"
      {...props}
      loading={isPending}
      options={(data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      showSearch={{ optionFilterProp: "label" }}
    />
  );
}
