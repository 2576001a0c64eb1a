/** What a box is and how it is; every part says by which fact, and how old that is. */
import { Card, Descriptions, type DescriptionsProps, Flex, Progress, Tag, Typography } from "antd";
import type { ReactNode } from "react";
import { Age, lasting } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { useGroupName } from "../../../parts/groups";
import { boxPageWords } from "./boxPageWords";
import { heartbeatOf } from "./heartbeat";
import { Proved } from "./State";
import { useCameras, useReports } from "./useBox";

type Box = Schema<"BoxView">;
type Fact = { by: string; at: number | null | undefined };

export function Summary({ box }: { box: Box }) {
  const w = useWords(boxPageWords);
  const beat = heartbeatOf(box);
  const groupName = useGroupName();
  const cameras = useCameras(box.dev_sno).data?.items ?? [];
  const online = cameras.filter(({ state }) => state === "online").length;
  const byBeat: Fact = { by: w.facts.beat, at: box.heartbeat_at };
  const byLogin: Fact = { by: w.facts.login, at: box.login_at };
  const cameraAge = cameras.length > 0 ? Math.min(...cameras.map(({ seen_at }) => seen_at)) : null;
  return (
    <div className="box-facts">
      <Part title={w.identity} fact={byLogin}>
        <Rows
          rows={{
            [w.key]: <span className="mono">{box.dev_sno}</span>,
            [w.mac]: box.mac ? <span className="mono">{box.mac}</span> : w.macFree,
            [w.from]: box.login_addr ?? "–",
            [w.site]: box.site || "–",
            [w.groups]: box.groups.map((id) => <Tag key={id}>{groupName(id)}</Tag>),
            [w.added]: <Age of={box.created_at} />,
          }}
        />
      </Part>
      <Part title={w.software} fact={byBeat}>
        <Rows
          rows={{
            [w.version]: beat.version ?? w.unknown,
            [w.models]: beat.models ?? w.unknown,
            [w.hostname]: beat.hostname ?? w.unknown,
            [w.address]: beat.address ?? w.unknown,
          }}
        />
      </Part>
      <Part title={w.load} fact={byBeat}>
        <Load box={box} />
      </Part>
      <Part title={w.alive}>
        <Rows
          rows={{
            [w.lastBeat]: <Age of={box.heartbeat_at} />,
            [w.lastSeen]: <Age of={box.seen_at} />,
            [w.lastLogin]: <Age of={box.login_at} />,
            ...(box.silent_since ? { [w.silent]: <Age of={box.silent_since} /> } : {}),
          }}
        />
      </Part>
      <Part title={w.cameras} fact={{ by: w.facts.beat, at: cameraAge }}>
        {cameras.length > 0 ? w.camerasOnline(online, cameras.length) : w.noCameras}
      </Part>
      <Part title={w.people}>
        <Proved people={box.people} />
      </Part>
      <Clock devSno={box.dev_sno} />
      <Events box={box} />
    </div>
  );
}

function Part({ title, fact, children }: { title: string; fact?: Fact; children: ReactNode }) {
  const w = useWords(boxPageWords);
  const extra = fact ? (
    <Typography.Text type="secondary" className="sub">
      {fact.at ? (
        <>
          {fact.by}, <Age of={fact.at} />
        </>
      ) : (
        w.facts.none
      )}
    </Typography.Text>
  ) : null;
  return (
    <Card size="small" title={<h2 className="card-title">{title}</h2>} extra={extra}>
      {children}
    </Card>
  );
}

function Rows({ rows }: { rows: Record<string, ReactNode> }) {
  const items: DescriptionsProps["items"] = Object.entries(rows).map(([label, children]) => ({
    key: label,
    label,
    children,
  }));
  return <Descriptions column={1} size="small" items={items} />;
}

function Load({ box }: { box: Box }) {
  const w = useWords(boxPageWords);
  const beat = heartbeatOf(box);
  const used = beat.diskSize && beat.diskFree !== null ? 100 * (1 - beat.diskFree / beat.diskSize) : null;
  const gb = (value: number | null) => (value === null ? "?" : value.toFixed(value < 10 ? 1 : 0));
  const meters = [
    { name: w.cpu, value: beat.cpu, note: null },
    { name: w.memory, value: beat.memory, note: beat.memorySize ? w.memoryOf(gb(beat.memorySize)) : null },
    {
      name: w.disk,
      value: used,
      note: used === null ? null : w.diskFree(gb(beat.diskFree), gb(beat.diskSize)),
    },
  ];
  return (
    <Flex vertical gap={8}>
      {meters.map(({ name, value, note }) => (
        <div key={name}>
          <Flex justify="space-between" gap={8} wrap>
            <span>{name}</span>
            <Typography.Text type="secondary">
              {value === null ? w.unknown : `${value.toFixed(0)} %`}
              {note ? ` · ${note}` : null}
            </Typography.Text>
          </Flex>
          {value === null ? null : (
            <Progress
              percent={Math.min(100, value)}
              showInfo={false}
              size="small"
              status={value > 90 ? "exception" : "normal"}
              aria-label={name}
            />
          )}
        </div>
      ))}
    </Flex>
  );
}

function Clock({ devSno }: { devSno: string }) {
  const w = useWords(boxPageWords);
  const language = useLanguage();
  const reports = useReports(devSno).data;
  const offset = reports?.clock_offset_ms;
  const told =
    offset === null || offset === undefined
      ? w.offsetUnknown
      : Math.abs(offset) < 1500
        ? w.offsetRight
        : offset > 0
          ? w.ahead(lasting(offset, language))
          : w.behind(lasting(-offset, language));
  const fact = reports?.clock_at ? { by: w.facts.clock, at: reports.clock_at } : undefined;
  return (
    <Part title={w.clock} {...(fact ? { fact } : {})}>
      <Rows rows={{ [w.offset]: told }} />
    </Part>
  );
}

function Events({ box }: { box: Box }) {
  const w = useWords(boxPageWords);
  const beat = heartbeatOf(box);
  const reports = useReports(box.dev_sno).data;
  const count = (value: number | null | undefined) => value?.toLocaleString() ?? w.unknown;
  return (
    <Part title={w.events} fact={{ by: w.facts.beat, at: box.heartbeat_at }}>
      <Rows
        rows={{
          [w.kept]: count(beat.eventsKept),
          [w.dropped]: count(beat.eventsDropped),
          [w.late]: count(reports?.late),
          [w.repeats]: count(reports?.repeats),
        }}
      />
    </Part>
  );
}
