/** In place of a person who is not there: the receipt of their erasure, when there is one. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Skeleton } from "antd";
import { must } from "@/shared/api";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api } from "../../../api";
import { Receipt } from "../../erasures/Receipt";
import { says } from "../person.words";

export function Gone({ id }: { id: string }) {
  const w = useWords(says);
  const found = useQuery({
    queryKey: ["erasures", "of", id],
    queryFn: () => must(api.GET("/api/v1/erasures", { params: { query: { identity_id: id, limit: 1 } } })),
    refetchInterval: 5_000,
  });
  const receipt = found.data?.items[0];
  return (
    <Page title={receipt ? w.goneErased(id) : w.gone} hint={<Link to="/people">{w.back}</Link>}>
      {found.isPending ? <Skeleton active /> : null}
      {receipt ? <Receipt receipt={receipt} /> : null}
      {found.data && !receipt ? <Alert type="info" showIcon title={w.goneHint(id)} /> : null}
    </Page>
  );
}
