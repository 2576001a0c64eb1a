import { Page } from "@/shared/Page";

export function WebhooksPage() {
  return <Page title="WebhooksPage">…</Page>;
}
