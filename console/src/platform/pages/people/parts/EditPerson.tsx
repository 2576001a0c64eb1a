/** Changes what is known of a person. */
import { FormDrawer } from "@/shared/FormDrawer";
import { useWords } from "@/shared/words";
import { api } from "../../../api";
import { type Person, useChanged } from "../data";
import { says } from "../words";
import { bodyOf, type Fields, fieldsOf, PersonFields } from "./PersonForm";

type Props = { open: boolean; person: Person; onClose: () => void };

export function EditPerson({ open, person, onClose }: Props) {
  const w = useWords(says);
  const changed = useChanged();
  const save = async (fields: Fields) => {
    await api.PATCH("/api/v1/people/{identity_id}", {
      params: { path: { identity_id: person.identity_id } },
      body: bodyOf(fields),
    });
    await changed();
    onClose();
  };
  return (
    <FormDrawer<Fields>
      open={open}
      title={w.editTitle(person.name)}
      action={w.save}
      initial={fieldsOf(person)}
      send={save}
      onClose={onClose}
    >
      <PersonFields isNew={false} />
    </FormDrawer>
  );
}
