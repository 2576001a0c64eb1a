/** A new link for a box, and what the platform has seen of its use since. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { must } from "@/shared/api";
import { api } from "../../../api";

/** How often the platform is asked what it has seen, in milliseconds. */
const LOOK = 1500;

export function usePairing(devSno: string) {
  const path = { dev_sno: devSno };
  const { mutate: issue, ...issued } = useMutation({
    mutationFn: () => must(api.POST("/api/v1/boxes/{dev_sno}/pairing", { params: { path } })),
  });
  // Opening the dialog is asking for a link.
  useEffect(() => issue(), [issue]);
  const link = issued.data;
  const pairing = useQuery({
    queryKey: ["pairing", devSno, link?.code],
    queryFn: () => must(api.GET("/api/v1/boxes/{dev_sno}/pairing", { params: { path } })),
    enabled: link !== undefined,
    refetchInterval: LOOK,
  });
  const box = useQuery({
    queryKey: ["boxes", "one", devSno],
    queryFn: () => must(api.GET("/api/v1/boxes/{dev_sno}", { params: { path } })),
    refetchInterval: LOOK,
  });
  const since = pairing.data?.issued_at;
  const after = (at: number | null | undefined) => (since && at && at > since ? at : null);
  return {
    link,
    issue,
    error: issued.error ?? box.error,
    pairing: pairing.data,
    mac: box.data?.mac ?? null,
    /** What was seen after the link was made, each with its time. */
    seen: {
      used: pairing.data?.used_at ?? null,
      usedFrom: pairing.data?.used_from ?? null,
      login: after(box.data?.login_at),
      loginFrom: box.data?.login_addr ?? null,
      beat: after(box.data?.heartbeat_at),
    },
  };
}
