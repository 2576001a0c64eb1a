/** Adds a person with a photo; the box says at once whether the photo is good enough, and why not. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Form, Input } from "antd";
import { FormDrawer } from "@/shared/FormDrawer";
import { useWords } from "@/shared/words";
import { people } from "../../fog";
import { EMPTY, type Fields, PersonFields, writtenOf } from "./fields";
import { PhotoInput } from "./PhotoInput";
import { says } from "./words";

type New = Fields & { id: string; photo: Blob | null };

const NEW: New = { ...EMPTY, id: "", photo: null };

export function AddPerson({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const add = async ({ photo, ...fields }: New) => {
    // The form asks for one.
    if (!photo) return;
    await people.add(fields.id.trim(), photo, fields.libraries, writtenOf(fields));
    await queries.invalidateQueries({ queryKey: ["people"] });
    message.success(w.added(fields.name));
    onClose();
  };
  return (
    <FormDrawer<New> open={open} title={w.add} action={w.save} initial={NEW} send={add} onClose={onClose}>
      {(busy) => (
        <>
          <Form.Item name="photo" label={w.photo} rules={[{ required: true, message: w.needPhoto }]}>
            <PhotoInput isBusy={busy} />
          </Form.Item>
          <Form.Item
            name="id"
            label={w.id}
            rules={[{ required: true, whitespace: true, message: w.need(w.id) }]}
          >
            <Input maxLength={128} />
          </Form.Item>
          <PersonFields />
        </>
      )}
    </FormDrawer>
  );
}
