import { Page } from "@/shared/Page";

export function SystemPage() {
  return <Page title="SystemPage">…</Page>;
}
