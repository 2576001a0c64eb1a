/** A list of things that have a name and a description: added, described anew, removed with or without their people. */
import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Empty, Flex, Form, Input, Table, type TableColumnsType } from "antd";
import { useState } from "react";
import { Failure } from "@/shared/Failure";
import { FormDialog } from "@/shared/FormDialog";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { RemoveNamed } from "./RemoveNamed";
import { says } from "./words";

/** Rows from which on a list is searched, not looked through. */
const LONG = 8;

export type NamedRow = { name: string; description: string };
export type Calls = {
  add: (name: string, description: string) => Promise<unknown>;
  change: (name: string, description: string) => Promise<unknown>;
  remove: (name: string, peopleToo: boolean) => Promise<unknown>;
};

type Props<Row extends NamedRow> = {
  which: "groups" | "libraries";
  list: { data: Row[] | undefined; error: unknown; isPending: boolean; refetch: () => unknown };
  calls: Calls;
  /** Columns beside name and description. */
  columns: TableColumnsType<Row>;
  /** Whether a row stays for ever. */
  isFixed: (row: Row) => boolean;
  /** What a row is called where it is shown. */
  nameOf?: (row: Row) => string;
};

export function Named<Row extends NamedRow>({ which, list, calls, columns, isFixed, nameOf }: Props<Row>) {
  const w = useWords(says);
  const [edited, setEdited] = useState<Row | "new" | null>(null);
  const [removed, setRemoved] = useState<Row | null>(null);
  const [part, setPart] = useState("");
  const rows = list.data ?? [];
  const called = (row: Row) => `${nameOf?.(row) ?? ""}\n${row.name}\n${row.description}`.toLowerCase();
  const actions = (row: Row) => (
    <Flex gap={8} justify="end">
      <Button size="small" onClick={() => setEdited(row)}>
        {w.edit}
      </Button>
      {isFixed(row) ? null : (
        <Button size="small" danger onClick={() => setRemoved(row)}>
          {w.removeShort}
        </Button>
      )}
    </Flex>
  );
  return (
    <Page
      title={w[which].title}
      hint={w[which].hint}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited("new")}>
          {w[which].add}
        </Button>
      }
    >
      {list.error ? <Failure error={list.error} retry={() => list.refetch()} /> : null}
      {rows.length > LONG ? (
        <Input.Search
          aria-label={w.search}
          placeholder={w.search}
          allowClear
          value={part}
          onChange={(event) => setPart(event.target.value)}
          className="filters"
          style={{ maxWidth: 280 }}
        />
      ) : null}
      <Table<Row>
        size="middle"
        rowKey="name"
        scroll={{ x: "max-content" }}
        pagination={false}
        loading={list.isPending}
        dataSource={rows.filter((row) => called(row).includes(part.trim().toLowerCase()))}
        locale={{
          emptyText: (
            <Empty
              image={Empty.PRESENTED_IMAGE_SIMPLE}
              description={rows.length > 0 ? w.noneFits : w[which].none}
            />
          ),
        }}
        columns={[
          { title: w.name, render: (_, row) => nameOf?.(row) ?? row.name },
          ...columns,
          {
            title: w.description,
            render: (_, row) => row.description || (isFixed(row) ? w[which].always : ""),
          },
          { key: "actions", align: "right", render: (_, row) => actions(row) },
        ]}
      />
      <EditNamed
        which={which}
        edited={edited}
        calls={calls}
        onClose={() => setEdited(null)}
        onDone={() => list.refetch()}
      />
      <RemoveNamed
        which={which}
        name={removed?.name ?? null}
        remove={calls.remove}
        onClose={() => setRemoved(null)}
        onDone={() => list.refetch()}
      />
    </Page>
  );
}

function EditNamed({
  which,
  edited,
  calls,
  onClose,
  onDone,
}: {
  which: "groups" | "libraries";
  edited: NamedRow | "new" | null;
  calls: Calls;
  onClose: () => void;
  onDone: () => void;
}) {
  const w = useWords(says);
  const { message } = App.useApp();
  const isNew = edited === "new";
  const save = async ({ name, description }: NamedRow) => {
    await (isNew ? calls.add : calls.change)(name.trim(), (description ?? "").trim());
    message.success(w.saved);
    onDone();
    onClose();
  };
  return (
    <FormDialog<NamedRow>
      open={edited !== null}
      title={isNew ? w[which].add : w[which].change}
      action={w.save}
      initial={isNew || edited === null ? { name: "", description: "" } : edited}
      send={save}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={w.name}
        extra={isNew ? null : w.fixed}
        rules={[{ required: true, whitespace: true, pattern: /^[^,]*$/, message: w.needName }]}
      >
        <Input disabled={!isNew} maxLength={128} />
      </Form.Item>
      <Form.Item name="description" label={w.description}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={500} />
      </Form.Item>
    </FormDialog>
  );
}
