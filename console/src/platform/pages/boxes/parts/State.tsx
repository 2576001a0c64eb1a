/** Whether a box is heard of, with the age of what that rests on. */
import { Badge, Flex, Typography } from "antd";
import { Age } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { boxWords } from "./words";

type Box = Schema<"BoxView">;
export type Standing = "online" | "silent" | "quiet" | "new" | "free";

export function standingOf(box: Box): Standing {
  if (box.online) return "online";
  if (!box.mac) return box.login_at ? "free" : "new";
  return box.heartbeat_at ? "silent" : "quiet";
}

const SIGNS = {
  online: "success",
  silent: "error",
  quiet: "warning",
  new: "default",
  free: "default",
} as const;

export function BoxState({ box }: { box: Box }) {
  const w = useWords(boxWords);
  const standing = standingOf(box);
  const fact = box.heartbeat_at ?? box.login_at;
  return (
    <Flex vertical>
      <Badge status={SIGNS[standing]} text={w.states[standing]} />
      {fact ? (
        <Typography.Text type="secondary" className="sub">
          <Age of={fact} />
        </Typography.Text>
      ) : null}
    </Flex>
  );
}

/** How many of the people it should hold a box has proved to hold. */
export function Proved({ people }: { people: Schema<"HoldingsView"> }) {
  const w = useWords(boxWords);
  const language = useLanguage();
  const write = new Intl.NumberFormat(language);
  const wanted = people.applied + people.failed + people.pending + people.sent;
  if (wanted === 0) return <Typography.Text type="secondary">{w.nobody}</Typography.Text>;
  return (
    <Flex vertical>
      <span>{w.proved(write.format(people.applied), write.format(wanted))}</span>
      {people.failed > 0 ? (
        <Typography.Text type="danger" className="sub">
          {w.refused(people.failed)}
        </Typography.Text>
      ) : null}
      {people.sent > 0 ? <Note>{w.sent(people.sent)}</Note> : null}
      {people.pending > 0 ? <Note>{w.waiting(people.pending)}</Note> : null}
    </Flex>
  );
}

function Note({ children }: { children: string }) {
  return (
    <Typography.Text type="secondary" className="sub">
      {children}
    </Typography.Text>
  );
}
