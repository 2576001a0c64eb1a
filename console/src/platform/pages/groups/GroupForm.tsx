/** Makes a group, or changes its name and description. */
import { Form, Input } from "antd";
import { must } from "@/shared/api";
import { FormDialog } from "@/shared/FormDialog";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { type Group, useChanged } from "../people/data";
import { says } from "./words";

type Fields = { id?: string; name: string; description?: string };
type Props = { group?: Group; onClose: () => void; onSaved?: (group: Group) => void };

export function GroupForm({ group, onClose, onSaved }: Props) {
  const w = useWords(says);
  const changed = useChanged();
  const save = async (fields: Fields) => {
    const body = { name: fields.name.trim(), description: fields.description?.trim() ?? "" };
    const saved = await must(
      group
        ? api.PATCH("/api/v1/groups/{group_id}", { params: { path: { group_id: group.id } }, body })
        : api.POST("/api/v1/groups", { body: { ...body, id: fields.id?.trim() || undefined } }),
    );
    await changed();
    onSaved?.(saved);
    onClose();
  };
  return (
    <FormDialog<Fields>
      title={group ? w.edit : w.create}
      action={w.save}
      initial={group ?? {}}
      send={save}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
