/** Adds a person with a photo; the box says at once whether the photo is good enough, and why not. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Flex, Form, Input } from "antd";
import { FormFailure } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { people } from "../../fog";
import { EMPTY, type Fields, PersonFields, writtenOf } from "./fields";
import { PhotoInput } from "./PhotoInput";
import { says } from "./words";

type New = Fields & { id: string; photo: Blob | null };

export function AddPerson({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<New>();
  const { busy, failure, run, forget } = useWork();
  const close = () => {
    form.resetFields();
    forget();
    onClose();
  };
  const add = async ({ photo, ...fields }: New) => {
    if (!photo) return;
    await run(async () => {
      await people.add(fields.id.trim(), photo, fields.libraries, writtenOf(fields));
      await queries.invalidateQueries({ queryKey: ["people"] });
      message.success(w.added(fields.name));
      close();
    });
  };
  return (
    <Drawer
      open={open}
      title={w.add}
      onClose={close}
      size={520}
      destroyOnHidden
      footer={
        <Flex gap={8} justify="end">
          <Button onClick={close}>{w.cancel}</Button>
          <Button type="primary" loading={busy} onClick={() => form.submit()}>
            {w.save}
          </Button>
        </Flex>
      }
    >
      <Form<New>
        form={form}
        layout="vertical"
        initialValues={{ ...EMPTY, id: "", photo: null }}
        onFinish={add}
        disabled={busy}
      >
        <Form.Item name="photo" label={w.photo} rules={[{ required: true, message: w.needPhoto }]}>
          <PhotoInput isBusy={busy} />
        </Form.Item>
        <FormFailure error={failure} />
        <Form.Item
          name="id"
          label={w.id}
          rules={[{ required: true, whitespace: true, message: w.need(w.id) }]}
        >
          <Input maxLength={128} />
        </Form.Item>
        <PersonFields />
      </Form>
    </Drawer>
  );
}
