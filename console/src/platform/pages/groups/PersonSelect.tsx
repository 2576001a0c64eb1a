/** Finds people by part of their name or id. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { says } from "./words";

type Props = {
  id?: string;
  value?: string[];
  onChange?: (ids: string[]) => void;
  many?: boolean;
  /** What somebody is called who is chosen but not among those found. */
  nameOf?: (id: string) => string;
};

export function PersonSelect({ id, value = [], onChange, many = false, nameOf }: Props) {
  const w = useWords(says);
  const [search, setSearch] = useState("");
  const found = useQuery({
    queryKey: ["people", "choices", search],
    queryFn: () =>
      must(
        api.GET("/api/v1/people", {
          params: { query: { limit: 20, search: search || undefined, sort: "name" } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const options = (found.data?.items ?? []).map(({ identity_id, name }) => ({
    value: identity_id,
    label: `${name} · ${identity_id}`,
  }));
  const strangers = value
    .filter((id) => !options.some((option) => option.value === id))
    .map((id) => ({ value: id, label: nameOf?.(id) ?? id }));
  return (
    <Select
      mode={many ? "multiple" : undefined}
      id={id}
      aria-label={w.choosePerson}
      placeholder={w.choosePerson}
      value={many ? value : value[0]}
      onChange={(next: string | string[] | undefined) =>
        onChange?.(Array.isArray(next) ? next : next === undefined ? [] : [next])
      }
      options={many || search === "" ? [...strangers, ...options] : options}
      showSearch={{ filterOption: false, onSearch: setSearch }}
      allowClear
      loading={found.isFetching}
      style={{ width: "100%" }}
    />
  );
}
