import { Page } from "@/shared/Page";

export function EventPage() {
  return <Page title="EventPage">…</Page>;
}
