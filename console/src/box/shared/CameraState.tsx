/** Whether a camera delivers, since when, and why not. */
import { Flex, Tag, Typography } from "antd";
import { Age } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import type { Schema } from "../api";
import { cameraStates } from "./words";

const COLOURS: Record<string, string> = { online: "green", offline: "red", starting: "blue" };

export function CameraState({ status }: { status: Schema<"CameraStatus"> }) {
  const states = useWords(cameraStates);
  const told = useTold();
  return (
    <div>
      <Flex align="center" gap={4} wrap>
        <Tag color={COLOURS[status.state]}>{states[status.state] ?? status.state}</Tag>
        <Typography.Text type="secondary">
          <Age of={status.since} />
        </Typography.Text>
      </Flex>
      {status.state === "offline" ? (
        <Typography.Text type="danger">{told(status.reason)}</Typography.Text>
      ) : null}
    </div>
  );
}
