/** Events per minute since midnight, by what became of them. */
import { Skeleton } from "antd";
import { Chart } from "@/shared/chart/Chart";
import { Failure } from "@/shared/Failure";
import { type Language, useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { STEP, useToday } from "./facts";
import { filled } from "./today";
import { says } from "./words";

export function Today() {
  const w = useWords(says);
  const language = useLanguage();
  const { data, error, refetch } = useToday();
  if (error && !data) return <Failure error={error} retry={() => refetch()} />;
  if (!data) return <Skeleton active paragraph={{ rows: 5 }} />;
  const points = filled(data);
  const rate = (count: number) => (count * 60) / STEP;
  const line = (of: "known" | "stranger" | "refused") =>
    points.map((point) => [point.at, rate(point[of])] as const);
  return (
    <Chart
      title={w.chart}
      summary={summaryOf(data, w, language)}
      unit={w.perMinute}
      isSketch
      from={data.from}
      until={data.until}
      series={[
        { name: w.known, points: line("known"), kind: "area" },
        { name: w.unknown, points: line("stranger") },
        { name: w.refused, points: line("refused") },
      ]}
    />
  );
}

function summaryOf({ items }: Schema<"EventHistory">, w: (typeof says)["en"], language: Language): string {
  const sum = (point: (typeof items)[number]) => point.known + point.stranger + point.refused;
  const busiest = items.reduce((best, point) => (sum(point) > sum(best) ? point : best), items[0] ?? NONE);
  const all = items.reduce((total, point) => total + sum(point), 0);
  if (all === 0) return w.noneToday;
  const at = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(busiest.at);
  const most = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return w.summary(all, most.format((sum(busiest) * 60) / STEP), at);
}

const NONE = { at: 0, known: 0, stranger: 0, refused: 0 };
