/** Choosing among the sites that boxes stand on. */
import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Select } from "antd";
import { must } from "@/shared/api";
import { everything } from "@/shared/everything";
import { api } from "../api";

/** Sites in use. */
export function useSites(): string[] {
  const query = useQuery({
    queryKey: ["sites"],
    queryFn: () =>
      everything((cursor) => must(api.GET("/api/v1/sites", { params: { query: { limit: 500, cursor } } }))),
    staleTime: 30_000,
  });
  return query.data?.map(({ site }) => site) ?? [];
}

type FieldProps = { id?: string; value?: string; onChange?: (value: string) => void; placeholder?: string };

/** A site to be typed: those in use are offered, any other may be written. */
export function SiteField(props: FieldProps) {
  const sites = useSites();
  return (
    <AutoComplete
      {...props}
      options={sites.map((site) => ({ value: site }))}
      showSearch={{ filterOption: (typed, option) => holds(option?.value, typed) }}
      allowClear
    />
  );
}

/** Several sites; none: all. */
export function SitesField(props: {
  id?: string;
  value?: string[];
  onChange?: (value: string[]) => void;
  placeholder?: string;
}) {
  const sites = useSites();
  return <Select mode="tags" {...props} options={sites.map((site) => ({ value: site, label: site }))} />;
}

/** Filters a list by one site. */
export function SiteFilter({
  value,
  onChange,
  label,
}: {
  value: string | undefined;
  onChange: (site: string | undefined) => void;
  label: string;
}) {
  const sites = useSites();
  return (
    <Select
      aria-label={label}
      placeholder={label}
      value={value ?? null}
      onChange={(site) => onChange(site ?? undefined)}
      allowClear
      showSearch
      style={{ minWidth: 160 }}
      options={sites.map((site) => ({ value: site, label: site }))}
    />
  );
}

function holds(text: string | undefined, part: string): boolean {
  return (text ?? "").toLowerCase().includes(part.trim().toLowerCase());
}
