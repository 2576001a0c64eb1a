/** What was removed, run by run, and a run by hand. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Flex, Popconfirm, Tag, Typography } from "antd";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { bytes } from "@/shared/domain";
import { useErrorText } from "@/shared/Failure";
import { Age, lasting } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../../api";
import { retentionWords } from "../words";

type Run = Schema<"RunView">;

export function Runs() {
  const w = useWords(retentionWords);
  const language = useLanguage();
  const mayStart = useMay("admin");
  const told = useTold();
  const count = (number: number) => new Intl.NumberFormat(language).format(number);
  return (
    <section>
      <Flex justify="space-between" align="center" gap={12} wrap className="filters">
        <h2 className="card-title">{w.runs}</h2>
        {mayStart ? <Start /> : null}
      </Flex>
      <CursorTable<Run>
        rowKey="id"
        queryKey={["retention", "runs"]}
        fetchPage={(cursor) => must(api.GET("/api/v1/retention/runs", { params: { query: { cursor } } }))}
        refresh={5_000}
        empty={w.none}
        columns={[
          { title: w.begun, dataIndex: "started_at", render: (at: number) => <Age of={at} /> },
          {
            title: w.outcome,
            key: "outcome",
            render: (_, { finished_at, error }) =>
              error ? (
                <Flex vertical style={{ maxWidth: 320 }}>
                  <Tag color="error">{w.cutShort}</Tag>
                  <Typography.Text type="secondary" className="sub">
                    {told(error)}
                  </Typography.Text>
                </Flex>
              ) : finished_at == null ? (
                <Tag color="processing">{w.atWork}</Tag>
              ) : (
                <Tag color="success">{w.whole}</Tag>
              ),
          },
          {
            title: w.took,
            key: "took",
            render: (_, { started_at, finished_at }) =>
              finished_at == null ? "–" : lasting(finished_at - started_at, language),
          },
          { title: w.eventsGone, dataIndex: "events", align: "end", render: count },
          { title: w.picturesGone, dataIndex: "pictures", align: "end", render: count },
          { title: w.orphans, dataIndex: "orphans", align: "end", render: count },
          { title: w.freed, dataIndex: "bytes", align: "end", render: bytes },
        ]}
      />
    </section>
  );
}

function Start() {
  const w = useWords(retentionWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const start = useMutation({
    mutationFn: () => must(api.POST("/api/v1/retention/runs")),
    onSuccess: () => {
      message.success(w.started);
      void queries.invalidateQueries({ queryKey: ["retention"] });
    },
    onError: (error) => message.error(text(error)),
  });
  return (
    <Popconfirm
      title={w.start}
      description={w.startHelp}
      okText={w.start}
      cancelText={w.cancel}
      onConfirm={() => start.mutateAsync().catch(() => undefined)}
    >
      <Button danger loading={start.isPending}>
        {w.start}
      </Button>
    </Popconfirm>
  );
}
