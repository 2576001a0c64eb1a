import { Page } from "@/shared/Page";

export function RetentionPage() {
  return <Page title="RetentionPage">…</Page>;
}
