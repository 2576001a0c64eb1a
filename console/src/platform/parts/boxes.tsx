/** Boxes by their names, wherever others are told by key. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Select } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { api } from "../api";

/** The names of the first 500 boxes, and of those that were looked for, by key. */
function useNames(search?: string) {
  return useQuery({
    queryKey: ["boxes", "names", search ?? ""],
    queryFn: () =>
      must(api.GET("/api/v1/boxes", { params: { query: { limit: search ? 50 : 500, search } } })),
    staleTime: 30_000,
    select: ({ items }) => items.map(({ dev_sno, name, site }) => ({ dev_sno, name, site })),
    placeholderData: (before) => before,
  });
}

/** The name of a box; its key while that is not known. */
export function useBoxName(devSno: string): string {
  const names = useNames();
  return names.data?.find((box) => box.dev_sno === devSno)?.name ?? devSno;
}

/** A box's name, leading to its page. */
export function BoxLink({ devSno, tab }: { devSno: string; tab?: string }) {
  const name = useBoxName(devSno);
  return (
    <Link to="/boxes/$devSno" params={{ devSno }} search={tab ? { tab } : {}} title={devSno}>
      {name}
    </Link>
  );
}

type PickerProps<Value> = {
  id?: string;
  value?: Value;
  onChange?: (value: Value) => void;
  placeholder?: string;
  "aria-label"?: string;
};

function useOptions() {
  const [typed, setTyped] = useState("");
  const found = useNames(typed || undefined);
  const options = (found.data ?? []).map(({ dev_sno, name, site }) => ({
    value: dev_sno,
    label: site ? `${name} · ${site}` : name,
  }));
  return { options, search: { onSearch: setTyped, filterOption: false as const }, loading: found.isFetching };
}

/** One box, found by typing part of its name, site or key. */
export function BoxPicker(props: PickerProps<string | undefined>) {
  const { options, search, loading } = useOptions();
  return (
    <Select
      {...props}
      value={props.value ?? null}
      onChange={(value) => props.onChange?.(value ?? undefined)}
      allowClear
      showSearch={search}
      loading={loading}
      options={options}
      style={{ minWidth: 200 }}
    />
  );
}

/** Several boxes. */
export function BoxesPicker(props: PickerProps<string[]>) {
  const { options, search, loading } = useOptions();
  return <Select mode="multiple" {...props} showSearch={search} loading={loading} options={options} />;
}
