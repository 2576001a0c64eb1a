/** What the list of people can be narrowed by; it stands in the address. */
import { useQuery } from "@tanstack/react-query";
import { Button, Flex, Input, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import type { Address } from "@/shared/address";
import { personTypes } from "@/shared/domain";
import { useWords } from "@/shared/words";
import { departmentsQuery, tagsQuery, useGroups } from "../data";
import { FILTERS, type Filter, isRestricted, type Order } from "../filter";
import { says } from "../words";

type Props = {
  filter: Filter;
  order: Order;
  change: (some: Address) => void;
};

export function Filters({ filter, order, change }: Props) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const groups = useGroups();
  const tags = useQuery(tagsQuery).data ?? [];
  const departments = useQuery(departmentsQuery).data ?? [];
  const options = (all: Record<string, string>) =>
    Object.entries(all).map(([value, label]) => ({ value, label }));
  const pick = (
    key: string,
    label: string,
    value: string | undefined,
    all: { value: string; label: string }[],
  ) => (
    <Select
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(next?: string) => change({ [key]: next })}
      options={all}
      allowClear
      showSearch={all.length > 8 ? { optionFilterProp: "label" } : false}
      popupMatchSelectWidth={false}
      style={{ minWidth: 112, maxWidth: 220 }}
    />
  );
  return (
    <Flex gap={8} wrap style={{ marginBottom: 12 }} role="search">
      <SearchText value={filter.search ?? ""} label={w.search} onChange={(search) => change({ search })} />
      {pick("type", w.type, filter.type?.toString(), options(types))}
      {pick(
        "group",
        w.group,
        filter.group ?? undefined,
        groups.map(({ id, name }) => ({ value: id, label: name })),
      )}
      <Select
        aria-label={w.department}
        placeholder={w.department}
        value={filter.department === "" ? "\0" : (filter.department ?? undefined)}
        onChange={(next?: string) =>
          change(
            next === "\0"
              ? { department: undefined, no_department: true }
              : { department: next, no_department: undefined },
          )
        }
        options={[
          { value: "\0", label: w.noDepartment },
          ...departments.map(({ department, people }) => ({
            value: department,
            label: `${department} (${people})`,
          })),
        ]}
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={false}
        style={{ minWidth: 112, maxWidth: 220 }}
      />
      {pick(
        "tag",
        w.tag,
        filter.tag ?? undefined,
        tags.map(({ tag, people }) => ({ value: tag, label: `${tag} (${people})` })),
      )}
      {pick("photo", w.photo, filter.photo?.toString(), options(w.photos))}
      {pick("enrolment", w.enrolment, filter.enrolment ?? undefined, options(w.enrolments))}
      {pick("validity", w.validity, filter.validity ?? undefined, options(w.validities))}
      <Select<Order>
        aria-label={w.sort}
        value={order}
        onChange={(sort) => change({ sort: sort === "id" ? undefined : sort })}
        options={[
          { value: "id", label: w.sorts.id },
          { value: "name", label: w.sorts.name },
        ]}
        popupMatchSelectWidth={false}
      />
      {isRestricted(filter) ? (
        <Button
          type="link"
          onClick={() => change(Object.fromEntries(FILTERS.map((key) => [key, undefined])))}
        >
          {w.clear}
        </Button>
      ) : null}
    </Flex>
  );
}

const PAUSE_MS = 300;

type SearchProps = { value: string; label: string; onChange: (text: string) => void };

/** Searches when somebody pauses; what the address says from elsewhere is taken over. */
export function SearchText({ value, label, onChange }: SearchProps) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(value);
  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const send = (next: string) => {
    clearTimeout(timer.current);
    sent.current = next.trim();
    onChange(next.trim());
  };
  return (
    <Input.Search
      aria-label={label}
      placeholder={label}
      value={text}
      allowClear
      onChange={(event) => {
        const next = event.target.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => send(next), PAUSE_MS);
      }}
      onSearch={send}
      style={{ width: 220, maxWidth: "100%" }}
    />
  );
}
