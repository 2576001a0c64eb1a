/** The people a face resembles on one scale, with what a short list, a name and a door need. */
import { theme } from "antd";
import { useWords, words } from "../words";
import { nameOf } from "./sentences";
import type { Told } from "./trace";

const says = words({
  en: {
    possible: "short list",
    name: "name",
    door: "door",
    scale: "How similar the face is to the people enrolled, against what is needed here",
  },
  zh: { possible: "候选", name: "姓名", door: "开门", scale: "人脸与已登记人员的相似度，以及此处的要求" },
});

/** Candidates that are drawn. */
const SHOWN = 5;

export function Resemblance({ told }: { told: Told }) {
  const w = useWords(says);
  const { token } = theme.useToken();
  const limits = told.trace.thresholds;
  if (!limits) return null;
  const at = (cosine: number) => `${Math.min(Math.max(cosine, 0), 1) * 100}%`;
  const marks = [
    { name: w.possible, cosine: limits.possible, row: 0 },
    { name: w.name, cosine: limits.name, row: 1 },
    { name: w.door, cosine: limits.door, row: 2 },
  ];
  return (
    <figure className="resemblance" aria-label={w.scale}>
      <div className="resemblance-marks">
        {marks.map(({ name, cosine, row }) => (
          <span key={name} style={{ left: at(cosine), top: row * 18, color: token.colorTextSecondary }}>
            {name} {cosine.toFixed(2)}
          </span>
        ))}
      </div>
      {told.trace.candidates.slice(0, SHOWN).map((candidate) => (
        <div key={candidate.identity_id} className="resemblance-row">
          <div className="resemblance-bar" style={{ background: token.colorFillSecondary }}>
            <div
              style={{
                width: at(candidate.cosine),
                background:
                  candidate.cosine >= limits.door
                    ? token.colorSuccess
                    : candidate.cosine >= limits.name
                      ? token.colorWarning
                      : token.colorTextQuaternary,
              }}
            />
            {marks.map(({ name, cosine }) => (
              <i key={name} style={{ left: at(cosine), background: token.colorText }} />
            ))}
          </div>
          <span>
            {nameOf(told, candidate.identity_id)} · {candidate.cosine.toFixed(3)}
          </span>
        </div>
      ))}
    </figure>
  );
}
