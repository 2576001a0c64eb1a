/** Boxes and cameras, all of them: who may pass where is looked at as a whole. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { must } from "@/shared/api";
import { api, type Schema } from "../../api";

export type Box = Schema<"BoxView">;
export type Camera = Schema<"CameraView">;

/** Everything a list hands out page by page. */
async function everything<Row>(
  page: (cursor: string | undefined) => Promise<{ items: Row[]; next?: string | null }>,
): Promise<Row[]> {
  const all: Row[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    all.push(...items);
    cursor = next ?? undefined;
  } while (cursor);
  return all;
}

const boxesQuery = queryOptions({
  queryKey: ["boxes", "all"],
  queryFn: () =>
    everything((cursor) => must(api.GET("/api/v1/boxes", { params: { query: { limit: 500, cursor } } }))),
  refetchInterval: 15_000,
});

const camerasQuery = queryOptions({
  queryKey: ["cameras", "all"],
  queryFn: () =>
    everything((cursor) => must(api.GET("/api/v1/cameras", { params: { query: { limit: 500, cursor } } }))),
  refetchInterval: 15_000,
});

export function useBoxes(): Box[] | undefined {
  return useQuery(boxesQuery).data;
}

export function useCameras(): Camera[] | undefined {
  return useQuery(camerasQuery).data;
}
