/** What is odd about an event's times, each with a sentence about what that means. */
import { Tag, Tooltip } from "antd";
import { lasting } from "@/shared/time";
import { useLanguage, useWords, words } from "@/shared/words";
import type { Schema } from "../../../api";

const says = words({
  en: {
    late: "Late",
    lateWhy: "It came for the record, long after it was captured: the box could not reach the platform then.",
    ahead: "Clock ahead",
    aheadWhy: "It came before it was captured, by the box’s clock: that clock is ahead.",
    clock: (off: string) => `Clock off by ${off}`,
    clockWhy: "The box’s clock differed from the platform’s; the time shown is corrected.",
  },
  zh: {
    late: "延迟",
    lateWhy: "抓拍后很久才补报：当时设备无法连接平台。",
    ahead: "时钟超前",
    aheadWhy: "按设备时钟，到达时间早于抓拍时间：设备时钟超前。",
    clock: (off: string) => `时钟偏差 ${off}`,
    clockWhy: "设备时钟与平台时钟不一致，显示的时间已校正。",
  },
});

type Props = { event: Pick<Schema<"EventView">, "late" | "ahead" | "clock_offset_ms"> };

export function Flags({ event }: Props) {
  const w = useWords(says);
  const language = useLanguage();
  const off = event.clock_offset_ms;
  return (
    <>
      {event.late ? (
        <Tooltip title={w.lateWhy}>
          <Tag color="gold">{w.late}</Tag>
        </Tooltip>
      ) : null}
      {event.ahead ? (
        <Tooltip title={w.aheadWhy}>
          <Tag color="orange">{w.ahead}</Tag>
        </Tooltip>
      ) : null}
      {off ? (
        <Tooltip title={w.clockWhy}>
          <Tag>{w.clock(`${off > 0 ? "+" : "−"}${lasting(Math.abs(off), language)}`)}</Tag>
        </Tooltip>
      ) : null}
    </>
  );
}
