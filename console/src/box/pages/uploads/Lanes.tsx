/** One entry per receiver and purpose. */
import { Card, Empty, Flex, Tag, Typography } from "antd";
import { Age, Until } from "@/shared/time";
import { inWords } from "@/shared/trace/found";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { purposes } from "../../shared/words";
import { isRefused } from "../status/attention";
import { says } from "./words";

type Lane = Schema<"UploadLane">;
type Cursor = Schema<"HistoryCursor">;

export function Lanes({ lanes, cursors }: { lanes: Lane[]; cursors: Cursor[] }) {
  const w = useWords(says);
  return (
    <Card size="small" title={w.lanes}>
      <Typography.Paragraph type="secondary">{w.lanesHint}</Typography.Paragraph>
      {lanes.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.none} />
      ) : (
        lanes.map((lane) => (
          <Receiver
            key={`${lane.purpose} ${lane.target}`}
            lane={lane}
            cursor={
              lane.purpose === "history" ? cursors.find(({ target }) => target === lane.target) : undefined
            }
          />
        ))
      )}
    </Card>
  );
}

function Receiver({ lane, cursor }: { lane: Lane; cursor: Cursor | undefined }) {
  const w = useWords(says);
  const names = useWords(purposes);
  return (
    <div className="line">
      <Flex gap={8} wrap align="center">
        <Tag>{names[lane.purpose] ?? lane.purpose}</Tag>
        <span className="mono breakable">{lane.target}</span>
      </Flex>
      <Typography.Text type="secondary">
        {w.counts(lane.accepted, lane.failed, lane.missed)}
        {cursor ? (
          <div>
            {w.waiting(cursor.pending)}
            {cursor.set_aside > 0 ? `, ${w.aside(cursor.set_aside)}` : ""}
          </div>
        ) : null}
      </Typography.Text>
      <Last lane={lane} />
    </div>
  );
}

function Last({ lane }: { lane: Lane }) {
  const w = useWords(says);
  const language = useLanguage();
  if (!lane.last_at) return <Typography.Text type="secondary">{w.never}</Typography.Text>;
  return (
    <div>
      <Typography.Text type={isRefused(lane) ? "danger" : "success"}>
        {inWords(lane.last_answer, language)}
      </Typography.Text>{" "}
      <Typography.Text type="secondary">
        <Age of={lane.last_at} />
        {lane.next_attempt_at > 0 ? (
          <>
            , {w.next} <Until at={lane.next_attempt_at} />
          </>
        ) : null}
      </Typography.Text>
    </div>
  );
}
