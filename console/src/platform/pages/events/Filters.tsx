/** What the list is narrowed to. Texts take effect when they are left or entered, everything else at once. */
import { DownOutlined, UpOutlined } from "@ant-design/icons";
import { Button, DatePicker, Flex, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { serverNow } from "@/shared/clock";
import { doorResults, personTypes } from "@/shared/domain";
import { gateQuestions, verdictNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { type Filter, useFilter } from "./filter";
import { Where } from "./parts/Where";
import { says } from "./words";
import "./events.css";

const RARE = ["gate", "score_min", "score_max", "photo", "late", "ahead"] as const;

export function Filters() {
  const w = useWords(says);
  const [filter, change, clear] = useFilter();
  const [isOpen, setOpen] = useState(RARE.some((key) => filter[key] !== undefined));
  const types = useWords(personTypes);
  const verdicts = useWords(verdictNames);
  const doors = useWords(doorResults);
  return (
    <div className="event-filters">
      <Flex gap={8} wrap>
        <TimeRange filter={filter} onChange={change} />
        <Text label={w.name} value={filter.name} onChange={(name) => change({ name })} />
        <Text label={w.id} value={filter.identity_id} onChange={(identity_id) => change({ identity_id })} />
        <Where value={filter as { site?: string }} onChange={change} />
        <Choice
          label={w.type}
          names={types}
          value={filter.type}
          onChange={(type) => change({ type, stranger: undefined })}
        />
        <Choice
          label={w.verdict}
          names={verdicts}
          value={filter.verdict}
          onChange={(verdict) => change({ verdict })}
        />
        <Choice label={w.door} names={doors} value={filter.door} onChange={(door) => change({ door })} />
        <Button
          type="text"
          icon={isOpen ? <UpOutlined /> : <DownOutlined />}
          onClick={() => setOpen(!isOpen)}
        >
          {isOpen ? w.less : w.more}
        </Button>
        {Object.keys(filter).length > 0 ? (
          <Button type="text" onClick={clear}>
            {w.clear}
          </Button>
        ) : null}
      </Flex>
      {isOpen ? <Rare filter={filter} onChange={change} /> : null}
    </div>
  );
}

type Props = { filter: Filter; onChange: ReturnType<typeof useFilter>[1] };

function TimeRange({ filter, onChange }: Props) {
  const w = useWords(says);
  const at = (ms?: number | null) => (ms ? dayjs(ms) : null);
  return (
    <DatePicker.RangePicker
      showTime={{ format: "HH:mm" }}
      format="YYYY-MM-DD HH:mm"
      allowEmpty={[true, true]}
      placeholder={[w.from, w.until]}
      aria-label={w.time}
      className="event-range"
      presets={[
        { label: w.hour, value: [dayjs(serverNow()).subtract(1, "hour"), null] },
        { label: w.today, value: [dayjs(serverNow()).startOf("day"), null] },
        { label: w.week, value: [dayjs(serverNow()).subtract(7, "day").startOf("day"), null] },
      ]}
      value={[at(filter.from), at(filter.until)]}
      onChange={(range) => onChange({ from: range?.[0]?.valueOf(), until: range?.[1]?.valueOf() })}
    />
  );
}

function Rare({ filter, onChange }: Props) {
  const w = useWords(says);
  const gates = useWords(gateQuestions);
  const percent = (value?: number | null) => (value === undefined || value === null ? null : value * 100);
  const share = (value: number | null) => (value === null ? undefined : value / 100);
  const timing = filter.late ? "late" : filter.ahead ? "ahead" : undefined;
  return (
    <Flex gap={8} wrap className="event-rare">
      <Choice
        label={w.gate}
        names={gates}
        value={filter.gate}
        onChange={(gate) => onChange({ gate })}
        className="event-wide"
      />
      <InputNumber<number>
        min={0}
        max={100}
        controls={false}
        aria-label={w.scoreMin}
        placeholder={w.scoreMin}
        className="event-score"
        value={percent(filter.score_min)}
        onChange={(value) => onChange({ score_min: share(value) })}
      />
      <InputNumber<number>
        min={0}
        max={100}
        controls={false}
        aria-label={w.scoreMax}
        placeholder={w.scoreMax}
        className="event-score"
        value={percent(filter.score_max)}
        onChange={(value) => onChange({ score_max: share(value) })}
      />
      <Choice
        label={w.photo}
        names={{ true: w.withPhoto, false: w.withoutPhoto }}
        value={filter.photo === undefined || filter.photo === null ? undefined : String(filter.photo)}
        onChange={(photo) => onChange({ photo: photo === undefined ? undefined : photo === "true" })}
      />
      <Choice
        label={w.flags}
        names={{ late: w.late, ahead: w.ahead }}
        value={timing}
        onChange={(flag) =>
          onChange({ late: flag === "late" || undefined, ahead: flag === "ahead" || undefined })
        }
      />
    </Flex>
  );
}

type ChoiceProps = {
  label: string;
  names: Record<string, string>;
  value: string | null | undefined;
  onChange: (value: string | undefined) => void;
  className?: string;
};

function Choice({ label, names, value, onChange, className = "filter" }: ChoiceProps) {
  return (
    <Select<string>
      allowClear
      className={className}
      aria-label={label}
      placeholder={label}
      popupMatchSelectWidth={false}
      value={value ?? null}
      options={Object.entries(names).map(([key, name]) => ({ value: key, label: name }))}
      onChange={(chosen: string | undefined) => onChange(chosen)}
    />
  );
}

type TextProps = {
  label: string;
  value: string | null | undefined;
  onChange: (text: string | undefined) => void;
};

function Text({ label, value, onChange }: TextProps) {
  return (
    <Input
      // Another value in the address is another field.
      key={value ?? ""}
      allowClear
      className="filter"
      aria-label={label}
      placeholder={label}
      defaultValue={value ?? ""}
      onPressEnter={(event) => onChange(event.currentTarget.value.trim() || undefined)}
      onBlur={(event) => onChange(event.currentTarget.value.trim() || undefined)}
      onClear={() => onChange(undefined)}
    />
  );
}
