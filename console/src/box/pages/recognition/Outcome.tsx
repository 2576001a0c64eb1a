/** What settings lead to: thresholds, and the errors to expect per day from the strangers who really pass here. */
import { Card, Descriptions, Typography } from "antd";
import { matchScore } from "@/shared/MatchScore";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { says } from "./words";

type View = Schema<"Recognition">;

/** With `before`, what is in force now stands beside it. */
export function Outcome({ view, before }: { view: View; before: View | null }) {
  const w = useWords(says);
  const { thresholds: now, expected } = view;
  const was = before?.thresholds;
  const value = (cosine: number, score: number, earlier: number | undefined) => (
    <>
      {w.cosine(cosine.toFixed(3), matchScore(score))}
      {earlier !== undefined && earlier !== cosine ? (
        <Typography.Text type="secondary" delete style={{ marginInlineStart: 8 }}>
          {earlier.toFixed(3)}
        </Typography.Text>
      ) : null}
    </>
  );
  const perDay = (count: number) => w.perDay(count < 10 ? count.toFixed(2) : count.toFixed(0));
  return (
    <Card size="small" title={before ? w.preview : w.inForce}>
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: "enrolled", label: w.enrolled, children: now.enrolled },
          { key: "door", label: w.door, children: value(now.door, now.door_score, was?.door) },
          { key: "name", label: w.name, children: value(now.name, now.name_score, was?.name) },
          {
            key: "possible",
            label: w.possible,
            children: value(now.possible, now.possible_score, was?.possible),
          },
          {
            key: "alike",
            label: w.alike,
            children:
              now.site.alike === null || now.site.alike === undefined
                ? w.few
                : w.alikeIs(now.site.alike.toFixed(3), now.site.shift.toFixed(3)),
          },
        ]}
      />
      <Typography.Paragraph strong style={{ margin: "12px 0 4px" }}>
        {w.expected}
      </Typography.Paragraph>
      {expected.watched_hours < 1 ? (
        <Typography.Paragraph style={{ margin: 0 }}>{w.tooEarly}</Typography.Paragraph>
      ) : (
        <Descriptions
          size="small"
          column={1}
          items={[
            { key: "doors", label: w.falseOpenings, children: perDay(expected.false_openings_per_day) },
            { key: "names", label: w.falseNames, children: perDay(expected.false_names_per_day) },
          ]}
        />
      )}
      <Typography.Text type="secondary">
        {w.watched(expected.watched_hours.toFixed(1), expected.unnamed)}
      </Typography.Text>
    </Card>
  );
}
