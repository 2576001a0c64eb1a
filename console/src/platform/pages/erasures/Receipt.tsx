/** The receipt of an erasure: what it says as a whole, and each box with the fact behind its outcome. */
import { Link } from "@tanstack/react-router";
import { Alert, Descriptions, Flex, Tag } from "antd";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Age, Moment } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { says } from "./words";

type Erasure = Schema<"ErasureView">;

const COLOURS: Record<string, string> = {
  outstanding: "orange",
  proved: "green",
  overwritten: "blue",
  unprovable: "default",
};

const OUTCOMES = ["outstanding", "proved", "overwritten", "unprovable"] as const;

export function boxesOf(receipt: Erasure): number {
  return receipt.proved + receipt.outstanding + receipt.overwritten + receipt.unprovable;
}

function titleOf(receipt: Erasure, w: typeof says.en): string {
  if (receipt.outstanding > 0) return w.isOutstanding(receipt.outstanding);
  if (!receipt.complete) return w.isUnproved;
  return boxesOf(receipt) > 0 || receipt.boxes_forgotten_at ? w.isComplete : w.neverOn;
}

export function Receipt({ receipt }: { receipt: Erasure }) {
  const w = useWords(says);
  return (
    <Flex vertical gap={16}>
      <Alert
        type={receipt.complete ? "success" : "warning"}
        showIcon
        role="status"
        title={titleOf(receipt, w)}
        description={receipt.outstanding > 0 ? w.help : undefined}
      />
      <Descriptions
        size="small"
        column={{ xs: 1, md: 2, xl: 4 }}
        items={[
          { key: "id", label: w.id, children: <span className="mono">{receipt.identity_id}</span> },
          { key: "at", label: w.erased, children: <Moment of={receipt.erased_at} /> },
          { key: "by", label: w.by, children: receipt.erased_by },
          { key: "completed", label: w.completed, children: <Moment of={receipt.completed_at} /> },
        ]}
      />
      {receipt.boxes_forgotten_at ? <Forgotten receipt={receipt} /> : null}
      {boxesOf(receipt) > 0 && !receipt.boxes_forgotten_at ? <Boxes id={receipt.id} /> : null}
    </Flex>
  );
}

/** What stays of the boxes once they are no longer listed. */
function Forgotten({ receipt }: { receipt: Erasure }) {
  const w = useWords(says);
  const counts = OUTCOMES.filter((outcome) => receipt[outcome] > 0);
  return (
    <div>
      {w.forgotten} <Age of={receipt.boxes_forgotten_at} />
      <Flex gap={8} wrap style={{ marginTop: 8 }}>
        {counts.map((outcome) => (
          <Tag key={outcome} color={COLOURS[outcome]}>
            {w.outcomes[outcome]}: {receipt[outcome]}
          </Tag>
        ))}
      </Flex>
    </div>
  );
}

function Boxes({ id }: { id: string }) {
  const w = useWords(says);
  const told = useTold();
  return (
    <CursorTable<Schema<"ErasureBoxView">>
      rowKey="dev_sno"
      queryKey={["erasures", "boxes", id]}
      fetchPage={(cursor) =>
        must(
          api.GET("/api/v1/erasures/{id}/boxes", { params: { path: { id }, query: { cursor, limit: 100 } } }),
        )
      }
      refresh={5_000}
      columns={[
        {
          key: "box",
          title: w.box,
          render: (_, box) =>
            box.name ? (
              <Link to="/boxes/$devSno" params={{ devSno: box.dev_sno }}>
                {box.name}
              </Link>
            ) : (
              <span>
                <span className="mono">{box.dev_sno}</span> ({w.removed})
              </span>
            ),
        },
        {
          key: "outcome",
          title: w.outcome,
          render: (_, box) => (
            <Tag color={COLOURS[box.outcome]}>{w.outcomes[box.outcome] ?? box.outcome}</Tag>
          ),
        },
        {
          key: "fact",
          title: w.fact,
          render: (_, box) => (
            <>
              {w.why[box.outcome] ?? told(box.message ?? "")}{" "}
              {box.settled_at ? <Age of={box.settled_at} /> : null}
            </>
          ),
        },
      ]}
    />
  );
}
