/** Groups by their names, where a box's sentences have their ids. */
import type { Told } from "./trace";

type NameOf = (id: string) => string;

const GROUPS =
  /^(permission group )(.+?)( may not pass here \(here: )(.+)(\))$|^(permission group )(.+)( may pass here)$/;

/** A box's sentence about groups with their names in place of their ids. */
export function withGroupNames(sentence: string, nameOf: NameOf): string {
  const names = (ids: string) =>
    ids
      .split(", ")
      .map((id) => (id === "none" ? id : `“${nameOf(id)}”`))
      .join(", ");
  const parts = GROUPS.exec(sentence)?.slice(1);
  if (!parts) return sentence;
  return parts
    .map((part, index) => ([1, 3, 6].includes(index) && part ? names(part) : (part ?? "")))
    .join("");
}

/** What is told of a face, the same in its reason and at every gate. */
export function byGroupNames(told: Told, nameOf: NameOf): Told {
  const { trace } = told;
  const steps = trace.steps.map((step) => ({ ...step, found: withGroupNames(step.found, nameOf) }));
  return { ...told, reason: withGroupNames(told.reason, nameOf), trace: { ...trace, steps } };
}
