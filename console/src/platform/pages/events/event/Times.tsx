/** When it happened, by which clock, and when each report of it arrived. */
import { Descriptions, Typography } from "antd";
import { Age, lasting, Moment } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { Flags } from "../parts/Flags";
import { eventSays } from "./words";

export function Times({ event }: { event: Schema<"EventView"> }) {
  const w = useWords(eventSays);
  return (
    <Descriptions size="small" column={1}>
      <Descriptions.Item label={w.happened}>
        <div>
          <Moment of={event.estimated_at} />{" "}
          <Typography.Text type="secondary">
            (<Age of={event.estimated_at} />)
          </Typography.Text>
          <div>
            <Flags event={event} />
          </div>
        </div>
      </Descriptions.Item>
      {event.taken_at === event.estimated_at ? null : (
        <Descriptions.Item label={w.boxClock}>
          <Moment of={event.taken_at} />
        </Descriptions.Item>
      )}
      <Descriptions.Item label={w.realtime}>
        <Report at={event.realtime_at} since={event.estimated_at} never={w.notRealtime} />
      </Descriptions.Item>
      <Descriptions.Item label={w.history}>
        <Report at={event.history_at} since={event.estimated_at} never={w.notHistory} />
      </Descriptions.Item>
      {event.repeats > 0 ? <Descriptions.Item label={w.repeats}>{event.repeats}</Descriptions.Item> : null}
    </Descriptions>
  );
}

function Report({ at, since, never }: { at: number | null | undefined; since: number; never: string }) {
  const w = useWords(eventSays);
  const language = useLanguage();
  if (!at) return <Typography.Text type="secondary">{never}</Typography.Text>;
  return (
    <div>
      <Moment of={at} />
      {at >= since ? (
        <div>
          <Typography.Text type="secondary">{w.after(lasting(at - since, language))}</Typography.Text>
        </div>
      ) : null}
    </div>
  );
}
