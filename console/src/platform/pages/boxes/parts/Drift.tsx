/** How far a box is from what it should hold: how many are proved, who is missing, and why. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, App, Button, Card, Flex, Popconfirm, Progress, Skeleton, Typography } from "antd";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { serverNow } from "@/shared/clock";
import { Failure, useErrorText } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../../api";
import { useAnswer } from "../../commands/parts/State";
import { driftWords } from "./driftWords";
import { HeldTable } from "./HeldTable";
import { useDrift } from "./useBox";

type Box = Schema<"BoxView">;

export function Drift({ box }: { box: Box }) {
  const drift = useDrift(box.dev_sno);
  if (drift.error && !drift.data) return <Failure error={drift.error} retry={() => drift.refetch()} />;
  if (!drift.data) return <Skeleton active />;
  return (
    <Flex vertical gap={16}>
      <Sum box={box} drift={drift.data} />
      <HeldTable devSno={box.dev_sno} />
    </Flex>
  );
}

function Sum({ box, drift }: { box: Box; drift: Schema<"DriftView"> }) {
  const w = useWords(driftWords);
  const language = useLanguage();
  const write = (count: number) => new Intl.NumberFormat(language).format(count);
  const mayChange = useMay("operator");
  const { proved, wanted } = drift;
  const isWhole = proved === wanted && drift.leaving === 0;
  return (
    <Card size="small">
      <Flex vertical gap={8}>
        <Flex justify="space-between" align="center" gap={12} wrap>
          <h2 className="drift-sum">{w.summary(write(proved), write(wanted))}</h2>
          {mayChange ? <ResyncAll devSno={box.dev_sno} /> : null}
        </Flex>
        {wanted > 0 ? (
          <Progress
            percent={Math.floor((100 * proved) / wanted)}
            status={isWhole ? "success" : "normal"}
            showInfo={false}
            aria-label={w.summary(write(proved), write(wanted))}
          />
        ) : null}
        {isWhole ? (
          <Typography.Text type="secondary">{wanted === 0 ? w.nobody : w.all}</Typography.Text>
        ) : null}
        <Reasons reasons={drift.reasons} />
        {drift.leaving > 0 ? <div>{w.leaving(write(drift.leaving))}</div> : null}
        {drift.oldest_age_ms != null && !isWhole ? (
          <Typography.Text type="secondary">
            {w.oldest} <Age of={serverNow() - drift.oldest_age_ms} />
          </Typography.Text>
        ) : null}
        {drift.deriving ? <Alert type="info" showIcon title={w.deriving} /> : null}
        {isWhole ? null : <Obstacle box={box} />}
      </Flex>
    </Card>
  );
}

/** What keeps a box from being brought up at all. */
function Obstacle({ box }: { box: Box }) {
  const w = useWords(driftWords);
  if (!box.login_at) return <Alert type="warning" showIcon title={w.never} />;
  if (box.silent_since || !box.online) return <Alert type="warning" showIcon title={w.silent} />;
  return null;
}

function Reasons({ reasons }: { reasons: Schema<"ReasonView">[] }) {
  const w = useWords(driftWords);
  const language = useLanguage();
  const answer = useAnswer();
  const [, change] = useAddress();
  if (reasons.length === 0) return null;
  const count = (reason: Schema<"ReasonView">) => {
    const people = new Intl.NumberFormat(language).format(reason.people);
    if (reason.state === "failed") return w.why.refused(people);
    return reason.state === "sent" ? w.why.sent(people) : w.why.pending(people);
  };
  return (
    <section aria-label={w.missing}>
      <Typography.Text strong>{w.missing}</Typography.Text>
      <ul className="plain-list">
        {reasons.map((reason) => {
          const said = answer(reason.code, reason.message);
          return (
            <li key={`${reason.state}-${reason.code}-${reason.message}`}>
              {count(reason)}
              {said ? ` – ${said}` : null} ({w.example}{" "}
              <Link to="/people/$id" params={{ id: reason.example }}>
                {reason.example}
              </Link>
              ){" "}
              <Button type="link" className="cell-link" onClick={() => change({ held: reason.state })}>
                {w.show}
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function ResyncAll({ devSno }: { devSno: string }) {
  const w = useWords(driftWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const resync = useMutation({
    mutationFn: () =>
      must(api.POST("/api/v1/boxes/{dev_sno}/resync", { params: { path: { dev_sno: devSno } } })),
    onSuccess: ({ rows }) => {
      message.success(w.resynced(rows));
      void queries.invalidateQueries({ queryKey: ["boxes"] });
    },
    onError: (error) => message.error(text(error)),
  });
  return (
    <Popconfirm
      title={w.resync}
      description={<div style={{ maxWidth: 320 }}>{w.resyncHelp}</div>}
      okText={w.resyncDo}
      cancelText={w.cancel}
      onConfirm={() => resync.mutateAsync().catch(() => undefined)}
    >
      <Button loading={resync.isPending}>{w.resync}</Button>
    </Popconfirm>
  );
}
