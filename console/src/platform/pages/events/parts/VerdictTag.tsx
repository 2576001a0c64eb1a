/** What was decided, as a tag; what a box that tells no decision is known to mean. */
import { Tag } from "antd";
import type { Verdict } from "@/shared/trace/trace";
import { VERDICT_COLOURS, verdictNames } from "@/shared/trace/words";
import { useWords, words } from "@/shared/words";
import type { Schema } from "../../../api";

const says = words({
  en: { known: "Recognised", stranger: "Stranger" },
  zh: { known: "已识别", stranger: "陌生人" },
});

export function VerdictTag({ event }: { event: Pick<Schema<"EventView">, "verdict" | "stranger"> }) {
  const names = useWords(verdictNames);
  const w = useWords(says);
  const verdict = event.verdict as Verdict | null;
  if (verdict) return <Tag color={VERDICT_COLOURS[verdict] ?? "default"}>{names[verdict] ?? verdict}</Tag>;
  return event.stranger ? <Tag color="orange">{w.stranger}</Tag> : <Tag color="blue">{w.known}</Tag>;
}
