/** The platform itself: its version, the parts it rests on, what it counted, and where its API is explained. */
import { Card, Descriptions, Flex, Skeleton } from "antd";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { Counters, Figures } from "./parts/Figures";
import { Parts } from "./parts/Parts";
import { useAlive, useReadiness, useStats } from "./useHealth";
import { systemWords } from "./words";

export function SystemPage() {
  const w = useWords(systemWords);
  const alive = useAlive();
  const readiness = useReadiness();
  const stats = useStats();
  return (
    <Page title={w.title} hint={w.hint}>
      <Flex vertical gap={16}>
        {readiness.error ? <Failure error={readiness.error} retry={() => readiness.refetch()} /> : null}
        {readiness.data ? (
          <Parts readiness={readiness.data} at={readiness.dataUpdatedAt} />
        ) : readiness.isPending ? (
          <Skeleton active />
        ) : null}
        <Card size="small" title={<h2 className="card-title">{w.about}</h2>}>
          <Descriptions
            column={{ xs: 1, md: 2 }}
            size="small"
            items={[
              { key: "version", label: w.version, children: alive.data?.version ?? "–" },
              {
                key: "started",
                label: w.started,
                children: <Age of={alive.data ? alive.dataUpdatedAt - alive.data.uptime_ms : null} />,
              },
              {
                key: "api",
                label: w.api,
                children: (
                  <Flex gap={16} wrap>
                    <a href="/api/docs" target="_blank" rel="noreferrer">
                      {w.docs}
                    </a>
                    <a href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
                      {w.document}
                    </a>
                    <a href="/metrics" target="_blank" rel="noreferrer">
                      {w.metrics}
                    </a>
                  </Flex>
                ),
              },
            ]}
          />
        </Card>
        {stats.error && !stats.data ? (
          <Failure error={stats.error} retry={() => stats.refetch()} />
        ) : stats.data ? (
          <>
            <Figures stats={stats.data} />
            <Counters stats={stats.data} />
          </>
        ) : (
          <Skeleton active />
        )}
      </Flex>
    </Page>
  );
}
