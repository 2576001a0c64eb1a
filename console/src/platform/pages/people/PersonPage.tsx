import { Page } from "@/shared/Page";

export function PersonPage() {
  return <Page title="PersonPage">…</Page>;
}
