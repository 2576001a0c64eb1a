/** One box and what hangs on it, asked for anew while somebody looks. */
import { useQuery } from "@tanstack/react-query";
import { must } from "@/shared/api";
import { api } from "../../../api";

const REFRESH = 5_000;

export function useBox(devSno: string) {
  return useQuery({
    queryKey: ["boxes", "one", devSno],
    queryFn: () => must(api.GET("/api/v1/boxes/{dev_sno}", { params: { path: { dev_sno: devSno } } })),
    refetchInterval: REFRESH,
  });
}

export function useDrift(devSno: string) {
  return useQuery({
    queryKey: ["boxes", "drift", devSno],
    queryFn: () => must(api.GET("/api/v1/boxes/{dev_sno}/drift", { params: { path: { dev_sno: devSno } } })),
    refetchInterval: 3_000,
  });
}

export function useCameras(devSno: string) {
  return useQuery({
    queryKey: ["cameras", devSno],
    queryFn: () => must(api.GET("/api/v1/cameras", { params: { query: { dev_sno: devSno, limit: 500 } } })),
    refetchInterval: REFRESH,
  });
}

/** What the box's reports tell of its clock. */
export function useReports(devSno: string) {
  return useQuery({
    queryKey: ["boxes", "reports", devSno],
    queryFn: () => must(api.GET("/api/v1/stats/boxes", { params: { query: { dev_sno: devSno } } })),
    select: ({ items }) => items[0],
    refetchInterval: 15_000,
  });
}
