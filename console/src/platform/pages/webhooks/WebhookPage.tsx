/** One webhook: whether it takes what it is told, and every message with its answer. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { Card, Descriptions, Flex, Skeleton } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { Actions } from "./parts/Actions";
import { Deliveries } from "./parts/Deliveries";
import { Open, Told, WebhookState } from "./parts/State";
import { webhookWords } from "./parts/words";

export function WebhookPage() {
  const { id } = useParams({ from: "/inside/webhooks/$id" });
  const w = useWords(webhookWords);
  const {
    data: hook,
    error,
    refetch,
  } = useQuery({
    queryKey: ["webhooks", "one", id],
    queryFn: () => must(api.GET("/api/v1/webhooks/{id}", { params: { path: { id } } })),
    refetchInterval: 5_000,
  });
  if (!hook) {
    return (
      <Page title={w.title}>
        {error ? <Failure error={error} retry={() => refetch()} /> : <Skeleton active />}
      </Page>
    );
  }
  const facts = [
    { key: "to", label: w.to, children: <span className="breaks">{hook.url}</span> },
    { key: "state", label: w.state, children: <WebhookState hook={hook} /> },
    { key: "told", label: w.told, children: <Told hook={hook} /> },
    { key: "open", label: w.open, children: <Open hook={hook} /> },
    { key: "created", label: w.created, children: <Age of={hook.created_at} /> },
    { key: "changed", label: w.changed, children: <Age of={hook.updated_at} /> },
  ];
  return (
    <Page title={hook.description || hook.url} actions={<Actions hook={hook} />}>
      <Flex vertical gap={20}>
        {error ? <Failure error={error} retry={() => refetch()} /> : null}
        <Card size="small">
          <Descriptions column={{ xs: 1, md: 2 }} size="small" items={facts} />
        </Card>
        <Deliveries id={id} />
      </Flex>
    </Page>
  );
}
