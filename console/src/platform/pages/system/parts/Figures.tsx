/** How much there is of everything, and what was counted since the start. */
import { Card, Flex, Statistic, Typography } from "antd";
import { Age } from "@/shared/time";
import { WideTable } from "@/shared/WideTable";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { systemWords } from "../words";

type Stats = Schema<"StatsView">;

export function Figures({ stats }: { stats: Stats }) {
  const w = useWords(systemWords);
  const language = useLanguage();
  const write = (count: number) => new Intl.NumberFormat(language).format(count);
  const figures = [
    { name: w.people, value: stats.people, more: w.withPhoto(write(stats.people_with_photo)) },
    { name: w.boxes, value: stats.boxes, more: w.online(write(stats.boxes_online)) },
    { name: w.cameras, value: stats.cameras, more: null },
    { name: w.groups, value: stats.groups, more: null },
    { name: w.events, value: stats.events, more: w.day(write(stats.events_24h)) },
    { name: w.queued, value: stats.commands_queued, more: null },
    { name: w.published, value: stats.commands_published, more: null },
  ];
  return (
    <Card
      size="small"
      title={<h2 className="card-title">{w.figures}</h2>}
      extra={
        <Typography.Text type="secondary" className="sub">
          {w.counted} <Age of={stats.at} />
        </Typography.Text>
      }
    >
      <Flex gap={32} wrap>
        {figures.map(({ name, value, more }) => (
          <div key={name}>
            <Statistic title={name} value={value} formatter={(raw) => write(Number(raw))} />
            {more ? (
              <Typography.Text type="secondary" className="sub">
                {more}
              </Typography.Text>
            ) : null}
          </div>
        ))}
      </Flex>
    </Card>
  );
}

export function Counters({ stats }: { stats: Stats }) {
  const w = useWords(systemWords);
  const language = useLanguage();
  const rows = Object.entries(stats.counters).map(([name, count]) => ({ name, count }));
  return (
    <Card size="small" title={<h2 className="card-title">{w.counters}</h2>}>
      {rows.length === 0 ? (
        <Typography.Text type="secondary">{w.noCounters}</Typography.Text>
      ) : (
        <WideTable
          size="small"
          rowKey="name"
          dataSource={rows}
          columns={[
            { title: w.counter, dataIndex: "name", render: (name: string) => w.names[name] ?? name },
            {
              title: w.count,
              dataIndex: "count",
              align: "end",
              render: (count: number) => new Intl.NumberFormat(language).format(count),
            },
          ]}
        />
      )}
    </Card>
  );
}
