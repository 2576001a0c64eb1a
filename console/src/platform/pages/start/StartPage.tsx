import { Page } from "@/shared/Page";

export function StartPage() {
  return <Page title="StartPage">…</Page>;
}
