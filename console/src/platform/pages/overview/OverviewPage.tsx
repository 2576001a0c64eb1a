import { Page } from "@/shared/Page";

export function OverviewPage() {
  return <Page title="OverviewPage">…</Page>;
}
