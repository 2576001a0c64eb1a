/** Adds people to a group. */
import { App, Form, Typography } from "antd";
import { must } from "@/shared/api";
import { FormDialog } from "@/shared/FormDialog";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { type Group, useChanged } from "../people/data";
import { PersonSelect } from "./PersonSelect";
import { says } from "./words";

export function AddMembers({ group, onClose }: { group: Group; onClose: () => void }) {
  const w = useWords(says);
  const changed = useChanged();
  const { message } = App.useApp();
  const add = async ({ people }: { people: string[] }) => {
    const params = { path: { group_id: group.id } };
    const body = { add: people };
    const { added } = await must(api.POST("/api/v1/groups/{group_id}/people", { params, body }));
    message.success(w.added(added));
    await changed();
    onClose();
  };
  return (
    <FormDialog title={w.addPeopleTo(group.name)} action={w.add} send={add} onClose={onClose}>
      <Typography.Paragraph type="secondary">{w.addPeopleHint}</Typography.Paragraph>
      <Form.Item name="people" rules={[{ required: true, type: "array", message: w.needPeople }]}>
        <PersonSelect many />
      </Form.Item>
    </FormDialog>
  );
}
