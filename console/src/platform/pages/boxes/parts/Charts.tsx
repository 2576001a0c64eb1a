/** How a box was over time, by its heartbeats: processor, memory, disk, cameras. */
import { useQuery } from "@tanstack/react-query";
import { Card, Flex, Segmented, Skeleton } from "antd";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { Chart } from "@/shared/chart/Chart";
import { type Point, withBreaks, written } from "@/shared/chart/series";
import { serverNow } from "@/shared/clock";
import { Failure } from "@/shared/Failure";
import { useLanguage, useWords, words } from "@/shared/words";
import { api, type Schema } from "../../../api";

const HOUR = 3_600_000;
const SPANS = { hours: 6 * HOUR, day: 24 * HOUR, week: 168 * HOUR, month: 720 * HOUR } as const;
type Span = keyof typeof SPANS;

const says = words({
  en: {
    span: "Time shown",
    spans: { hours: "6 hours", day: "Day", week: "Week", month: "30 days" },
    cpu: "Processor load",
    memory: "Memory in use",
    disk: "Free disk",
    cameras: "Cameras",
    mean: "mean",
    most: "highest",
    free: "free at least",
    online: "online at least",
    all: "all",
    none: "No heartbeat came in this time.",
    load: (mean: string, most: string) => `${mean} on average, ${most} at most.`,
    least: (least: string) => `${least} free at least.`,
    fewest: (fewest: number) => `${fewest} online at the fewest.`,
  },
  zh: {
    span: "显示时段",
    spans: { hours: "6 小时", day: "一天", week: "一周", month: "30 天" },
    cpu: "处理器负载",
    memory: "内存使用",
    disk: "磁盘剩余",
    cameras: "摄像机",
    mean: "平均",
    most: "最高",
    free: "最低剩余",
    online: "最少在线",
    all: "总数",
    none: "此时段没有心跳。",
    load: (mean: string, most: string) => `平均 ${mean}，最高 ${most}。`,
    least: (least: string) => `最低剩余 ${least}。`,
    fewest: (fewest: number) => `最少 ${fewest} 台在线。`,
  },
});

type Beat = Schema<"HeartbeatPoint">;

function useBeats(devSno: string, span: Span) {
  return useQuery({
    queryKey: ["boxes", "beats", devSno, span],
    queryFn: () =>
      must(
        api.GET("/api/v1/boxes/{dev_sno}/heartbeats", {
          params: { path: { dev_sno: devSno }, query: { from: serverNow() - SPANS[span] } },
        }),
      ),
    refetchInterval: 30_000,
    placeholderData: (before) => before,
  });
}

export function Charts({ devSno }: { devSno: string }) {
  const w = useWords(says);
  const language = useLanguage();
  const [asked, change] = useAddress();
  const span: Span = asked.span !== undefined && asked.span in SPANS ? (asked.span as Span) : "day";
  const beats = useBeats(devSno, span);
  if (beats.error && !beats.data) return <Failure error={beats.error} retry={() => beats.refetch()} />;
  if (!beats.data) return <Skeleton active />;
  const { items, from, until, step } = beats.data;
  const line = (read: (beat: Beat) => number | null | undefined): Point[] =>
    withBreaks(
      items.map((beat) => [beat.at, read(beat) ?? null]),
      step * 1000,
    );
  const known = (read: (beat: Beat) => number | null | undefined) =>
    items.map(read).filter((value) => value !== null && value !== undefined);
  const load = (mean: number[], most: number[]) =>
    mean.length === 0
      ? w.none
      : w.load(
          written(mean.reduce((sum, value) => sum + value, 0) / mean.length, "%", language),
          written(Math.max(...most), "%", language),
        );
  const frame = { from, until, min: 0, height: 200 };
  const free = known((beat) => beat.disk_free);
  const online = known((beat) => beat.cameras_online);
  return (
    <Flex vertical gap={12}>
      <Segmented
        aria-label={w.span}
        value={span}
        onChange={(next) => change({ span: next })}
        options={Object.entries(w.spans).map(([value, label]) => ({ value, label }))}
        style={{ alignSelf: "flex-start" }}
      />
      <div className="box-charts">
        <Card size="small">
          <Chart
            {...frame}
            title={w.cpu}
            unit="%"
            max={100}
            summary={load(
              known((beat) => beat.cpu),
              known((beat) => beat.cpu_most),
            )}
            series={[
              { name: w.mean, kind: "area", points: line((beat) => beat.cpu) },
              { name: w.most, points: line((beat) => beat.cpu_most) },
            ]}
          />
        </Card>
        <Card size="small">
          <Chart
            {...frame}
            title={w.memory}
            unit="%"
            max={100}
            summary={load(
              known((beat) => beat.memory),
              known((beat) => beat.memory_most),
            )}
            series={[
              { name: w.mean, kind: "area", points: line((beat) => beat.memory) },
              { name: w.most, points: line((beat) => beat.memory_most) },
            ]}
          />
        </Card>
        <Card size="small">
          <Chart
            {...frame}
            title={w.disk}
            unit="GB"
            summary={free.length > 0 ? w.least(written(Math.min(...free), "GB", language)) : w.none}
            series={[{ name: w.free, kind: "area", points: line((beat) => beat.disk_free) }]}
          />
        </Card>
        <Card size="small">
          <Chart
            {...frame}
            title={w.cameras}
            summary={online.length > 0 ? w.fewest(Math.min(...online)) : w.none}
            series={[
              { name: w.online, points: line((beat) => beat.cameras_online) },
              { name: w.all, points: line((beat) => beat.cameras) },
            ]}
          />
        </Card>
      </div>
    </Flex>
  );
}
