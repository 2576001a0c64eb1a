/** The platform's API, typed by its own document, and who is logged in. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { components, paths } from "@/generated/platform";
import { clientOf, must } from "@/shared/api";
import { mayDo, type Role } from "@/shared/domain";

export const api = clientOf<paths>();

/** Shapes of the document, by name. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => must(api.GET("/api/v1/session")),
  staleTime: 60_000,
  retry: false,
});

/** Who is logged in; pages are shown only when somebody is. */
export function useSession(): Schema<"Whoami"> | undefined {
  return useQuery(sessionQuery).data;
}

/** Whether whoever is logged in may do what `needed` may. */
export function useMay(needed: Role): boolean {
  const session = useSession();
  return session !== undefined && mayDo(session.role, needed);
}
