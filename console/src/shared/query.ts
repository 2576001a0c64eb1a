/** How long what was fetched is taken for true, and when a failed fetch is tried again. */
import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api";

/** Whether asking again may help: no answer, or a server that cannot now. */
function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 500;
}

/** `onUnauthorized` is told when a session has ended under an open page; whether there is one, the query `["session"]` asks itself. */
export function newQueryClient(onUnauthorized: () => void): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < 2 && mayPass(error),
        refetchOnWindowFocus: true,
      },
    },
  });
  client.getQueryCache().subscribe((event) => {
    const error = event.type === "updated" && event.action.type === "error" ? event.action.error : null;
    const asksWho = event.query.queryKey[0] === "session";
    if (!asksWho && error instanceof ApiError && error.status === 401) onUnauthorized();
  });
  return client;
}
