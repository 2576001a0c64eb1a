/** What pages about people fetch, and what is to be fetched anew after a change. */
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { operations } from "@/generated/platform";
import { must } from "@/shared/api";
import { everything } from "@/shared/everything";
import { api, type Schema } from "../../api";

export type Person = Schema<"PersonView">;
export type PersonDetail = Schema<"PersonDetail">;
export type Held = Schema<"HeldView">;
export type Group = Schema<"GroupView">;
export type ListQuery = NonNullable<operations["get_people"]["parameters"]["query"]>;

/** Groups, with how many people and boxes each has. */
export const groupsQuery = queryOptions({
  queryKey: ["groups", "all"],
  queryFn: () =>
    everything((cursor) => must(api.GET("/api/v1/groups", { params: { query: { limit: 500, cursor } } }))),
  staleTime: 10_000,
});

export function useGroups(): Group[] {
  return useQuery(groupsQuery).data ?? [];
}

/** What a group is called; its id where that is not known. */
export function useGroupNames(): (id: string) => string {
  const groups = useGroups();
  return useMemo(() => {
    const names = new Map(groups.map((group) => [group.id, group.name]));
    return (id) => names.get(id) ?? id;
  }, [groups]);
}

export const tagsQuery = queryOptions({
  queryKey: ["people", "tags"],
  queryFn: () =>
    everything((cursor) =>
      must(api.GET("/api/v1/people/tags", { params: { query: { limit: 500, cursor } } })),
    ),
  staleTime: 30_000,
});

export const departmentsQuery = queryOptions({
  queryKey: ["people", "departments"],
  queryFn: () =>
    everything((cursor) =>
      must(api.GET("/api/v1/people/departments", { params: { query: { limit: 500, cursor } } })),
    ),
  staleTime: 30_000,
});

export function personQuery(id: string) {
  return queryOptions({
    queryKey: ["people", "one", id],
    queryFn: () => must(api.GET("/api/v1/people/{identity_id}", { params: { path: { identity_id: id } } })),
  });
}

/** Fetches anew what a change of people or groups may have changed. */
export function useChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return useCallback(async () => {
    await Promise.all(
      ["people", "groups", "erasures", "boxes"].map((key) => queries.invalidateQueries({ queryKey: [key] })),
    );
  }, [queries]);
}
