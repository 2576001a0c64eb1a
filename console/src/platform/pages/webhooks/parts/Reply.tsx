/** Exactly what a receiver answered to a message. */
import { Alert, Flex, Typography } from "antd";
import { lasting } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { deliveryWords } from "./deliveryWords";

export function Reply({ delivery }: { delivery: Schema<"DeliveryView"> }) {
  const w = useWords(deliveryWords);
  const told = useTold();
  const language = useLanguage();
  const { status, state, error, answer, took_ms } = delivery;
  const took = lasting(took_ms, language);
  const isTaken = state === "delivered";
  const title =
    status == null ? w.unanswered(took) : isTaken ? w.taken(status, took) : w.refused(status, took);
  return (
    <Flex vertical gap={12}>
      <Alert
        type={isTaken ? "success" : "error"}
        showIcon
        role="status"
        title={title}
        description={error ? `${w.fault}: ${told(error)}` : null}
      />
      {status == null ? null : answer ? (
        <>
          <Typography.Text type="secondary">{w.body}</Typography.Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
          <section className="json" aria-label={w.body} tabIndex={0}>
            <pre>{answer}</pre>
          </section>
        </>
      ) : (
        <Typography.Text type="secondary">{w.bodyEmpty}</Typography.Text>
      )}
      <Typography.Text type="secondary">
        Menshen-Event-Id: <span className="mono">{delivery.event_id}</span>
      </Typography.Text>
    </Flex>
  );
}
