/** Changes what is known of a person. */
import { Alert, Button, Drawer, Flex, Form } from "antd";
import { useErrorText } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api } from "../../../api";
import { type Person, useChanged } from "../data";
import { says } from "../words";
import { bodyOf, type Fields, fieldsOf, PersonFields } from "./PersonForm";

type Props = { open: boolean; person: Person; onClose: () => void };

export function EditPerson({ open, person, onClose }: Props) {
  const w = useWords(says);
  return (
    <Drawer open={open} onClose={onClose} title={w.editTitle(person.name)} size={520} destroyOnHidden>
      <Editing person={person} onClose={onClose} />
    </Drawer>
  );
}

function Editing({ person, onClose }: Omit<Props, "open">) {
  const w = useWords(says);
  const text = useErrorText();
  const changed = useChanged();
  const [form] = Form.useForm<Fields>();
  const { busy, failure, run } = useWork();
  const save = () =>
    run(async () => {
      // All of it: entries keep what they were before they were edited, which no field shows.
      const fields = form.getFieldsValue(true) as Fields;
      await api.PATCH("/api/v1/people/{identity_id}", {
        params: { path: { identity_id: person.identity_id } },
        body: bodyOf(fields),
      });
      await changed();
      onClose();
    });
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={fieldsOf(person)}
      onFinish={save}
      disabled={busy}
      scrollToFirstError
    >
      <PersonFields isNew={false} />
      {failure ? (
        <Alert type="error" showIcon role="alert" title={text(failure)} style={{ marginBottom: 16 }} />
      ) : null}
      <Flex gap={8} justify="flex-end">
        <Button onClick={onClose}>{w.cancel}</Button>
        <Button type="primary" htmlType="submit" loading={busy}>
          {w.save}
        </Button>
      </Flex>
    </Form>
  );
}
