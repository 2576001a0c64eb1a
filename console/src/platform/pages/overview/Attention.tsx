/** What needs attention, in sentences that lead to the cause; and what could not be looked at. */
import { CheckCircleFilled, ExclamationCircleFilled, QuestionCircleFilled } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Button, Flex, Skeleton, Typography, theme } from "antd";
import { useState } from "react";
import { Age, lasting } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { useBoxNames } from "../../parts/boxes";
import { observed } from "../system/observed";
import { lookOf, type Matter, matters, SOURCES, type Source } from "./attention";
import {
  MOST,
  useDownCameras,
  useReadiness,
  useSilentBoxes,
  useStats,
  useWebhooks,
  useWrongClocks,
} from "./facts";
import { says } from "./words";

/** Matters shown at first. */
const FIRST = 6;

function useFacts() {
  const asked = {
    boxes: useSilentBoxes(),
    cameras: useDownCameras(),
    enrolment: useStats(),
    parts: useReadiness(),
    clocks: useWrongClocks(),
    webhooks: useWebhooks(),
  };
  const nameOf = useBoxNames([
    ...(asked.cameras.data?.items ?? []).map(({ dev_sno }) => dev_sno),
    ...(asked.clocks.data?.items ?? []).map(({ dev_sno }) => dev_sno),
  ]);
  const all = matters({
    stats: asked.enrolment.data,
    silent: asked.boxes.data?.items,
    cameras: asked.cameras.data?.items,
    webhooks: asked.webhooks.data?.items,
    clocks: asked.clocks.data?.items,
    readiness: asked.parts.data,
    nameOf,
  });
  const looks = SOURCES.map((source) => [source, lookOf(asked[source])] as const);
  return {
    all,
    of: (look: ReturnType<typeof lookOf>) => looks.filter(([, is]) => is === look).map(([source]) => source),
    hasMore: [asked.boxes, asked.cameras, asked.clocks, asked.webhooks].some(({ data }) => data?.next),
    again: (sources: Source[]) => {
      for (const source of sources) void asked[source].refetch();
    },
  };
}

export function Attention() {
  const w = useWords(says);
  const { token } = theme.useToken();
  const [showsAll, setShowsAll] = useState(false);
  const { all, of, hasMore, again } = useFacts();
  const [seen, waiting, failed, apart] = [of("seen"), of("waiting"), of("failed"), of("apart")];
  const named = (sources: Source[]) => w.list(sources.map((source) => w.sources[source]));
  if (all.length === 0 && waiting.length > 0) return <Skeleton active paragraph={{ rows: 3 }} />;
  return (
    <>
      {all.length === 0 && failed.length === 0 ? (
        <Flex gap={10}>
          <CheckCircleFilled style={{ color: token.colorSuccess, fontSize: 20, marginTop: 2 }} />
          <div>
            <div>{w.fine}</div>
            <Typography.Text type="secondary">
              {w.fineHelp(named(seen))} {apart.length > 0 ? w.apart(named(apart)) : null}
            </Typography.Text>
          </div>
        </Flex>
      ) : null}
      <ul className="matters">
        {failed.length > 0 ? (
          <li>
            <QuestionCircleFilled style={{ color: token.colorWarning }} />
            <div role="status">
              {w.unseen(named(failed))}
              <div>
                <Typography.Text type="secondary">{w.unseenHelp}</Typography.Text>{" "}
                <Button type="link" size="small" onClick={() => again(failed)}>
                  {w.again}
                </Button>
              </div>
            </div>
          </li>
        ) : null}
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
            <Typography.Link onClick={() => setShowsAll(true)}>
              {w.more(all.length - FIRST, hasMore)}
            </Typography.Link>
          </li>
        ) : null}
        {showsAll && hasMore ? (
          <li>
            <Typography.Text type="secondary">{w.first(MOST)}</Typography.Text>
          </li>
        ) : null}
      </ul>
    </>
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
    if (kind === "part") return [w.part(w.parts[first] ?? first, observed(second, language)), "", ""];
    if (kind === "boxSilent") return [w.boxSilent(first), w.boxSilentHelp, w.last];
    if (kind === "boxNever") return [w.boxNever(first), w.boxNeverHelp, ""];
    if (kind === "cameraDown") return [w.cameraDown(first, second), w.cameraHelp, ""];
    if (kind === "failed") return [w.failed(count), w.failedHelp, w.counted];
    if (kind === "clock") return [w.clock(first, lasting(Math.abs(count), language)), w.clockHelp, w.counted];
    return [kind === "webhook" ? w.webhook(first) : w.webhookOff(first), "", w.since];
  };
}
