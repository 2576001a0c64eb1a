/** A list of things that have a name and a description: added, described anew, removed with or without their people. */
import { PlusOutlined } from "@ant-design/icons";
import { App, Button, Empty, Flex, Form, Input, Modal, Table, type TableColumnsType } from "antd";
import { useState } from "react";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { RemoveNamed } from "./RemoveNamed";
import { says } from "./words";

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
};

export function Named<Row extends NamedRow>({ which, list, calls, columns, isFixed }: Props<Row>) {
  const w = useWords(says);
  const [edited, setEdited] = useState<Row | "new" | null>(null);
  const [removed, setRemoved] = useState<Row | null>(null);
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
      <Table<Row>
        size="middle"
        rowKey="name"
        scroll={{ x: "max-content" }}
        pagination={false}
        loading={list.isPending}
        dataSource={list.data ?? []}
        locale={{
          emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w[which].none} />,
        }}
        columns={[
          { title: w.name, dataIndex: "name" },
          ...columns,
          {
            title: w.description,
            render: (_, row) => row.description || (isFixed(row) && which === "groups" ? w.always : ""),
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
  const [form] = Form.useForm<NamedRow>();
  const { busy, failure, run, forget } = useWork();
  const isNew = edited === "new";
  const close = () => {
    forget();
    onClose();
  };
  const save = ({ name, description }: NamedRow) =>
    run(async () => {
      await (isNew ? calls.add : calls.change)(name.trim(), (description ?? "").trim());
      message.success(w.saved);
      onDone();
      close();
    });
  return (
    <Modal
      open={edited !== null}
      title={isNew ? w[which].add : w[which].change}
      okText={w.save}
      cancelText={w.cancel}
      confirmLoading={busy}
      onOk={() => form.submit()}
      onCancel={close}
      destroyOnHidden
    >
      <Form<NamedRow>
        form={form}
        layout="vertical"
        preserve={false}
        initialValues={isNew || edited === null ? { name: "", description: "" } : edited}
        onFinish={save}
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
      </Form>
      {failure ? <Failure error={failure} /> : null}
    </Modal>
  );
}
