/**
 * Pictures of people, fetched once and kept until the photo changes: every fetch costs the platform a look at the photo,
 * and is written into its audit log.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { must } from "@/shared/api";
import { api } from "../../../api";

const KEPT_MS = 600_000;

/** The photo of a person set at `at` (none: has no photo), whole or only the face; an address to show it from. */
export function usePersonPicture(
  id: string,
  at: number | undefined,
  which: "whole" | "face",
  isWanted = true,
): string | null {
  const { data } = useQuery({
    queryKey: ["picture", id, at, which],
    queryFn: () =>
      must(
        api.GET("/api/v1/people/{identity_id}/photo", {
          params: { path: { identity_id: id }, query: which === "face" ? { crop: "face" } : {} },
          parseAs: "blob",
        }),
      ) as Promise<unknown> as Promise<Blob>,
    enabled: isWanted && at !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: KEPT_MS,
  });
  return usePicture(data ?? null);
}

/** An address to show a picture from while the component is there. */
export function usePicture(picture: Blob | null): string | null {
  const [src, setSrc] = useState<string | null>(null);
  useEffect(() => {
    if (!picture) return;
    const address = URL.createObjectURL(picture);
    setSrc(address);
    return () => {
      setSrc(null);
      URL.revokeObjectURL(address);
    };
  }, [picture]);
  return src;
}
