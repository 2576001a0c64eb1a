/** Boxes and cameras, all of them: who may pass where is looked at as a whole. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { must } from "@/shared/api";
import { everything } from "@/shared/everything";
import { api, type Schema } from "../../api";

export type Box = Schema<"BoxView">;
export type Camera = Schema<"CameraView">;

/** Rows asked for at once, the most there are. */
const SLICE = 500;

/** Asks anew so seldom, in milliseconds, that one slice is fetched every 15 s, however large the fleet is. */
function pace({ state }: { state: { data?: unknown[] } }): number {
  return 15_000 * Math.max(1, Math.ceil((state.data?.length ?? 0) / SLICE));
}

const boxesQuery = queryOptions({
  queryKey: ["boxes", "all"],
  queryFn: () =>
    everything((cursor) => must(api.GET("/api/v1/boxes", { params: { query: { limit: SLICE, cursor } } }))),
  refetchInterval: pace,
});

const camerasQuery = queryOptions({
  queryKey: ["cameras", "all"],
  queryFn: () =>
    everything((cursor) => must(api.GET("/api/v1/cameras", { params: { query: { limit: SLICE, cursor } } }))),
  refetchInterval: pace,
});

export type Places = {
  /** Undefined: not known, which is not the same as none. */
  boxes: Box[] | undefined;
  cameras: Camera[] | undefined;
  /** Why one of them is not known; null: it is still asked for, or all is known. */
  error: unknown;
  retry: () => void;
};

/** Boxes and cameras, as far as they are known. */
export function usePlaces(): Places {
  const [boxes, cameras] = [useQuery(boxesQuery), useQuery(camerasQuery)];
  const unknown = [boxes, cameras].filter(({ data, error }) => error && !data);
  return {
    boxes: boxes.data,
    cameras: cameras.data,
    error: unknown[0]?.error ?? null,
    retry: () => {
      for (const each of unknown) void each.refetch();
    },
  };
}
