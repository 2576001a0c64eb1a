/** Adds a person, with a photo that the platform has looked at before anything is stored. */
import { useNavigate } from "@tanstack/react-router";
import { Alert, App, Form } from "antd";
import { useState } from "react";
import { must, sendFile } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { FormDrawer } from "@/shared/FormDrawer";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { type Person, useChanged } from "../data";
import { PhotoPicker, type Picked } from "../photo/PhotoPicker";
import { says } from "../words";
import { bodyOf, type Fields, NEW, PersonFields } from "./PersonForm";

export function AddPerson({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const { notification } = App.useApp();
  const changed = useChanged();
  const navigate = useNavigate();
  const [picked, setPicked] = useState<Picked | null>(null);
  const isPoor = picked !== null && !picked.isUsable;

  const sendPhoto = async ({ identity_id, name }: Pick<Person, "identity_id" | "name">, photo: Blob) => {
    const url = `/api/v1/people/${encodeURIComponent(identity_id)}/photo`;
    try {
      await sendFile<Schema<"PhotoAccepted">>("PUT", url, photo);
    } catch (error) {
      // They are there all the same; their page is where another photo can be given.
      notification.warning({ title: w.addedNoPhoto(name), description: text(error), duration: 0 });
    }
  };
  const add = async (fields: Fields) => {
    const body = { identity_id: fields.identity_id.trim(), ...bodyOf(fields) };
    const person = await must(api.POST("/api/v1/people", { body }));
    if (picked?.isUsable) await sendPhoto(person, picked.photo);
    void changed();
    await navigate({ to: "/people/$id", params: { id: person.identity_id } });
  };
  return (
    <FormDrawer<Fields>
      open={open}
      title={w.add}
      action={isPoor ? w.withoutPhoto : w.addThem}
      initial={NEW}
      send={add}
      onClose={onClose}
    >
      <Form.Item label={w.photo}>
        <Photo onPicked={setPicked} />
      </Form.Item>
      <PersonFields isNew />
      {isPoor ? (
        <Alert type="warning" showIcon role="status" title={w.photoPoor} style={{ marginBottom: 16 }} />
      ) : null}
    </FormDrawer>
  );
}

/** Judged as the photo of a person of the type that is chosen. */
function Photo({ onPicked }: { onPicked: (picked: Picked | null) => void }) {
  return <PhotoPicker type={Form.useWatch("type")} onPicked={onPicked} />;
}
