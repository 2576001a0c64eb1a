/** The fields of a person, for adding and for editing. */
import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Button, DatePicker, Flex, Form, Input, Select, Typography } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { personTypes } from "@/shared/domain";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { departmentsQuery, type Person, tagsQuery, useGroups } from "../data";
import { says } from "../words";
import { type Entry, entriesOf, infoOf } from "./info";

export type Fields = {
  identity_id: string;
  name: string;
  type: number;
  groups: string[];
  department?: string;
  tags: string[];
  valid_from?: Dayjs | null;
  valid_until?: Dayjs | null;
  info: Entry[];
};

/** A new person: an employee of the default group, as the platform would have it. */
export const NEW: Partial<Fields> = { type: 1, groups: ["0"], tags: [], info: [] };

export function fieldsOf(person: Person): Fields {
  const time = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : dayjs(ms));
  return {
    identity_id: person.identity_id,
    name: person.name,
    type: person.type,
    groups: person.groups,
    department: person.department,
    tags: person.tags,
    valid_from: time(person.valid_from),
    valid_until: time(person.valid_until),
    info: entriesOf(person.info as Record<string, unknown>),
  };
}

export function bodyOf(fields: Fields) {
  return {
    name: fields.name.trim(),
    type: fields.type,
    groups: fields.groups,
    department: fields.department?.trim() ?? "",
    tags: fields.tags,
    valid_from: fields.valid_from?.valueOf() ?? null,
    valid_until: fields.valid_until?.valueOf() ?? null,
    info: infoOf(fields.info) as Schema<"NewPerson">["info"],
  };
}

export function PersonFields({ isNew }: { isNew: boolean }) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const groups = useGroups();
  const tags = useQuery(tagsQuery).data ?? [];
  const departments = useQuery(departmentsQuery).data ?? [];
  return (
    <>
      {isNew ? (
        <Form.Item
          name="identity_id"
          label={w.id}
          extra={w.idHint}
          rules={[
            { required: true, message: w.need(w.id) },
            { pattern: /^[\p{L}\p{N}\-_.@:+]{1,64}$/u, message: w.idBad },
          ]}
        >
          <Input autoComplete="off" maxLength={64} />
        </Form.Item>
      ) : null}
      <Form.Item
        name="name"
        label={w.name}
        rules={[{ required: true, whitespace: true, message: w.need(w.name) }]}
      >
        <Input autoComplete="off" maxLength={64} />
      </Form.Item>
      <Form.Item name="type" label={w.type}>
        <Select options={Object.entries(types).map(([value, label]) => ({ value: Number(value), label }))} />
      </Form.Item>
      <Form.Item name="groups" label={w.groups} extra={w.groupsHint}>
        <Select
          mode="multiple"
          options={groups.map(({ id, name }) => ({ value: id, label: name }))}
          showSearch={{ optionFilterProp: "label" }}
        />
      </Form.Item>
      <Flex gap={12} wrap>
        <Form.Item name="valid_from" label={w.validFrom} style={{ flex: "1 1 180px" }}>
          <DatePicker showTime={{ format: "HH:mm" }} placeholder={w.always} style={{ width: "100%" }} />
        </Form.Item>
        <Form.Item
          name="valid_until"
          label={w.validUntil}
          style={{ flex: "1 1 180px" }}
          dependencies={["valid_from"]}
          rules={[
            ({ getFieldValue }) => ({
              validator: (_rule, until?: Dayjs | null) => {
                const from = getFieldValue("valid_from") as Dayjs | null | undefined;
                return !until || !from || until.isAfter(from)
                  ? Promise.resolve()
                  : Promise.reject(new Error(w.until));
              },
            }),
          ]}
        >
          <DatePicker showTime={{ format: "HH:mm" }} placeholder={w.forEver} style={{ width: "100%" }} />
        </Form.Item>
      </Flex>
      <Form.Item name="department" label={w.department}>
        <AutoComplete
          options={departments.map(({ department }) => ({ value: department }))}
          showSearch={{
            filterOption: (text, option) => String(option?.value).toLowerCase().includes(text.toLowerCase()),
          }}
          maxLength={64}
        />
      </Form.Item>
      <Form.Item name="tags" label={w.tags} extra={w.tagsHint}>
        <Select
          mode="tags"
          tokenSeparators={[",", ";", "|"]}
          options={tags.map(({ tag }) => ({ value: tag, label: tag }))}
        />
      </Form.Item>
      <Form.Item label={w.info} extra={w.infoHint}>
        <InfoFields />
      </Form.Item>
    </>
  );
}

function InfoFields() {
  const w = useWords(says);
  return (
    <Form.List name="info">
      {(rows, { add, remove }) => (
        <Flex vertical gap={8} align="stretch">
          {rows.map(({ key, name }) => (
            <Flex key={key} gap={8}>
              <Form.Item name={[name, "key"]} noStyle>
                <Input aria-label={w.infoName} placeholder={w.infoName} />
              </Form.Item>
              <Form.Item name={[name, "text"]} noStyle>
                <Input aria-label={w.infoValue} placeholder={w.infoValue} />
              </Form.Item>
              <Button
                type="text"
                icon={<DeleteOutlined />}
                aria-label={w.infoRemove}
                onClick={() => remove(name)}
              />
            </Flex>
          ))}
          <Button type="dashed" icon={<PlusOutlined />} onClick={() => add({ key: "", text: "" })}>
            <Typography.Text>{w.infoAdd}</Typography.Text>
          </Button>
        </Flex>
      )}
    </Form.List>
  );
}
