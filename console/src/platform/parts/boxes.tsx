/** Boxes by their names, wherever others are told by key; there may be thousands of them. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Select } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { api } from "../api";
import { type Option, useCutNote, withChosen } from "./choices";

/** Boxes fetched at once for their names: most fleets have fewer. */
const AT_ONCE = 500;
/** Of the others so many are asked for one by one; a longer list tells the rest by key. */
const ONE_BY_ONE = 50;
/** Boxes offered at once. */
const OFFERED = 50;
const FRESH = 60_000;

/** Gives the names of these boxes by key; a key stands for itself while its name is not known. */
export function useBoxNames(keys: string[]): (devSno: string) => string {
  const { data } = useQuery({
    queryKey: ["boxes", "names"],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query: { limit: AT_ONCE } } })),
    staleTime: FRESH,
  });
  const names = new Map(data?.items.map(({ dev_sno, name }) => [dev_sno, name]));
  const unknown = data?.next ? [...new Set(keys)].filter((key) => !names.has(key)) : [];
  const asked = useQueries({
    queries: unknown.slice(0, ONE_BY_ONE).map((key) => ({
      queryKey: ["boxes", "name", key],
      queryFn: () => must(api.GET("/api/v1/boxes/{dev_sno}", { params: { path: { dev_sno: key } } })),
      staleTime: FRESH,
      retry: false,
    })),
  });
  for (const { data: box } of asked) if (box) names.set(box.dev_sno, box.name);
  return (devSno) => names.get(devSno) ?? devSno;
}

/** A box's name, leading to its page. */
export function BoxLink({ devSno, tab }: { devSno: string; tab?: string }) {
  const name = useBoxNames([devSno])(devSno);
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
  className?: string;
  "aria-label"?: string;
};

function useOptions(chosen: string[]) {
  const [typed, setTyped] = useState("");
  const search = typed.trim() || undefined;
  const found = useQuery({
    queryKey: ["boxes", "choices", search ?? ""],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query: { limit: OFFERED, search } } })),
    staleTime: 30_000,
    placeholderData: (before) => before,
  });
  const called = useBoxNames(chosen);
  const options: Option[] = (found.data?.items ?? []).map(({ dev_sno, name, site }) => ({
    value: dev_sno,
    label: site ? `${name} · ${site}` : name,
  }));
  return {
    options: search ? options : withChosen(options, chosen, called),
    // What is chosen keeps its name while others are looked for.
    labelRender: ({ value, label }: { value?: unknown; label?: unknown }) =>
      typeof label === "string" ? label : called(String(value)),
    showSearch: { onSearch: setTyped, filterOption: false as const },
    loading: found.isFetching,
    popupRender: useCutNote(found.data?.next ? options.length : 0),
  };
}

/** One box, found by typing part of its name, site or key. */
export function BoxPicker(props: PickerProps<string | undefined>) {
  const found = useOptions(props.value ? [props.value] : []);
  return (
    <Select
      {...props}
      {...found}
      value={props.value ?? null}
      onChange={(value) => props.onChange?.(value ?? undefined)}
      allowClear
      {...(props.className ? {} : { style: { minWidth: 200 } })}
    />
  );
}

/** Several boxes. */
export function BoxesPicker(props: PickerProps<string[]>) {
  const found = useOptions(props.value ?? []);
  return <Select mode="multiple" {...props} {...found} />;
}
