/** The score that boxes send with an event: what it is called, how it is written, and what it does not say. */
import { Tooltip, Typography } from "antd";
import { share } from "./domain";
import type { Trace } from "./trace/trace";
import { useWords, words } from "./words";

export const scoreSays = words({
  en: {
    score: "Match score",
    help: "As the box sends it. At 50 % the same person and another one are equally likely; it is near 100 % long before two pictures are alike. Names and doors are decided by the similarity, not by this.",
    similarity: "Similarity",
    scale: "(0 to 1)",
    needs: (name: string, door: string) => `(0 to 1; a name needs ${name}, a door ${door})`,
  },
  zh: {
    score: "匹配分",
    help: "由设备上报。50 % 表示是同一人与不是同一人的可能性相等；两张照片远未完全相似时就已接近 100 %。显示姓名和开门由相似度决定，而不是由匹配分决定。",
    similarity: "相似度",
    scale: "（0 至 1）",
    needs: (name: string, door: string) => `（0 至 1；显示姓名需要 ${name}，开门需要 ${door}）`,
  },
});

/** A score as people read it: what is not certain is not called so. */
export function matchScore(score: number | null | undefined): string {
  const known = share(score);
  if (known === null) return "–";
  if (known > 0.99) return "> 99 %";
  return known < 0.01 ? "< 1 %" : `${Math.round(known * 100)} %`;
}

/** The word for it, in heads of columns too; what it means is told when it is pointed at, and stands on the page of each event. */
export function ScoreTitle() {
  const w = useWords(scoreSays);
  return (
    <Tooltip title={w.help}>
      <span className="explained">{w.score}</span>
    </Tooltip>
  );
}

/** A score with what it means below. */
export function ScoreExplained({ score }: { score: number | null | undefined }) {
  const w = useWords(scoreSays);
  return (
    <div>
      {matchScore(score)}
      <div>
        <Typography.Text type="secondary">{w.help}</Typography.Text>
      </div>
    </div>
  );
}

/** How similar the face is to the one it resembles most, with what was needed; nothing when the box does not say. */
export function Similarity({ trace }: { trace: Trace | null }) {
  const w = useWords(scoreSays);
  const best = trace?.candidates[0];
  if (!best) return null;
  const limits = trace.thresholds;
  return (
    <div>
      {best.cosine.toFixed(3)}{" "}
      <Typography.Text type="secondary">
        {limits ? w.needs(limits.name.toFixed(3), limits.door.toFixed(3)) : w.scale}
      </Typography.Text>
    </div>
  );
}
