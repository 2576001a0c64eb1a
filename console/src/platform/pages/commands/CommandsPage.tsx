import { Page } from "@/shared/Page";

export function CommandsPage() {
  return <Page title="CommandsPage">…</Page>;
}
