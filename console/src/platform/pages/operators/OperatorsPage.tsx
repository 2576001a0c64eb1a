import { Page } from "@/shared/Page";

export function OperatorsPage() {
  return <Page title="OperatorsPage">…</Page>;
}
