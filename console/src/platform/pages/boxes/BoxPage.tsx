import { Page } from "@/shared/Page";

export function BoxPage() {
  return <Page title="BoxPage">…</Page>;
}
