/** Which people are listed: what stands in the address, as the API takes it. */
import type { Schema } from "../../api";

export type Filter = Schema<"PeopleFilter">;
export type Order = "id" | "name";

type Texts = Record<string, string | undefined>;

/** The parts of an address that filter people. */
export const FILTERS = [
  "search",
  "type",
  "group",
  "department",
  "no_department",
  "tag",
  "photo",
  "validity",
  "enrolment",
] as const;

const VALIDITIES = ["now", "expired", "not_yet"] as const;
const ENROLMENTS = ["none", "pending", "failed", "applied"] as const;

/** `value` when it is one of `all`. */
export function oneOf<T extends string>(all: readonly T[], value: string | undefined): T | undefined {
  return all.find((each) => each === value);
}

export function filterOf(told: Texts): Filter {
  const type = Number(told.type);
  const photo = oneOf(["true", "false"], told.photo);
  const all: Filter = {
    search: told.search,
    type: type >= 1 && type <= 5 ? type : undefined,
    group: told.group,
    department: told.no_department === "true" ? "" : told.department,
    tag: told.tag,
    photo: photo === undefined ? undefined : photo === "true",
    validity: oneOf(VALIDITIES, told.validity),
    enrolment: oneOf(ENROLMENTS, told.enrolment),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function isRestricted(filter: Filter): boolean {
  return Object.keys(filter).length > 0;
}

/** The filter as it stands behind an address of the API. */
export function queryText(filter: Filter): string {
  return new URLSearchParams(
    Object.entries(filter).map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
}
