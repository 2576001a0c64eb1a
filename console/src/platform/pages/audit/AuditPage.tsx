import { Page } from "@/shared/Page";

export function AuditPage() {
  return <Page title="AuditPage">…</Page>;
}
