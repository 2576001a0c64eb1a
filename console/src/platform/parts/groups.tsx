/** Permission groups by their names. */
import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { must } from "@/shared/api";
import { api } from "../api";

/** All groups (there are few; the first 500 are known by name). */
export function useGroups() {
  return useQuery({
    queryKey: ["groups", "all"],
    queryFn: () => must(api.GET("/api/v1/groups", { params: { query: { limit: 500 } } })),
    staleTime: 15_000,
    select: ({ items }) => items,
  });
}

/** Gives the name of a group by its id. */
export function useGroupName(): (id: string) => string {
  const { data } = useGroups();
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
  const { data, isPending } = useGroups();
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
