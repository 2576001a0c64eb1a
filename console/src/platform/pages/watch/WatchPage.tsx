import { Page } from "@/shared/Page";

export function WatchPage() {
  return <Page title="WatchPage">…</Page>;
}
