/** Makes a group, or changes its name and description. */
import { Alert, Form, Input, Modal } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { type Group, useChanged } from "../people/data";
import { says } from "./words";

type Fields = { id?: string; name: string; description?: string };
type Props = { group?: Group; onClose: () => void; onSaved?: (group: Group) => void };

export function GroupForm({ group, onClose, onSaved }: Props) {
  const w = useWords(says);
  const text = useErrorText();
  const changed = useChanged();
  const [form] = Form.useForm<Fields>();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const save = async (fields: Fields) => {
    setBusy(true);
    setFailure(null);
    const body = { name: fields.name.trim(), description: fields.description?.trim() ?? "" };
    try {
      const saved = await must(
        group
          ? api.PATCH("/api/v1/groups/{group_id}", { params: { path: { group_id: group.id } }, body })
          : api.POST("/api/v1/groups", { body: { ...body, id: fields.id?.trim() || undefined } }),
      );
      await changed();
      onSaved?.(saved);
      onClose();
    } catch (error) {
      setFailure(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open
      title={group ? w.edit : w.create}
      okText={w.save}
      cancelText={w.cancel}
      onOk={form.submit}
      onCancel={onClose}
      confirmLoading={busy}
    >
      <Form<Fields> form={form} layout="vertical" requiredMark={false} initialValues={group} onFinish={save}>
        <Form.Item
          name="name"
          label={w.name}
          rules={[{ required: true, whitespace: true, message: w.need(w.name) }]}
        >
          <Input maxLength={64} autoComplete="off" />
        </Form.Item>
        <Form.Item name="description" label={w.description}>
          <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} />
        </Form.Item>
        {group ? null : (
          <Form.Item name="id" label={w.id} extra={w.idHint}>
            <Input autoComplete="off" />
          </Form.Item>
        )}
        {failure ? <Alert type="error" showIcon role="alert" title={failure} /> : null}
      </Form>
    </Modal>
  );
}
