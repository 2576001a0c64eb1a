/** How a webhook is, and what it is told of, in words. */
import { Badge, Flex, Typography } from "antd";
import { personTypes } from "@/shared/domain";
import { Age } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { useGroupName } from "../../../parts/groups";
import { webhookWords } from "./words";

type Webhook = Schema<"WebhookView">;

function standingOf(hook: Webhook) {
  if (!hook.enabled) return hook.disabled_reason ? "disabled" : "off";
  return hook.failing_since ? "failing" : "good";
}

const SIGNS = { good: "success", failing: "error", off: "default", disabled: "error" } as const;

export function WebhookState({ hook }: { hook: Webhook }) {
  const w = useWords(webhookWords);
  const told = useTold();
  const standing = standingOf(hook);
  return (
    <Flex vertical>
      <Badge status={SIGNS[standing]} text={w.states[standing]} />
      {hook.failing_since ? (
        <Typography.Text type="secondary" className="sub">
          {w.since} <Age of={hook.failing_since} />
        </Typography.Text>
      ) : null}
      {hook.disabled_reason ? (
        <Typography.Text type="secondary" className="sub" style={{ maxWidth: 280 }}>
          {told(hook.disabled_reason)}
        </Typography.Text>
      ) : null}
    </Flex>
  );
}

/** "Recognitions, only Visitor, sites north; without pictures". */
export function Told({ hook }: { hook: Webhook }) {
  const w = useWords(webhookWords);
  const types = useWords(personTypes);
  const groupName = useGroupName();
  const { kinds = [], person_types = [], boxes = [], sites = [], groups = [] } = hook.filter;
  const narrowed = [
    person_types.length > 0 ? w.only(person_types.map((type) => types[type] ?? type).join(", ")) : null,
    boxes.length > 0 ? w.ofBoxes(boxes.length) : null,
    sites.length > 0 ? w.ofSites(sites.join(", ")) : null,
    groups.length > 0 ? w.ofGroups(groups.map(groupName).join(", ")) : null,
  ].filter(Boolean);
  return (
    <Flex vertical style={{ maxWidth: 320 }}>
      <span>{kinds.map((kind) => w.kinds[kind] ?? kind).join(", ")}</span>
      <Typography.Text type="secondary" className="sub">
        {[...narrowed, w.pictures[hook.pictures]].join("; ")}
      </Typography.Text>
    </Flex>
  );
}

/** What a webhook was not told yet. */
export function Open({ hook }: { hook: Webhook }) {
  const w = useWords(webhookWords);
  const open = [
    hook.behind > 0 ? w.behind(hook.behind) : null,
    hook.waiting > 0 ? w.waiting(hook.waiting) : null,
    hook.replaying > 0 ? w.replaying(hook.replaying) : null,
    hook.failed > 0 ? w.failed(hook.failed) : null,
    hook.missed > 0 ? w.missed(hook.missed) : null,
  ].filter(Boolean);
  if (open.length === 0) return <Typography.Text type="secondary">{w.upToDate}</Typography.Text>;
  return (
    <Flex vertical>
      {open.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </Flex>
  );
}
