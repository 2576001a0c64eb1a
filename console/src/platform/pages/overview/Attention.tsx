/** What needs attention, in sentences that lead to the cause. */
import { CheckCircleFilled, ExclamationCircleFilled } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Flex, Skeleton, Typography, theme } from "antd";
import { useState } from "react";
import { Age, lasting } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { type Matter, matters } from "./attention";
import { useBoxes, useCameras, useClocks, useReadiness, useStats, useWebhooks } from "./facts";
import { says } from "./words";

/** Matters shown at first. */
const FIRST = 6;

export function Attention() {
  const w = useWords(says);
  const { token } = theme.useToken();
  const [showsAll, setShowsAll] = useState(false);
  const [stats, boxes] = [useStats().data, useBoxes().data?.items];
  const all = matters({
    stats,
    boxes,
    cameras: useCameras().data?.items,
    webhooks: useWebhooks().data?.items,
    clocks: useClocks().data?.items,
    readiness: useReadiness().data,
  });
  if (!stats || !boxes) return <Skeleton active paragraph={{ rows: 3 }} />;
  if (all.length === 0) {
    return (
      <Flex gap={10}>
        <CheckCircleFilled style={{ color: token.colorSuccess, fontSize: 20, marginTop: 2 }} />
        <div>
          <div>{w.fine}</div>
          <Typography.Text type="secondary">{w.fineHelp}</Typography.Text>
        </div>
      </Flex>
    );
  }
  return (
    <ul className="matters">
      {all.slice(0, showsAll ? undefined : FIRST).map((matter) => (
        <li key={matter.key}>
          <ExclamationCircleFilled
            style={{ color: matter.kind === "clock" ? token.colorWarning : token.colorError }}
          />
          <Sentence matter={matter} />
        </li>
      ))}
      {!showsAll && all.length > FIRST ? (
        <li>
          <Typography.Link onClick={() => setShowsAll(true)}>{w.more(all.length - FIRST)}</Typography.Link>
        </li>
      ) : null}
    </ul>
  );
}

function Sentence({ matter }: { matter: Matter }) {
  const said = useSaid();
  const [title, help, since] = said(matter);
  return (
    <div>
      <Link to={matter.to} search={matter.search ?? {}}>
        {title}
      </Link>
      <div>
        <Typography.Text type="secondary">
          {help}{" "}
          {matter.at ? (
            <>
              {since} <Age of={matter.at} />
            </>
          ) : null}
        </Typography.Text>
      </div>
    </div>
  );
}

function useSaid(): (matter: Matter) => [title: string, help: string, since: string] {
  const w = useWords(says);
  const language = useLanguage();
  return ({ kind, names: [first = "", second = ""], count }) => {
    if (kind === "part") return [w.part(w.parts[first] ?? first, second), "", ""];
    if (kind === "boxSilent") return [w.boxSilent(first), w.boxSilentHelp, w.last];
    if (kind === "boxNever") return [w.boxNever(first), w.boxNeverHelp, ""];
    if (kind === "cameraDown") return [w.cameraDown(first, second), w.cameraHelp, ""];
    if (kind === "failed") return [w.failed(count), w.failedHelp, w.counted];
    if (kind === "clock") return [w.clock(first, lasting(Math.abs(count), language)), w.clockHelp, w.counted];
    return [kind === "webhook" ? w.webhook(first) : w.webhookOff(first), "", w.since];
  };
}
