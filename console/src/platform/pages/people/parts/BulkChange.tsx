/** Changes many people at once, and says of each who was refused why. */

import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Button, Checkbox, DatePicker, Flex, Form, Radio, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { must } from "@/shared/api";
import { personTypes } from "@/shared/domain";
import { FormDrawer } from "@/shared/FormDrawer";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { departmentsQuery, tagsQuery, useChanged, useGroups } from "../data";
import { BulkResult } from "./BulkResult";
import { says } from "./bulkWords";

/** Whom: these people, or everybody who fits. */
export type Whom = Pick<Schema<"BulkChange">, "ids" | "filter">;

type Limit = { kind: "keep" | "always" | "at"; at?: Dayjs | null };
type Fields = {
  add_groups: string[];
  remove_groups: string[];
  add_tags: string[];
  remove_tags: string[];
  type?: number;
  department?: string;
  no_department?: boolean;
  from: Limit;
  until: Limit;
};

const NOTHING: Fields = {
  add_groups: [],
  remove_groups: [],
  add_tags: [],
  remove_tags: [],
  from: { kind: "keep" },
  until: { kind: "keep" },
};

/** A limit of the validity as the platform takes it: left out, none, or a time. */
function limitOf(limit: Limit): number | null | undefined {
  if (limit.kind === "keep") return undefined;
  return limit.kind === "at" && limit.at ? limit.at.valueOf() : null;
}

function changeOf(fields: Fields): Schema<"BulkChange"> | null {
  const all: Schema<"BulkChange"> = {
    add_groups: fields.add_groups,
    remove_groups: fields.remove_groups,
    add_tags: fields.add_tags,
    remove_tags: fields.remove_tags,
    type: fields.type,
    // Empty: none.
    department: fields.no_department ? "" : fields.department || undefined,
    valid_from: limitOf(fields.from),
    valid_until: limitOf(fields.until),
  };
  const said = Object.entries(all).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return said.length > 0 ? Object.fromEntries(said) : null;
}

type Props = { open: boolean; whom: Whom; called: string; onClose: () => void };

export function BulkChange({ open, whom, called, onClose }: Props) {
  const w = useWords(says);
  const changed = useChanged();
  const [result, setResult] = useState<Schema<"BulkResult"> | null>(null);
  const apply = async (fields: Fields) => {
    const change = changeOf(fields);
    if (!change) throw new Error(w.nothing);
    setResult(await must(api.POST("/api/v1/people/bulk", { body: { ...whom, ...change } })));
    await changed();
  };
  const close = () => {
    setResult(null);
    onClose();
  };
  return (
    <FormDrawer<Fields>
      open={open}
      title={w.changeTitle(called)}
      action={result ? null : w.apply}
      initial={NOTHING}
      send={apply}
      onClose={close}
      width={480}
      before={result ? <Done result={result} onClose={close} /> : <p>{w.hint}</p>}
    >
      <ChangeFields />
    </FormDrawer>
  );
}

function Done({ result, onClose }: { result: Schema<"BulkResult">; onClose: () => void }) {
  const w = useWords(says);
  return (
    <Flex vertical gap={16} align="stretch">
      <BulkResult result={result} />
      <Button onClick={onClose}>{w.close}</Button>
    </Flex>
  );
}

function ChangeFields() {
  const w = useWords(says);
  const types = useWords(personTypes);
  const groups = useGroups().map(({ id, name }) => ({ value: id, label: name }));
  const tags = (useQuery(tagsQuery).data ?? []).map(({ tag }) => ({ value: tag, label: tag }));
  const departments = useQuery(departmentsQuery).data ?? [];
  const noDepartment = Form.useWatch("no_department") === true;
  const byLabel = { optionFilterProp: "label" } as const;
  return (
    <>
      <Form.Item name="add_groups" label={w.addGroups}>
        <Select mode="multiple" options={groups} showSearch={byLabel} />
      </Form.Item>
      <Form.Item name="remove_groups" label={w.removeGroups}>
        <Select mode="multiple" options={groups} showSearch={byLabel} />
      </Form.Item>
      <Form.Item name="type" label={w.type}>
        <Select
          allowClear
          options={Object.entries(types).map(([value, label]) => ({ value: Number(value), label }))}
        />
      </Form.Item>
      <Form.Item label={w.department}>
        <Form.Item name="department" noStyle>
          <AutoComplete
            aria-label={w.department}
            allowClear
            {...(noDepartment ? { disabled: true } : {})}
            options={departments.map(({ department }) => ({ value: department }))}
            maxLength={64}
          />
        </Form.Item>
        <Form.Item name="no_department" valuePropName="checked" noStyle>
          <Checkbox>{w.noDepartment}</Checkbox>
        </Form.Item>
      </Form.Item>
      <Form.Item name="add_tags" label={w.addTags}>
        <Select mode="tags" tokenSeparators={[",", ";", "|"]} options={tags} />
      </Form.Item>
      <Form.Item name="remove_tags" label={w.removeTags}>
        <Select mode="multiple" options={tags} showSearch={byLabel} />
      </Form.Item>
      <LimitFields name="from" label={w.setFrom} />
      <LimitFields name="until" label={w.setUntil} />
    </>
  );
}

function LimitFields({ name, label }: { name: "from" | "until"; label: string }) {
  const w = useWords(says);
  const kind = Form.useWatch([name, "kind"]);
  return (
    <Form.Item label={label}>
      <Flex gap={8} wrap align="center">
        <Form.Item name={[name, "kind"]} noStyle>
          <Radio.Group
            aria-label={label}
            options={[
              { value: "keep", label: w.keep },
              { value: "always", label: w.always },
              { value: "at", label: w.at },
            ]}
          />
        </Form.Item>
        {kind === "at" ? (
          <Form.Item name={[name, "at"]} noStyle rules={[{ required: true, message: label }]}>
            <DatePicker showTime={{ format: "HH:mm" }} aria-label={label} />
          </Form.Item>
        ) : null}
      </Flex>
    </Form.Item>
  );
}
