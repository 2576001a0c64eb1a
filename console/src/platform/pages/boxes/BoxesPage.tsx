import { Page } from "@/shared/Page";

export function BoxesPage() {
  return <Page title="BoxesPage">…</Page>;
}
