import { Page } from "@/shared/Page";

export function ImportsPage() {
  return <Page title="ImportsPage">…</Page>;
}
