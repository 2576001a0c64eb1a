/** Adds one box. */
import { useQueryClient } from "@tanstack/react-query";
import { must } from "@/shared/api";
import { FormDialog } from "@/shared/FormDialog";
import { useWords, words } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { BoxFields, type NewBoxFields } from "./BoxFields";

const says = words({
  en: { title: "Add a box", add: "Add and pair" },
  zh: { title: "添加设备", add: "添加并配对" },
});

export function AddBox({
  open,
  onClose,
  onAdded,
}: {
  open: boolean;
  onClose: () => void;
  onAdded: (box: Schema<"BoxView">) => void;
}) {
  const w = useWords(says);
  const queries = useQueryClient();
  const add = async (fields: NewBoxFields) => {
    const body = { ...fields, dev_sno: fields.dev_sno?.trim() || undefined };
    const box = await must(api.POST("/api/v1/boxes", { body }));
    void queries.invalidateQueries({ queryKey: ["boxes"] });
    void queries.invalidateQueries({ queryKey: ["sites"] });
    onAdded(box);
  };
  return (
    <FormDialog<NewBoxFields>
      open={open}
      title={w.title}
      action={w.add}
      initial={{ groups: ["0"] }}
      send={add}
      onClose={onClose}
    >
      <BoxFields />
    </FormDialog>
  );
}
