/** What became of a change of many people: how many, and of each who was refused why. */
import { Link } from "@tanstack/react-router";
import { Alert, Table } from "antd";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { says as people } from "../words";
import { says } from "./bulkWords";

export function BulkResult({
  result,
  isErasure = false,
}: {
  result: Schema<"BulkResult">;
  isErasure?: boolean;
}) {
  const w = useWords(says);
  const p = useWords(people);
  const told = useTold();
  const refused = result.items.filter((item) => item.result === "failed" || item.result === "not_found");
  const unchanged = result.items.filter((item) => item.result === "unchanged").length;
  return (
    <>
      <Alert
        type={result.failed > 0 ? "warning" : "success"}
        showIcon
        role="status"
        title={
          isErasure
            ? w.erased(result.changed, result.failed)
            : w.result(result.changed, unchanged, result.failed)
        }
        action={isErasure ? <Link to="/people/erasures">{w.receipts}</Link> : null}
      />
      {refused.length > 0 ? (
        <Table
          size="small"
          rowKey="identity_id"
          dataSource={refused}
          pagination={{ pageSize: 20, hideOnSinglePage: true }}
          columns={[
            { key: "id", title: p.id, dataIndex: "identity_id", className: "mono" },
            {
              key: "why",
              title: w.done,
              render: (_, item) => (item.reason ? told(item.reason) : w.results[item.result]),
            },
          ]}
          style={{ marginTop: 12 }}
        />
      ) : null}
    </>
  );
}
