import { Page } from "@/shared/Page";

export function ApiKeysPage() {
  return <Page title="ApiKeysPage">…</Page>;
}
