import { Page } from "@/shared/Page";

export function WebhookPage() {
  return <Page title="WebhookPage">…</Page>;
}
