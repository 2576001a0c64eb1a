import { Page } from "@/shared/Page";

export function WallsPage() {
  return <Page title="WallsPage">…</Page>;
}
