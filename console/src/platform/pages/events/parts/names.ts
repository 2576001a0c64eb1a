/** What things are called where an event knows them by id, and what can be chosen from. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { must } from "@/shared/api";
import { capital, inWords } from "@/shared/trace/found";
import { withGroupNames } from "@/shared/trace/groups";
import { useLanguage } from "@/shared/words";
import { api, type Schema } from "../../../api";

/** What groups are called, by their id; an id that is not known stands for itself. */
export function useNameOfGroup(): (id: string) => string {
  const { data } = useQuery({
    queryKey: ["groups", "names"],
    queryFn: () => must(api.GET("/api/v1/groups", { params: { query: { limit: 500 } } })),
    staleTime: 60_000,
  });
  return useMemo(() => {
    const names = new Map(data?.items.map((group) => [group.id, group.name]));
    return (id) => names.get(id) ?? id;
  }, [data]);
}

/** What gates and doors say, in the language of whoever looks. */
export function useSaid(): (sentence: string) => string {
  const language = useLanguage();
  const nameOf = useNameOfGroup();
  return useCallback(
    (sentence) => capital(inWords(withGroupNames(sentence, nameOf), language)),
    [language, nameOf],
  );
}

/** Why it was decided so; null when the box does not say. */
export function useReason(): (event: Pick<Schema<"EventView">, "reason">) => string | null {
  const said = useSaid();
  return ({ reason }) => (reason ? said(reason) : null);
}

/** Boxes whose name or key has a part. */
export function useBoxes(search = ""): Schema<"BoxView">[] {
  const query = { limit: 200, ...(search ? { search } : {}) };
  const { data } = useQuery({
    queryKey: ["boxes", "choices", search],
    queryFn: () => must(api.GET("/api/v1/boxes", { params: { query } })),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  return data?.items ?? [];
}

/** Cameras, of a box or of all. */
export function useCameras(devSno?: string): Schema<"CameraView">[] {
  const query = { limit: 500, ...(devSno ? { dev_sno: devSno } : {}) };
  const { data } = useQuery({
    queryKey: ["cameras", "choices", devSno ?? ""],
    queryFn: () => must(api.GET("/api/v1/cameras", { params: { query } })),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });
  return data?.items ?? [];
}

/** How cameras are called, by their id; the address of one that is not known any more. */
export function useNameOfCamera(): (event: Pick<Schema<"EventView">, "ep_id" | "device_ip">) => string {
  const cameras = useCameras();
  return useMemo(() => {
    const names = new Map(cameras.map((camera) => [camera.ep_id, camera.name]));
    return ({ ep_id, device_ip }) => (ep_id && names.get(ep_id)) || device_ip;
  }, [cameras]);
}
