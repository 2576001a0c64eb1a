/** Whether the platform works and whether it could serve; its answer tells of every part also when it cannot. */
import { useQuery } from "@tanstack/react-query";
import { must, refusal } from "@/shared/api";
import { timedFetch } from "@/shared/clock";
import { api, type Schema } from "../../api";

const REFRESH = 5_000;

async function readiness(): Promise<Schema<"Readiness">> {
  const answer = await timedFetch("/readyz");
  const told: unknown = await answer
    .clone()
    .json()
    .catch(() => null);
  // Not ready is an answer as well: 503 with every part.
  if (typeof told === "object" && told !== null && "status" in told) return told as Schema<"Readiness">;
  throw await refusal(answer);
}

export function useReadiness() {
  return useQuery({ queryKey: ["readyz"], queryFn: readiness, refetchInterval: REFRESH });
}

export function useAlive() {
  return useQuery({
    queryKey: ["healthz"],
    queryFn: () => must(api.GET("/healthz")),
    refetchInterval: 30_000,
  });
}

export function useStats() {
  return useQuery({
    queryKey: ["stats"],
    queryFn: () => must(api.GET("/api/v1/stats")),
    refetchInterval: REFRESH,
  });
}
