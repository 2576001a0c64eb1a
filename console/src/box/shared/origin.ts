/** Where other devices reach these pages: a page that was opened on the box itself names an address of the box. */
import { useQuery } from "@tanstack/react-query";
import { systemQuery } from "../api";

const SELF = /^(localhost|127\.|\[::1\])/;

export function useOrigin(): string {
  const isSelf = SELF.test(location.hostname);
  const [address] = useQuery({ ...systemQuery, enabled: isSelf }).data?.addresses ?? [];
  if (!isSelf || !address) return location.origin;
  // Everybody else is served by TLS only.
  const host = address.includes(":") ? `[${address}]` : address;
  return `https://${host}${location.port ? `:${location.port}` : ""}`;
}
