/** Makes a key. */
import { useQueryClient } from "@tanstack/react-query";
import { DatePicker, Form, Input } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { must } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { FormDialog } from "@/shared/FormDialog";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { type RoleChosen, RoleFields, sitesOf } from "../../../parts/role";
import { keyWords } from "../words";

type Fields = RoleChosen & { name: string; ends?: Dayjs | null };

export function NewKey({
  open,
  onClose,
  onMade,
}: {
  open: boolean;
  onClose: () => void;
  onMade: (key: Schema<"ApiKeyShown">) => void;
}) {
  const w = useWords(keyWords);
  const queries = useQueryClient();
  const make = async ({ name, ends, ...chosen }: Fields) => {
    const expires_at = ends ? ends.endOf("day").valueOf() : null;
    const body = { name, role: chosen.role, sites: sitesOf(chosen), expires_at };
    const key = await must(api.POST("/api/v1/api-keys", { body }));
    void queries.invalidateQueries({ queryKey: ["api-keys"] });
    onMade(key);
  };
  return (
    <FormDialog<Fields>
      open={open}
      title={w.add}
      action={w.make}
      initial={{ role: "viewer" }}
      send={make}
      onClose={onClose}
    >
      <Form.Item
        name="name"
        label={w.name}
        extra={w.nameHelp}
        rules={[{ required: true, whitespace: true, max: 64, message: w.need(w.name) }]}
      >
        <Input autoComplete="off" />
      </Form.Item>
      <RoleFields says={w} />
      <Form.Item name="ends" label={w.ends} extra={w.endsHelp}>
        <DatePicker minDate={dayjs(serverNow())} placeholder={w.never} style={{ width: 200 }} />
      </Form.Item>
    </FormDialog>
  );
}
