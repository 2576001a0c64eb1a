/** The list of events while new ones come in. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Slice } from "@/shared/CursorTable";
import type { Schema } from "../../api";

export type Line = Schema<"EventLine">;
export type Filters = {
  camera?: string | undefined;
  /** A person's whole id. */
  person?: string | undefined;
  /** A part of id or name. */
  who?: string | undefined;
  library?: string | undefined;
  verdict?: string | undefined;
  /** Hours back from now. */
  hours?: number | undefined;
  /** Milliseconds since 1970: taken then or later, and before. */
  from?: number | undefined;
  to?: number | undefined;
};

/** Whether a new event belongs into the list. */
export function fits(line: Line, filters: Filters): boolean {
  return (
    (!filters.camera || line.camera === filters.camera) &&
    (!filters.person || line.identity_id === filters.person) &&
    (!filters.who || isOf(line, filters.who)) &&
    (!filters.library || (line.identity_id !== "" && line.group_name === filters.library)) &&
    (!filters.verdict || line.verdict === filters.verdict) &&
    (!filters.from || line.taken_at >= filters.from) &&
    (!filters.to || line.taken_at < filters.to)
  );
}

/** As the box looks: a part of id or name, whatever the case; nobody known is nobody. */
function isOf({ identity_id, identity_name }: Line, part: string): boolean {
  const found = (text: string) => text.toLowerCase().includes(part.toLowerCase());
  return identity_id !== "" && (found(identity_id) || found(identity_name));
}

/** Lines of a list that grows while somebody follows; older ones are fetched again by whoever asks for more. */
const MOST = 500;

/** The list with `line` at its head; one that is there already is not doubled. */
export function withLine(
  list: InfiniteData<Slice<Line>> | undefined,
  line: Line,
): InfiniteData<Slice<Line>> | undefined {
  const [first, ...rest] = list?.pages ?? [];
  if (!list || !first || list.pages.some((page) => page.items.some((item) => item.seq === line.seq)))
    return list;
  const items = [line, ...first.items].sort((a, b) => b.seq - a.seq);
  if (items.length > MOST) {
    const kept = items.slice(0, MOST);
    const page = { ...first, items: kept, next: String(kept.at(-1)?.seq) };
    return { pages: [page], pageParams: list.pageParams.slice(0, 1) };
  }
  return { ...list, pages: [{ ...first, items }, ...rest] };
}
