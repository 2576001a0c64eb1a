/** What became of each row of an import; failed ones with the reason. */
import { Link } from "@tanstack/react-router";
import { Card, Segmented, Tag } from "antd";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import type { Import } from "./send";
import { says } from "./words";

type Row = Schema<"ImportRowView">;

const COLOURS: Record<string, string> = { waiting: "default", done: "green", failed: "red" };

export function Rows({ one, isWorking }: { one: Import; isWorking: boolean }) {
  const w = useWords(says);
  const reason = useTold();
  const [told, change] = useAddress();
  const state = ["failed", "done", "waiting"].find((each) => each === told.rows);
  const outcomes = one.dry_run ? w.wouldOutcomes : w.outcomes;
  return (
    <Card
      title={w.rows}
      extra={
        <Segmented
          aria-label={w.rows}
          value={state ?? "every"}
          onChange={(next) => change({ rows: next === "every" ? undefined : next })}
          options={[
            { value: "every", label: w.every },
            { value: "failed", label: `${w.failed} (${one.failed})` },
            { value: "done", label: `${w.done} (${one.done})` },
            ...(isWorking ? [{ value: "waiting", label: w.waiting }] : []),
          ]}
        />
      }
    >
      <CursorTable<Row>
        rowKey="row"
        queryKey={["imports", "rows", one.id, state, one.state]}
        fetchPage={(cursor) =>
          must(
            api.GET("/api/v1/people/imports/{id}/rows", {
              params: { path: { id: one.id }, query: { state, cursor, limit: 100 } },
            }),
          )
        }
        refresh={isWorking ? 3_000 : undefined}
        empty={w.noRows}
        columns={[
          { key: "row", title: w.row, dataIndex: "row", width: 70 },
          {
            key: "id",
            title: w.id,
            render: (_, row) =>
              row.state === "done" && !one.dry_run ? (
                <Link to="/people/$id" params={{ id: row.identity_id }} className="mono">
                  {row.identity_id}
                </Link>
              ) : (
                <span className="mono">{row.identity_id}</span>
              ),
          },
          {
            key: "outcome",
            title: w.outcome,
            render: (_, row) => (
              <Tag color={COLOURS[row.state]}>
                {row.state === "done"
                  ? (outcomes[row.outcome ?? ""] ?? w.done)
                  : row.state === "failed"
                    ? w.failed
                    : w.waiting}
              </Tag>
            ),
          },
          { key: "photo", title: w.photo, render: (_, row) => row.photo ?? "–" },
          {
            key: "why",
            title: w.why,
            render: (_, row) => <span style={{ whiteSpace: "normal" }}>{reason(row.reason ?? "")}</span>,
          },
        ]}
      />
    </Card>
  );
}
