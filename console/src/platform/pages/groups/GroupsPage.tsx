import { Page } from "@/shared/Page";

export function GroupsPage() {
  return <Page title="GroupsPage">…</Page>;
}
