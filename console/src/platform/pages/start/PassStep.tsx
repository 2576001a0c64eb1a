/** Whoever stands in front of the camera, as the box decides it. */
import { CheckCircleOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Flex, Spin, Typography } from "antd";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { Faces } from "../events/parts/Faces";
import { useReason } from "../events/parts/names";
import { VerdictTag } from "../events/parts/VerdictTag";
import type { Progress } from "./progress";
import { says } from "./words";

export function PassStep({ progress }: { progress: Progress }) {
  const w = useWords(says);
  const { stats, last, letIn } = progress;
  const proved = stats.holdings.applied;
  return (
    <Flex vertical gap={12}>
      <Typography.Text type={proved > 0 ? "success" : "secondary"}>
        {proved > 0 ? (
          <>
            <CheckCircleOutlined /> {w.held(proved)}
          </>
        ) : (
          w.notHeld
        )}
      </Typography.Text>
      {letIn ? (
        <Seen event={letIn} title={w.letIn(letIn.identity_name || letIn.identity_id)} />
      ) : (
        <>
          <Flex gap={10} align="center" role="status">
            <Spin size="small" /> {w.watching}
          </Flex>
          {last ? (
            <Seen event={last} title={`${w.lastSeen} ${last.stranger ? w.stranger : last.identity_name}`} />
          ) : null}
        </>
      )}
    </Flex>
  );
}

function Seen({ event, title }: { event: Schema<"EventView">; title: string }) {
  const w = useWords(says);
  const reason = useReason();
  return (
    <Flex gap={12}>
      <Faces event={event} size={112} />
      <div>
        <Typography.Text strong>{title}</Typography.Text>
        <div>
          <VerdictTag event={event} />
        </div>
        <div>{reason(event)}</div>
        <Typography.Text type="secondary">
          <Age of={event.estimated_at} />
        </Typography.Text>{" "}
        <Link to="/events/$id" params={{ id: event.id }}>
          {w.why}
        </Link>
      </div>
    </Flex>
  );
}
