/** Adds a person with a photo; the box says at once whether the photo is good enough, and why not. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Flex, Form, Input } from "antd";
import { useState } from "react";
import { Failure } from "@/shared/Failure";
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
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const close = () => {
    form.resetFields();
    setFailure(null);
    onClose();
  };
  const add = async (fields: New) => {
    if (!fields.photo) return;
    setBusy(true);
    setFailure(null);
    try {
      await people.add(fields.id.trim(), fields.photo, fields.libraries, writtenOf(fields));
      await queries.invalidateQueries({ queryKey: ["people"] });
      message.success(w.added(fields.name));
      close();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
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
        {failure ? (
          <div style={{ marginBottom: 16 }}>
            <Failure error={failure} />
          </div>
        ) : null}
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
