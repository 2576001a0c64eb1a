/** What else is known of a person, as entries that can be edited; what is not a text stays what it is unless it is edited. */

export type Entry = { key: string; text: string; was?: unknown };

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function entriesOf(info: Record<string, unknown>): Entry[] {
  return Object.entries(info).map(([key, value]) => ({ key, text: textOf(value), was: value }));
}

/** The entries with a name, as the platform keeps them. */
export function infoOf(entries: Entry[]): Record<string, unknown> {
  const named = entries.filter((entry) => entry?.key?.trim());
  return Object.fromEntries(
    named.map(({ key, text, was }) => [
      key.trim(),
      was !== undefined && textOf(was) === text ? was : (text ?? ""),
    ]),
  );
}
