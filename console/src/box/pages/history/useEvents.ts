/** The events that fit the filters of the address, and those that happen meanwhile. */
import { type InfiniteData, type QueryClient, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { must } from "@/shared/api";
import type { Slice } from "@/shared/CursorTable";
import { serverNow } from "@/shared/clock";
import { type LineState, useStream } from "@/shared/stream";
import { api } from "../../api";
import { type Filters, fits, type Line, withLine } from "./lines";

const PAGE = 50;
const KINDS = ["hello", "event", "missed"];

export const eventsKey = (filters: Filters) => ["events", filters];

export async function fetchEvents(filters: Filters, cursor: string | undefined): Promise<Slice<Line>> {
  const { hours, ...others } = filters;
  const from = hours === undefined ? others.from : serverNow() - hours * 3_600_000;
  const query = { ...others, from, limit: PAGE, cursor: cursor ? Number(cursor) : undefined };
  const page = await must(api.GET("/api/v1/events", { params: { query } }));
  return {
    items: page.items,
    next: page.next === null || page.next === undefined ? null : String(page.next),
  };
}

/** The first page of the events that fit, and those that happen meanwhile. */
export function useNewest(filters: Filters) {
  const line = useFollowing(true, filters);
  const list = useInfiniteQuery({
    queryKey: eventsKey(filters),
    queryFn: ({ pageParam }) => fetchEvents(filters, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (slice: Slice<Line>) => slice.next ?? undefined,
  });
  return { line, list, events: list.data?.pages[0]?.items ?? [] };
}

/**
 * Fetches the lists anew, after those that are on their way: they may have been read before what was just told, and would take the
 * place of what it was put into.
 */
async function again(queries: QueryClient): Promise<void> {
  const onTheWay = queries.getQueryCache().findAll({ queryKey: ["events"], fetchStatus: "fetching" });
  await Promise.allSettled(onTheWay.map(({ promise }) => promise));
  await queries.invalidateQueries({ queryKey: ["events"] }, { cancelRefetch: false });
}

/**
 * Puts events into the list as they happen. A line that was lost is told what passed meanwhile; the list is fetched anew where a
 * line begins, because more may have passed since it was fetched, and where events are not kept any more.
 */
export function useFollowing(isFollowing: boolean, filters: Filters): LineState {
  const queries = useQueryClient();
  const begins = useRef(true);
  useEffect(() => {
    begins.current = isFollowing;
  }, [isFollowing]);
  return useStream(isFollowing ? "/api/v1/events/stream" : null, KINDS, (kind, data) => {
    if (kind === "event") {
      if (!fits(data as Line, filters)) return;
      queries.setQueryData<InfiniteData<Slice<Line>>>(eventsKey(filters), (list) =>
        withLine(list, data as Line),
      );
      if (queries.isFetching({ queryKey: ["events"] }) > 0) void again(queries);
    } else if (kind === "missed" || begins.current) {
      begins.current = false;
      void again(queries);
    }
  });
}
