/** The fields of a person, for adding and changing one. */
import { useQuery } from "@tanstack/react-query";
import { DatePicker, Form, Input, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { personTypes } from "@/shared/domain";
import { useWords } from "@/shared/words";
import { librariesQuery, type Schema } from "../../api";
import type { Written } from "../../fog";
import { useGroupChoices } from "../../shared/groups";
import { says } from "./words";

export type Fields = {
  name: string;
  type: number;
  groups: string[];
  libraries: string[];
  card: string;
  description: string;
  from: Dayjs | null;
  until: Dayjs | null;
};

/** Keys under which boxes and platforms keep them. */
const CARD = "visit_card_number";
const DESCRIPTION = "description";
const FROM = "valid_from";
const UNTIL = "valid_until";

export const EMPTY: Fields = {
  name: "",
  type: 1,
  groups: ["0"],
  libraries: ["default_group"],
  card: "",
  description: "",
  from: null,
  until: null,
};

const text = (value: unknown) => (value === undefined || value === null ? "" : String(value));

/** Times are kept as the writer wrote them: milliseconds, seconds, or in words; the last day of all reaches to its end. */
function moment(value: unknown, isLast: boolean): Dayjs | null {
  if (value === undefined || value === null || value === "") return null;
  const words = String(value).trim();
  const number = Number(words);
  const read = Number.isNaN(number) ? dayjs(words) : dayjs(number < 1e11 ? number * 1000 : number);
  if (!read.isValid()) return null;
  return isLast && /^\d{4}-\d\d-\d\d$/.test(words) ? read.add(1, "day") : read;
}

export const cardOf = ({ info }: Schema<"Person">) => text((info as Record<string, unknown>)[CARD]);
export const descriptionOf = ({ info }: Schema<"Person">) =>
  text((info as Record<string, unknown>)[DESCRIPTION]);

export function fieldsOf(person: Schema<"Person">): Fields {
  const info = person.info as Record<string, unknown>;
  return {
    name: person.name,
    type: person.type,
    groups: person.permission_ids,
    libraries: person.libraries,
    card: cardOf(person),
    description: descriptionOf(person),
    from: moment(info[FROM] ?? info.validFrom, false),
    until: moment(info[UNTIL] ?? info.validUntil, true),
  };
}

/**
 * What is sent. Of somebody who was there `before`, what was emptied is taken away, and a validity that nobody touched stays as
 * it was written.
 */
export function writtenOf(fields: Fields, before?: Fields): Written {
  const further: Record<string, unknown> = {
    [CARD]: fields.card.trim() || null,
    [DESCRIPTION]: fields.description.trim() || null,
    [FROM]: fields.from?.valueOf() ?? null,
    [UNTIL]: fields.until?.valueOf() ?? null,
  };
  const isSame = (key: "from" | "until") => before?.[key]?.valueOf() === fields[key]?.valueOf();
  if (before && isSame("from")) delete further[FROM];
  if (before && isSame("until")) delete further[UNTIL];
  const kept = Object.entries(further).filter(([, value]) => before || value !== null);
  return {
    ...Object.fromEntries(kept),
    name: fields.name.trim(),
    type: fields.type,
    permission_ids: fields.groups,
  };
}

export function PersonFields({ heldGroups = [] }: { heldGroups?: string[] }) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const groups = useGroupChoices(heldGroups);
  const libraries = useQuery(librariesQuery).data?.items ?? [];
  const needed = (label: string) => [{ required: true, message: w.need(label), whitespace: true }];
  return (
    <>
      <Form.Item name="name" label={w.name} rules={needed(w.name)}>
        <Input maxLength={256} />
      </Form.Item>
      <Form.Item name="type" label={w.type}>
        <Select options={[1, 2, 5, 3, 4].map((value) => ({ value, label: types[value] }))} />
      </Form.Item>
      <Form.Item name="groups" label={w.groups}>
        <Select mode="multiple" options={groups} />
      </Form.Item>
      <Form.Item
        name="libraries"
        label={w.libraries}
        rules={[{ required: true, type: "array", min: 1, message: w.need(w.libraries) }]}
      >
        <Select mode="multiple" options={libraries.map(({ name }) => ({ value: name, label: name }))} />
      </Form.Item>
      <Form.Item label={w.validity} extra={w.validityHint} style={{ marginBottom: 0 }}>
        <div className="pair">
          <Form.Item name="from">
            <DatePicker showTime={{ format: "HH:mm" }} placeholder={w.from} aria-label={w.from} />
          </Form.Item>
          <Form.Item name="until">
            <DatePicker showTime={{ format: "HH:mm" }} placeholder={w.until} aria-label={w.until} />
          </Form.Item>
        </div>
      </Form.Item>
      <Form.Item name="card" label={w.card} style={{ marginTop: 16 }}>
        <Input maxLength={64} />
      </Form.Item>
      <Form.Item name="description" label={w.description}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={500} />
      </Form.Item>
    </>
  );
}
