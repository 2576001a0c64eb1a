/** Adds a person, with a photo that the platform has looked at before anything is stored. */
import { useNavigate } from "@tanstack/react-router";
import { Alert, Button, Drawer, Flex, Form } from "antd";
import { useState } from "react";
import { must, sendFile } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { useChanged } from "../data";
import { PhotoPicker, type Picked } from "../photo/PhotoPicker";
import { says } from "../words";
import { bodyOf, type Fields, NEW, PersonFields } from "./PersonForm";

type Props = { open: boolean; onClose: () => void };

export function AddPerson({ open, onClose }: Props) {
  const w = useWords(says);
  return (
    <Drawer open={open} onClose={onClose} title={w.add} size={520} destroyOnHidden>
      <Adding onClose={onClose} />
    </Drawer>
  );
}

function Adding({ onClose }: { onClose: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const changed = useChanged();
  const navigate = useNavigate();
  const [form] = Form.useForm<Fields>();
  const [picked, setPicked] = useState<Picked | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [half, setHalf] = useState<{ id: string; name: string; why: string } | null>(null);
  const isPoor = picked !== null && !picked.isUsable;

  const add = async (fields: Fields) => {
    setBusy(true);
    setFailure(null);
    try {
      const body = { identity_id: fields.identity_id.trim(), ...bodyOf(fields) };
      const person = await must(api.POST("/api/v1/people", { body }));
      const id = person.identity_id;
      if (picked?.isUsable) {
        const url = `/api/v1/people/${encodeURIComponent(id)}/photo`;
        try {
          await sendFile<Schema<"PhotoAccepted">>("PUT", url, picked.photo);
        } catch (error) {
          setHalf({ id, name: person.name, why: text(error) });
          return;
        }
      }
      await navigate({ to: "/people/$id", params: { id } });
    } catch (error) {
      setFailure(text(error));
    } finally {
      setBusy(false);
      void changed();
    }
  };
  if (half) {
    return (
      <Flex vertical gap={12} align="flex-start">
        <Alert
          type="warning"
          showIcon
          role="alert"
          title={w.addedNoPhoto(half.name)}
          description={half.why}
        />
        <Button type="primary" onClick={() => navigate({ to: "/people/$id", params: { id: half.id } })}>
          {w.toPerson}
        </Button>
      </Flex>
    );
  }
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={NEW}
      onFinish={add}
      disabled={busy}
      scrollToFirstError
    >
      <Form.Item label={w.photo}>
        <PhotoPicker onPicked={setPicked} />
      </Form.Item>
      <PersonFields isNew />
      {isPoor ? (
        <Alert type="warning" showIcon role="status" title={w.photoPoor} style={{ marginBottom: 16 }} />
      ) : null}
      {failure ? (
        <Alert type="error" showIcon role="alert" title={failure} style={{ marginBottom: 16 }} />
      ) : null}
      <Flex gap={8} justify="flex-end">
        <Button onClick={onClose}>{w.cancel}</Button>
        <Button type="primary" htmlType="submit" loading={busy}>
          {isPoor ? w.withoutPhoto : w.addThem}
        </Button>
      </Flex>
    </Form>
  );
}
