/** The wall of events as they come: each once, also over a line that breaks; filters live in the address. */
import { CaretRightOutlined, PauseOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Empty, Flex, Select, Skeleton, Switch, Typography } from "antd";
import { useAddress } from "@/shared/address";
import { personTypes } from "@/shared/domain";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { useReason } from "../events/parts/names";
import { Where } from "../events/parts/Where";
import { type Alarm, isAlarming, isRecent, useAlarm } from "./alarm";
import { Card } from "./Card";
import { Line } from "./Line";
import { type LiveWall, useWall } from "./useWall";
import { says } from "./words";
import "./watch.css";

export function WatchPage() {
  const w = useWords(says);
  const [{ site, dev_sno, ep_id, type }] = useAddress();
  const alarm = useAlarm();
  const live = useWall({ site, dev_sno, ep_id, type }, (event) => {
    if (isAlarming(event) && isRecent(event)) alarm.ring();
  });
  const isPaused = live.wall.aside !== null;
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <Flex align="center" gap={12} wrap>
          <Line line={live.line} lastAt={lastArrival(live)} />
          <Button
            type={isPaused ? "primary" : "default"}
            icon={isPaused ? <CaretRightOutlined /> : <PauseOutlined />}
            onClick={isPaused ? live.goOn : live.pause}
          >
            {isPaused ? w.goOn : w.pause}
          </Button>
        </Flex>
      }
    >
      <Controls alarm={alarm} />
      {isPaused ? (
        <Alert type="info" showIcon role="status" title={w.paused(live.wall.missed)} className="watch-note" />
      ) : null}
      {live.isTrimmed ? (
        <Alert
          type="warning"
          showIcon
          title={w.trimmed}
          action={<Link to="/events">{w.toEvents}</Link>}
          className="watch-note"
        />
      ) : null}
      <Shown live={live} flash={alarm.flash} isFiltered={Boolean(site || dev_sno || ep_id || type)} />
    </Page>
  );
}

function Controls({ alarm }: { alarm: Alarm }) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const [{ site, dev_sno, ep_id, type }, change] = useAddress();
  return (
    <Flex gap={12} wrap align="center" className="watch-controls">
      <Where value={{ site, dev_sno, ep_id }} onChange={change} />
      <Select
        className="filter"
        mode="multiple"
        allowClear
        maxTagCount="responsive"
        aria-label={w.type}
        placeholder={w.type}
        value={type ? type.split(",") : []}
        options={Object.entries(types).map(([value, label]) => ({ value, label }))}
        onChange={(chosen: string[]) => change({ type: chosen.join(",") })}
      />
      <Flex gap={8} align="center" component="label">
        <Switch size="small" checked={alarm.flash} onChange={alarm.setFlash} aria-label={w.flash} />
        {w.flash}
      </Flex>
      <Flex gap={8} align="center" component="label">
        <Switch size="small" checked={alarm.sound} onChange={alarm.setSound} aria-label={w.sound} />
        {w.sound}
      </Flex>
      {alarm.isMuted ? <Typography.Text type="warning">{w.muted}</Typography.Text> : null}
    </Flex>
  );
}

function Shown({ live, flash, isFiltered }: { live: LiveWall; flash: boolean; isFiltered: boolean }) {
  const w = useWords(says);
  const reason = useReason();
  const { shown } = live.wall;
  const failure = live.error ? <Failure error={live.error} retry={live.again} /> : null;
  if (shown.length === 0) {
    if (failure) return failure;
    if (!live.isFilled) return <Skeleton active paragraph={{ rows: 6 }} />;
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={
          <>
            <div>{isFiltered ? w.nothingFiltered : w.nothing}</div>
            <Typography.Text type="secondary">{w.nothingHelp}</Typography.Text>
          </>
        }
      >
        {isFiltered ? null : <Link to="/start">{w.first}</Link>}
      </Empty>
    );
  }
  return (
    <>
      {failure}
      <ul className="watch-wall" aria-label={w.wall}>
        {shown.map((event) => (
          <Card
            key={event.id}
            event={event}
            reason={reason(event)}
            isAlarming={isAlarming(event)}
            flash={flash && isRecent(event)}
          />
        ))}
      </ul>
      <Typography.Paragraph type="secondary" className="watch-more">
        <Link to="/events">{w.more}</Link>
      </Typography.Paragraph>
    </>
  );
}

function lastArrival({ wall }: LiveWall): number | null {
  const newest = wall.aside?.[0] ?? wall.shown[0];
  return newest ? newest.arrived_at : null;
}
