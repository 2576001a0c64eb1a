import { Page } from "@/shared/Page";

export function ImportPage() {
  return <Page title="ImportPage">…</Page>;
}
