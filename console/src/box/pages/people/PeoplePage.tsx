/** Everybody this box knows, with search; and adding a person. */
import { ImportOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Flex, Input, Select, type TableColumnsType, Tag, Tooltip, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { PERSON_COLOURS, personTypes } from "@/shared/domain";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import { api, librariesQuery, type Schema } from "../../api";
import { useGroupChoices, useGroupName } from "../../shared/groups";
import { AddPerson } from "./AddPerson";
import { cardOf, descriptionOf } from "./fields";
import { AddMany } from "./many/AddMany";
import { says as manySays } from "./manyWords";
import { PersonPhoto } from "./PersonPhoto";
import { Removing } from "./Removing";
import { says } from "./words";

type Person = Schema<"Person">;

type Filters = {
  q?: string | undefined;
  group?: string | undefined;
  library?: string | undefined;
  type?: number | undefined;
  recognisable?: boolean | undefined;
};
type Set = (change: Record<string, string | number | boolean | undefined>) => void;

export function PeoplePage() {
  const w = useWords(says);
  const m = useWords(manySays);
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const text = (value: unknown) => (value === undefined || value === "" ? undefined : String(value));
  const filters: Filters = {
    q: text(search.q),
    group: text(search.group),
    library: text(search.library),
    type: Number(search.type) || undefined,
    recognisable: typeof search.recognisable === "boolean" ? search.recognisable : undefined,
  };
  const navigate = useNavigate();
  const set: Set = (change) =>
    navigate({ to: "/people", search: (before) => ({ ...before, ...change }), replace: true });
  const columns = useColumns();
  const [chosen, choose] = useState<Person[]>([]);
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <>
          <Button icon={<ImportOutlined />} onClick={() => set({ many: true })}>
            {m.import}
          </Button>
          <Button type="primary" icon={<PlusOutlined />} onClick={() => set({ add: true })}>
            {w.add}
          </Button>
        </>
      }
    >
      <FilterBar filters={filters} set={set} />
      <Removing chosen={chosen} choose={choose} />
      <CursorTable<Person>
        rowKey="identity_id"
        rowSelection={{
          selectedRowKeys: chosen.map(({ identity_id }) => identity_id),
          preserveSelectedRowKeys: true,
          onChange: (_, rows) => choose(rows),
          getCheckboxProps: ({ name }) => ({ "aria-label": name }) as object,
        }}
        columns={columns}
        queryKey={["people", filters]}
        fetchPage={(cursor) => must(api.GET("/api/v1/people", { params: { query: { cursor, ...filters } } }))}
        refresh={15_000}
        empty={w.none}
      />
      <AddPerson open={search.add === true} onClose={() => set({ add: undefined })} />
      <AddMany open={search.many === true} onClose={() => set({ many: undefined })} />
    </Page>
  );
}

function FilterBar({ filters, set }: { filters: Filters; set: Set }) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const groups = useGroupChoices(filters.group ? [filters.group] : []);
  const libraries = useQuery(librariesQuery).data?.items ?? [];
  const choice = (
    key: "group" | "library" | "type",
    label: string,
    options: { value: string | number; label: string | undefined }[],
  ) => (
    <Select
      aria-label={label}
      placeholder={label}
      allowClear
      value={filters[key] ?? null}
      onChange={(value: string | number | null) => set({ [key]: value ?? undefined })}
      options={options}
      style={{ minWidth: 150 }}
    />
  );
  return (
    <Flex gap={8} wrap className="filters">
      <Input.Search
        key={filters.q ?? ""}
        aria-label={w.search}
        placeholder={w.search}
        allowClear
        defaultValue={filters.q ?? ""}
        onSearch={(part) => set({ q: part.trim() || undefined })}
        style={{ width: 240 }}
      />
      {choice("group", w.groups, groups)}
      {choice(
        "type",
        w.type,
        [1, 2, 5, 3, 4].map((value) => ({ value, label: types[value] })),
      )}
      {choice(
        "library",
        w.libraries,
        libraries.map(({ name }) => ({ value: name, label: name })),
      )}
      <Select
        aria-label={w.state}
        placeholder={w.state}
        allowClear
        value={filters.recognisable === undefined ? null : String(filters.recognisable)}
        onChange={(value: string | null) => set({ recognisable: value ? value === "true" : undefined })}
        options={[
          { value: "true", label: w.yes },
          { value: "false", label: w.no },
        ]}
        style={{ minWidth: 150 }}
      />
    </Flex>
  );
}

function useColumns(): TableColumnsType<Person> {
  const w = useWords(says);
  const told = useTold();
  const types = useWords(personTypes);
  const groupName = useGroupName();
  return [
    {
      title: w.photo,
      width: 72,
      render: (_, person) => <PersonPhoto id={person.identity_id} at={person.updated_at_ms} size={44} />,
    },
    {
      title: w.name,
      render: (_, person) => (
        <Link to="/people/$id" params={{ id: person.identity_id }}>
          {person.name}
        </Link>
      ),
    },
    { title: w.id, dataIndex: "identity_id" },
    { title: w.card, responsive: ["lg"], render: (_, person) => cardOf(person) },
    {
      title: w.type,
      render: (_, person) => <Tag color={PERSON_COLOURS[person.type]}>{types[person.type]}</Tag>,
    },
    {
      title: w.groups,
      render: (_, person) => person.permission_ids.map((id) => <Tag key={id}>{groupName(id)}</Tag>),
    },
    { title: w.libraries, render: (_, person) => person.libraries.join(", ") },
    {
      title: w.description,
      responsive: ["xl"],
      render: (_, person) => (
        <Typography.Text ellipsis={{ tooltip: descriptionOf(person) }} style={{ maxWidth: 160 }}>
          {descriptionOf(person)}
        </Typography.Text>
      ),
    },
    {
      title: w.state,
      render: (_, person) =>
        person.recognisable ? (
          <Tag color="green">{w.yes}</Tag>
        ) : (
          <Tooltip title={told(person.reason ?? "")}>
            <Tag color="red">{w.no}</Tag>
          </Tooltip>
        ),
    },
    {
      title: w.changed,
      render: (_, person) => (
        <Typography.Text type="secondary">
          <Age of={person.updated_at_ms} />
        </Typography.Text>
      ),
    },
  ];
}
