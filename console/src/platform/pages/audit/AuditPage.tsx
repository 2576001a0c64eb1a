/** The audit log: who did what, when, from where; filtered, verified, exported. */
import { DatePicker, Flex, Input, Select, Typography } from "antd";
import dayjs from "dayjs";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Json } from "@/shared/Json";
import { Page } from "@/shared/Page";
import { Moment } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { actionWords } from "./actions";
import { Export } from "./parts/Export";
import { Subject } from "./parts/Subject";
import { Verify } from "./parts/Verify";
import { auditWords } from "./words";

type Row = Schema<"AuditView">;

export function AuditPage() {
  const w = useWords(auditWords);
  const actions = useWords(actionWords);
  const [asked, change] = useAddress();
  const time = (text: string | undefined) =>
    text && Number.isFinite(Number(text)) ? Number(text) : undefined;
  const [from, until] = [time(asked.from), time(asked.until)];
  const query = {
    actor: asked.actor || undefined,
    action: asked.action || undefined,
    subject: asked.subject || undefined,
    from,
    until,
  };
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <>
          <Verify />
          <Export from={from} until={until} />
        </>
      }
    >
      <Flex gap={8} wrap className="filters">
        <Input.Search
          aria-label={w.who}
          placeholder={w.who}
          defaultValue={asked.actor}
          onSearch={(actor) => change({ actor })}
          allowClear
          style={{ width: 170 }}
        />
        <ActionFilter value={asked.action} onChange={(action) => change({ action })} />
        <Input.Search
          aria-label={w.subject}
          placeholder={w.subject}
          defaultValue={asked.subject}
          onSearch={(subject) => change({ subject })}
          allowClear
          style={{ width: 240 }}
        />
        <DatePicker.RangePicker
          showTime={{ format: "HH:mm" }}
          format="YYYY-MM-DD HH:mm"
          allowEmpty={[true, true]}
          placeholder={[w.from, w.until]}
          value={[from ? dayjs(from) : null, until ? dayjs(until) : null]}
          onChange={(span) => change({ from: span?.[0]?.valueOf(), until: span?.[1]?.valueOf() })}
        />
      </Flex>
      <CursorTable<Row>
        rowKey="seq"
        queryKey={["audit", query]}
        fetchPage={(cursor) => must(api.GET("/api/v1/audit", { params: { query: { ...query, cursor } } }))}
        refresh={10_000}
        empty={w.none}
        expandable={{ expandedRowRender: (row) => <Detail row={row} /> }}
        columns={[
          { title: w.when, dataIndex: "at", render: (at: number) => <Moment of={at} /> },
          { title: w.who, dataIndex: "actor", render: (actor: string) => <Actor name={actor} /> },
          {
            title: w.what,
            dataIndex: "action",
            render: (action: string) => (
              <Flex vertical>
                <span>{actions[action] ?? action}</span>
                <Typography.Text type="secondary" className="mono sub">
                  {action}
                </Typography.Text>
              </Flex>
            ),
          },
          { title: w.subject, key: "subject", render: (_, row) => <Subject row={row} /> },
          { title: w.address, dataIndex: "address", render: (address: string) => address || "–" },
        ]}
      />
    </Page>
  );
}

function Actor({ name }: { name: string }) {
  const w = useWords(auditWords);
  if (name === "nobody") return <Typography.Text type="secondary">{w.nobody}</Typography.Text>;
  return <>{name === "system" ? w.system : name}</>;
}

/** All deeds of a noun, or one deed. */
function ActionFilter({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (action: string) => void;
}) {
  const w = useWords(auditWords);
  const actions = useWords(actionWords);
  const groups = Object.entries(w.parts).map(([noun, label]) => ({
    label,
    options: [
      { value: `${noun}.`, label: `${label}: ${w.anyAction}` },
      ...Object.entries(actions)
        .filter(([action]) => action.startsWith(`${noun}.`))
        .map(([action, text]) => ({ value: action, label: text })),
    ],
  }));
  return (
    <Select
      aria-label={w.what}
      placeholder={w.anyAction}
      value={value ?? null}
      onChange={(action) => onChange(action ?? "")}
      allowClear
      showSearch={{ optionFilterProp: "label" }}
      style={{ minWidth: 240 }}
      options={groups}
    />
  );
}

function Detail({ row }: { row: Row }) {
  const w = useWords(auditWords);
  return (
    <Flex vertical gap={8}>
      <Json value={row.detail} label={w.detail} />
      <Typography.Text type="secondary">
        {w.number} {row.seq} · {w.hash}: <span className="mono breaks">{row.hash}</span>
      </Typography.Text>
    </Flex>
  );
}
