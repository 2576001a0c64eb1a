/** What became of every message: the last attempt, its answer, and when it is tried again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Flex, Modal, Segmented, Tag, Typography } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { useErrorText } from "@/shared/Failure";
import { Age, lasting } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { deliveryWords } from "./deliveryWords";
import { Reply } from "./Reply";
import { webhookWords } from "./words";

type Delivery = Schema<"DeliveryView">;

const COLOURS: Record<string, string> = { waiting: "processing", delivered: "success", failed: "error" };

export function Deliveries({ id }: { id: string }) {
  const w = useWords(deliveryWords);
  const said = useWords(webhookWords);
  const told = useTold();
  const language = useLanguage();
  const [asked, change] = useAddress();
  const [shown, setShown] = useState<Delivery | null>(null);
  const query = { state: asked.state || undefined };
  return (
    <section>
      <Flex justify="space-between" align="center" gap={12} wrap className="filters">
        <h2 className="card-title">{w.log}</h2>
        <Segmented
          aria-label={w.state}
          value={asked.state ?? ""}
          onChange={(state) => change({ state })}
          options={[
            { value: "", label: w.any },
            ...Object.entries(w.states).map(([value, label]) => ({ value, label })),
          ]}
        />
      </Flex>
      <CursorTable<Delivery>
        rowKey={({ event_id, first_tried_at }) => `${event_id}-${first_tried_at}`}
        queryKey={["webhooks", "deliveries", id, query]}
        fetchPage={(cursor) =>
          must(
            api.GET("/api/v1/webhooks/{id}/deliveries", {
              params: { path: { id }, query: { ...query, cursor } },
            }),
          )
        }
        refresh={3_000}
        empty={asked.state ? w.noneFits : w.none}
        columns={[
          {
            title: w.what,
            key: "what",
            render: (_, { kind, event_id }) => (
              <Flex vertical>
                <span>{said.kinds[kind] ?? kind}</span>
                <Typography.Text type="secondary" className="mono sub">
                  {event_id}
                </Typography.Text>
              </Flex>
            ),
          },
          {
            title: w.state,
            dataIndex: "state",
            render: (state: string) => (
              <Tag color={COLOURS[state] ?? "default"}>{w.states[state] ?? state}</Tag>
            ),
          },
          {
            title: w.status,
            key: "answer",
            render: (_, delivery) => (
              <Flex vertical align="flex-start" style={{ maxWidth: 320 }}>
                <Button type="link" className="cell-link" onClick={() => setShown(delivery)}>
                  {delivery.status ?? w.noAnswer}
                </Button>
                <Typography.Text type="secondary" className="sub" ellipsis>
                  {delivery.error ? told(delivery.error) : delivery.answer}
                </Typography.Text>
              </Flex>
            ),
          },
          { title: w.tries, dataIndex: "attempts" },
          {
            title: w.tried,
            key: "tried",
            render: (_, { tried_at, took_ms }) => (
              <Flex vertical>
                <Age of={tried_at} />
                <Typography.Text type="secondary" className="sub">
                  {w.took} {lasting(took_ms, language)}
                </Typography.Text>
              </Flex>
            ),
          },
          { title: w.next, dataIndex: "next_attempt_at", render: (at: number | null) => <Age of={at} /> },
          {
            title: "",
            key: "do",
            render: (_, delivery) =>
              delivery.kind === "test" ? null : <Again webhook={id} event={delivery.event_id} />,
          },
        ]}
      />
      <Modal
        open={shown !== null}
        title={w.testTitle}
        onCancel={() => setShown(null)}
        footer={null}
        width={640}
        destroyOnHidden
      >
        {shown ? <Reply delivery={shown} /> : null}
      </Modal>
    </section>
  );
}

function Again({ webhook, event }: { webhook: string; event: string }) {
  const w = useWords(deliveryWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const again = useMutation({
    mutationFn: () =>
      must(
        api.POST("/api/v1/webhooks/{id}/replay", {
          params: { path: { id: webhook } },
          body: { event_id: event },
        }),
      ),
    onSuccess: () => {
      message.success(w.againDone);
      void queries.invalidateQueries({ queryKey: ["webhooks"] });
    },
    onError: (error) => message.error(text(error)),
  });
  return (
    <Button
      size="small"
      loading={again.isPending}
      onClick={() => again.mutate()}
      aria-label={`${w.again}: ${event}`}
    >
      {w.again}
    </Button>
  );
}
