/** The box's API, typed by its own document, and the session. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { components, paths } from "@/generated/box";
import { clientOf, must } from "@/shared/api";

export const api = clientOf<paths>();

/** Shapes of the document, by name. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => must(api.GET("/api/v1/session")),
  staleTime: 60_000,
  retry: false,
});

/** How the box is doing; every page that shows a part of it asks at the same pace. */
export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: () => must(api.GET("/api/v1/status")),
  refetchInterval: 5_000,
});

export const camerasQuery = queryOptions({
  queryKey: ["cameras"],
  queryFn: () => must(api.GET("/api/v1/cameras")),
  refetchInterval: 5_000,
});

export const groupsQuery = queryOptions({
  queryKey: ["groups"],
  queryFn: () => must(api.GET("/api/v1/groups")),
  refetchInterval: 15_000,
});

export const librariesQuery = queryOptions({
  queryKey: ["libraries"],
  queryFn: () => must(api.GET("/api/v1/libraries")),
  refetchInterval: 15_000,
});

export const uploadsQuery = queryOptions({
  queryKey: ["uploads"],
  queryFn: () => must(api.GET("/api/v1/uploads")),
  refetchInterval: 5_000,
});

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: () => must(api.GET("/api/v1/system")),
  refetchInterval: 15_000,
});

/** The cameras' names, for choices. */
export function useCameraNames(): string[] {
  return (useQuery(camerasQuery).data?.items ?? []).map((camera) => camera.status.name);
}
