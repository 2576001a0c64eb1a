/** How the line to the platform is, since when, and how long ago something last came over it. */
import { Badge, Flex, Typography } from "antd";
import type { LineState } from "@/shared/stream";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { says } from "./words";

export function Line({ line, lastAt }: { line: LineState; lastAt: number | null }) {
  const w = useWords(says);
  const isLost = line.state === "lost";
  const isOpen = line.state === "open";
  const name = isOpen ? w.open : isLost ? w.lost : w.connecting;
  return (
    <Flex align="center" gap={6} wrap role="status" className="watch-line" data-line={line.state}>
      <Badge status={isOpen ? "success" : isLost ? "error" : "processing"} />
      <Typography.Text strong={isLost}>{name}</Typography.Text>
      <Typography.Text type="secondary">
        <Age of={line.since} />
        {lastAt === null ? null : (
          <>
            {" · "}
            {w.last} <Age of={lastAt} />
          </>
        )}
      </Typography.Text>
      {isLost ? (
        <Typography.Text type="secondary" className="watch-help">
          {w.lostHelp}
        </Typography.Text>
      ) : null}
    </Flex>
  );
}
