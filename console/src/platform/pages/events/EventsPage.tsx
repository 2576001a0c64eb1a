import { Page } from "@/shared/Page";

export function EventsPage() {
  return <Page title="EventsPage">…</Page>;
}
