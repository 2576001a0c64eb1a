import { Page } from "@/shared/Page";

export function ErasuresPage() {
  return <Page title="ErasuresPage">…</Page>;
}
