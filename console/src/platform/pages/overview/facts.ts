/** What the overview is made of, each fetched anew on its own. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { must, refusal } from "@/shared/api";
import { api, type Schema, useMay } from "../../api";

const OFTEN = 5_000;
const SELDOM = 15_000;

export function useStats() {
  return useQuery({
    queryKey: ["stats"],
    queryFn: () => must(api.GET("/api/v1/stats")),
    refetchInterval: OFTEN,
  });
}

export function useBoxes() {
  return useQuery({
    queryKey: ["boxes", "overview"],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query: { limit: 500 } } })),
    refetchInterval: OFTEN,
  });
}

export function useCameras() {
  return useQuery({
    queryKey: ["cameras", "overview"],
    queryFn: () => must(api.GET("/api/v1/cameras", { params: { query: { limit: 500 } } })),
    refetchInterval: SELDOM,
  });
}

export function useClocks() {
  return useQuery({
    queryKey: ["stats", "boxes"],
    queryFn: () => must(api.GET("/api/v1/stats/boxes", { params: { query: { limit: 500 } } })),
    refetchInterval: SELDOM,
  });
}

/** Webhooks are for admins. */
export function useWebhooks() {
  const may = useMay("admin");
  return useQuery({
    queryKey: ["webhooks", "overview"],
    queryFn: () => must(api.GET("/api/v1/webhooks", { params: { query: { limit: 100 } } })),
    refetchInterval: SELDOM,
    enabled: may,
  });
}

/** How the platform's own parts are. It answers 503 with the same body when it is not ready. */
export function useReadiness() {
  return useQuery({
    queryKey: ["readyz"],
    queryFn: async (): Promise<Schema<"Readiness">> => {
      const answer = await fetch("/readyz");
      if (answer.ok || answer.status === 503) return answer.json();
      throw await refusal(answer);
    },
    refetchInterval: SELDOM,
    retry: false,
  });
}

export function useRecent() {
  return useQuery({
    queryKey: ["events", "recent"],
    queryFn: () => must(api.GET("/api/v1/events", { params: { query: { photo: true, limit: 12 } } })),
    refetchInterval: OFTEN,
  });
}

/** Seconds that make one point of the chart. */
export const STEP = 300;

/** Events of today, by the clock of whoever looks. */
export function useToday() {
  return useQuery({
    queryKey: ["stats", "events", "today"],
    queryFn: () => {
      const query = { from: new Date().setHours(0, 0, 0, 0), step: STEP };
      return must(api.GET("/api/v1/stats/events", { params: { query } }));
    },
    refetchInterval: SELDOM,
    placeholderData: keepPreviousData,
  });
}
