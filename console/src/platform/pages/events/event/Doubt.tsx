/** What is odd about the times of an event, and what to do about it. */
import { Alert } from "antd";
import { lasting } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { eventSays } from "./words";

export function Doubt({ event }: { event: Schema<"EventView"> }) {
  const w = useWords(eventSays);
  const language = useLanguage();
  const off = event.clock_offset_ms;
  return (
    <>
      {event.late ? (
        <Alert
          type="warning"
          showIcon
          title={w.late}
          description={w.lateHelp(lasting(event.arrived_at - event.estimated_at, language))}
        />
      ) : null}
      {event.ahead ? <Alert type="warning" showIcon title={w.ahead} description={w.aheadHelp} /> : null}
      {off && !event.ahead ? (
        <Alert
          type="info"
          showIcon
          title={w.clock}
          description={w.clockHelp(lasting(Math.abs(off), language), off > 0)}
        />
      ) : null}
    </>
  );
}
