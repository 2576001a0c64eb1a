import { Page } from "@/shared/Page";

export function AccountPage() {
  return <Page title="AccountPage">…</Page>;
}
