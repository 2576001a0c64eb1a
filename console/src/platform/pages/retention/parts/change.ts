/** What to ask for when rules are changed: only what differs. */
import type { Schema } from "../../../api";

type Rule = Schema<"RuleView">;
type Days = { event_days: number; photo_days: number };
export type RuleFields = Record<string, Days>;

/** Nothing differs. The document calls every class required, though each may be left out. */
export const NO_CHANGE = {} as Schema<"RetentionChange">;

/** What differs from what is in force; a class that is set as configured goes back to its configuration. */
export function changeOf(rules: Rule[], asked: RuleFields): Schema<"RetentionChange"> {
  const same = (one: Days, two: Days | undefined) =>
    one.event_days === two?.event_days && one.photo_days === two?.photo_days;
  const changed = rules.filter((rule) => !same(rule, asked[rule.class]));
  const entries = changed.map(({ class: name, configured }) => {
    const days = asked[name];
    return [name, same(configured, days) ? null : days];
  });
  return { ...NO_CHANGE, ...Object.fromEntries(entries) };
}
