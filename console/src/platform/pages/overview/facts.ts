/** What the overview is made of, each fetched anew on its own. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { must } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { api, useMay } from "../../api";
import { CLOCK } from "./attention";

export { useReadiness } from "../system/useHealth";

const OFTEN = 5_000;
const SELDOM = 15_000;

/** What is wrong is asked for by itself, so that it is found however large the fleet is; more of one kind than this is not listed. */
export const MOST = 500;

export function useStats() {
  return useQuery({
    queryKey: ["stats"],
    queryFn: () => must(api.GET("/api/v1/stats")),
    refetchInterval: OFTEN,
  });
}

export function useSilentBoxes() {
  return useQuery({
    queryKey: ["boxes", "overview", "silent"],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query: { online: false, limit: MOST } } })),
    refetchInterval: OFTEN,
  });
}

/** Some of the boxes that are online. */
export function useSomeBoxes(limit: number) {
  return useQuery({
    queryKey: ["boxes", "overview", "online", limit],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query: { online: true, limit } } })),
    refetchInterval: OFTEN,
  });
}

export function useDownCameras() {
  return useQuery({
    queryKey: ["cameras", "overview", "down"],
    queryFn: () => must(api.GET("/api/v1/cameras", { params: { query: { state: "offline", limit: MOST } } })),
    refetchInterval: SELDOM,
  });
}

export function useWrongClocks() {
  return useQuery({
    queryKey: ["stats", "boxes", "wrong"],
    queryFn: () =>
      must(api.GET("/api/v1/stats/boxes", { params: { query: { clock_off: CLOCK, limit: MOST } } })),
    refetchInterval: SELDOM,
  });
}

/** Webhooks are for admins. */
export function useWebhooks() {
  const may = useMay("admin");
  return useQuery({
    queryKey: ["webhooks", "overview"],
    queryFn: () => must(api.GET("/api/v1/webhooks", { params: { query: { limit: MOST } } })),
    refetchInterval: SELDOM,
    enabled: may,
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

/** Events of today, by the calendar of whoever looks. */
export function useToday() {
  return useQuery({
    queryKey: ["stats", "events", "today"],
    queryFn: () => {
      const query = { from: new Date(serverNow()).setHours(0, 0, 0, 0), step: STEP };
      return must(api.GET("/api/v1/stats/events", { params: { query } }));
    },
    refetchInterval: SELDOM,
    placeholderData: keepPreviousData,
  });
}
