/** The last times a person was recognised. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Card, Empty, Table, Tag } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { matchScore, ScoreTitle } from "@/shared/MatchScore";
import { Age } from "@/shared/time";
import { VERDICT_COLOURS, verdictNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { api } from "../../../api";
import { CameraName } from "../../../parts/cameras";
import { says } from "../person.words";

const SHOWN = 8;

export function RecentEvents({ id }: { id: string }) {
  const w = useWords(says);
  const names = useWords(verdictNames) as Record<string, string>;
  const colours = VERDICT_COLOURS as Record<string, string>;
  const events = useQuery({
    queryKey: ["events", "of", id],
    queryFn: () => must(api.GET("/api/v1/events", { params: { query: { identity_id: id, limit: SHOWN } } })),
    refetchInterval: 10_000,
  });
  const rows = events.data?.items ?? [];
  return (
    <Card
      title={w.events}
      extra={
        rows.length > 0 ? (
          <Link to="/events" search={{ identity_id: id }}>
            {w.allEvents}
          </Link>
        ) : null
      }
    >
      {events.error ? <Failure error={events.error} retry={() => events.refetch()} /> : null}
      {events.data && rows.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.noEvents} />
      ) : null}
      {rows.length > 0 ? (
        <Table
          size="small"
          rowKey="id"
          dataSource={rows}
          pagination={false}
          scroll={{ x: "max-content" }}
          columns={[
            {
              key: "when",
              title: w.when,
              render: (_, event) => (
                <Link to="/events/$id" params={{ id: event.id }}>
                  <Age of={event.estimated_at} />
                </Link>
              ),
            },
            {
              key: "where",
              title: w.at,
              render: (_, event) => (
                <>
                  {event.box_name ?? event.dev_sno} · <CameraName of={event} />
                </>
              ),
            },
            { key: "score", title: <ScoreTitle />, render: (_, event) => matchScore(event.score) },
            {
              key: "result",
              title: w.result,
              render: (_, event) =>
                event.verdict ? (
                  <Tag color={colours[event.verdict] ?? "default"}>
                    {names[event.verdict] ?? event.verdict}
                  </Tag>
                ) : (
                  "–"
                ),
            },
          ]}
        />
      ) : null}
    </Card>
  );
}
