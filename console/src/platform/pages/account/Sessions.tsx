/** Where one is logged in, and ending that. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Tag, Typography } from "antd";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { useErrorText } from "@/shared/Failure";
import { Age, Moment } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { clientName } from "./client";
import { says } from "./words";

type Session = Schema<"SessionView">;

export function Sessions({ username }: { username: string }) {
  const w = useWords(says);
  const text = useErrorText();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: (ids: string[]) =>
      Promise.all(ids.map((id) => api.DELETE("/api/v1/sessions/{id}", { params: { path: { id } } }))),
    onSuccess: () => void message.success(w.ended),
    onError: (error) => void message.error(text(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const endOthers = async () => {
    const query = { username, limit: 500 };
    const { items } = await must(api.GET("/api/v1/sessions", { params: { query } }));
    end.mutate(items.filter((session) => !session.current).map((session) => session.id));
  };
  return (
    <>
      <Typography.Paragraph type="secondary">
        {w.sessionsHint}{" "}
        <Button size="small" onClick={endOthers} loading={end.isPending}>
          {w.endAll}
        </Button>
      </Typography.Paragraph>
      <CursorTable<Session>
        queryKey={["sessions", "mine", username]}
        fetchPage={(cursor) =>
          must(api.GET("/api/v1/sessions", { params: { query: { username, cursor, limit: 20 } } }))
        }
        refresh={15_000}
        rowKey="id"
        columns={[
          {
            key: "client",
            title: w.client,
            render: (_, session) => (
              <span>
                <span title={session.agent} translate="no">
                  {clientName(session.agent) ?? w.unknown}
                </span>{" "}
                {session.current ? <Tag color="green">{w.current}</Tag> : null}
              </span>
            ),
          },
          { key: "from", title: w.from, dataIndex: "address" },
          { key: "opened", title: w.opened, render: (_, session) => <Age of={session.created_at} /> },
          { key: "seen", title: w.seen, render: (_, session) => <Age of={session.seen_at} /> },
          { key: "until", title: w.until, render: (_, session) => <Moment of={session.expires_at} /> },
          {
            key: "end",
            title: "",
            render: (_, session) =>
              session.current ? null : (
                <Button size="small" danger onClick={() => end.mutate([session.id])}>
                  {w.end}
                </Button>
              ),
          },
        ]}
      />
    </>
  );
}
