/** What the list of events is narrowed to: it stands in the address, and goes to the server as it stands there. */
import type { operations } from "@/generated/platform";
import { type Address, useAddress } from "@/shared/address";

export type Query = NonNullable<operations["get_events"]["parameters"]["query"]>;
export type Filter = Omit<Query, "limit" | "cursor">;

const TEXTS = ["identity_id", "name", "dev_sno", "site", "ep_id", "type", "verdict", "gate", "door"] as const;
const NUMBERS = ["from", "until", "score_min", "score_max"] as const;
const SWITCHES = ["stranger", "photo", "late", "ahead"] as const;
const KEYS: readonly string[] = [...TEXTS, ...NUMBERS, ...SWITCHES];

/** The filter in the address, and a function that changes some of it. */
export function useFilter(): [Filter, (some: Address) => void, () => void] {
  const [told, change] = useAddress();
  const clear = () => change(Object.fromEntries(KEYS.map((key) => [key, undefined])));
  return [filterOf(told), change, clear];
}

export function filterOf(told: Record<string, string | undefined>): Filter {
  const filter: Record<string, string | number | boolean> = {};
  for (const key of TEXTS) if (told[key]) filter[key] = told[key];
  for (const key of NUMBERS) {
    const number = Number(told[key]);
    if (told[key] && Number.isFinite(number)) filter[key] = number;
  }
  for (const key of SWITCHES)
    if (told[key] === "true" || told[key] === "false") filter[key] = told[key] === "true";
  return filter as Filter;
}

/** The filter as it stands behind a question mark. */
export function written(filter: object): string {
  const pairs = Object.entries(filter).map(([key, value]) => [key, String(value)]);
  return new URLSearchParams(pairs).toString();
}
