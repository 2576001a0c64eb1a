/** The link to the platform, leg by leg: each has its own state, reason and next attempt. */
import { Card, Descriptions, Tag, Typography } from "antd";
import type { ReactNode } from "react";
import { Age, Until } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { legName } from "./attention";
import { says } from "./words";

export function PlatformCard({ status }: { status: Schema<"BoxStatus"> }) {
  const w = useWords(says);
  const rows = [
    { key: "address", label: w.address, children: status.platform ?? w.none },
    { key: "login", label: w.login, children: <Login login={status.login} /> },
    ...status.broker.map((leg) => ({
      key: leg.name,
      label: legName(leg.name, w),
      children: <Leg leg={leg} />,
    })),
    { key: "commands", label: w.commands, children: status.commands.executed },
    { key: "results", label: w.results, children: status.results_waiting },
  ];
  return (
    <Card title={w.platform} size="small" className="fill">
      {status.login.state === "local" ? (
        <Typography.Text type="secondary">{w.alone}</Typography.Text>
      ) : (
        <Descriptions column={1} size="small" items={rows} />
      )}
    </Card>
  );
}

export function Login({ login }: { login: Schema<"LinkStatus"> }) {
  const w = useWords(says);
  if (login.state === "local") return w.alone;
  if (login.state === "joined") return <State colour="green" word={w.joined} since={login.at_ms} />;
  return (
    <State
      colour={login.failures > 0 ? "red" : "blue"}
      word={login.failures > 0 ? w.notJoined(login.failures) : w.loggingIn}
      reason={login.reason}
      next={login.next_attempt_ms ?? null}
    />
  );
}

export function Leg({ leg }: { leg: Schema<"BrokerLeg"> }) {
  const w = useWords(says);
  switch (leg.state) {
    case "up":
      return <State colour="green" word={w.up} since={leg.since_ms} />;
    case "connecting":
      return <State colour="blue" word={w.connecting} />;
    case "blocked":
      return <State colour="orange" word={w.blocked} since={leg.since_ms} reason={leg.reason} />;
    case "down":
      return <State colour="red" word={w.down} reason={leg.reason} next={leg.next_attempt_ms ?? null} />;
  }
}

function State({
  colour,
  word,
  since,
  reason,
  next,
}: {
  colour: string;
  word: string;
  since?: number;
  reason?: string | null | undefined;
  /** When it is tried again; null: it is being tried. */
  next?: number | null;
}): ReactNode {
  const w = useWords(says);
  const told = useTold();
  return (
    <div>
      <Tag color={colour}>{word}</Tag>
      {since === undefined ? null : (
        <Typography.Text type="secondary">
          <Age of={since} />
        </Typography.Text>
      )}
      {next === undefined ? null : (
        <Typography.Text type="secondary">
          {next === null ? w.now : w.next} {next === null ? null : <Until at={next} />}
        </Typography.Text>
      )}
      {reason ? <div>{told(reason)}</div> : null}
    </div>
  );
}
