/** The list of events while new ones come in. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Slice } from "@/shared/CursorTable";
import type { Schema } from "../../api";

export type Line = Schema<"EventLine">;
export type Filters = {
  camera?: string | undefined;
  person?: string | undefined;
  verdict?: string | undefined;
  /** Hours back from now. */
  hours?: number | undefined;
};

/** Whether a new event belongs into the list. */
export function fits(line: Line, filters: Filters): boolean {
  return (
    (!filters.camera || line.camera === filters.camera) &&
    (!filters.person || line.identity_id === filters.person) &&
    (!filters.verdict || line.verdict === filters.verdict)
  );
}

/** The list with `line` at its head; one that is there already is not doubled. */
export function withLine(
  list: InfiniteData<Slice<Line>> | undefined,
  line: Line,
): InfiniteData<Slice<Line>> | undefined {
  const [first, ...rest] = list?.pages ?? [];
  if (!list || !first || list.pages.some((page) => page.items.some((item) => item.seq === line.seq)))
    return list;
  const items = [line, ...first.items].sort((a, b) => b.seq - a.seq);
  return { ...list, pages: [{ ...first, items }, ...rest] };
}
