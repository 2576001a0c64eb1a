/** One event: both pictures side by side, the answer, each gate, and everything that was measured. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Breadcrumb, Card, Col, Descriptions, Flex, Image, Row, Skeleton, Tag } from "antd";
import { must } from "@/shared/api";
import { PERSON_COLOURS, personTypes } from "@/shared/domain";
import { Failure } from "@/shared/Failure";
import { ScoreExplained, Similarity, scoreSays } from "@/shared/MatchScore";
import { Page } from "@/shared/Page";
import { Age, Moment } from "@/shared/time";
import { Explanation } from "@/shared/trace/Explanation";
import { byGroupNames } from "@/shared/trace/groups";
import type { Told } from "@/shared/trace/trace";
import { readTrace } from "@/shared/trace/trace";
import { VERDICT_COLOURS, verdictNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { useGroupName } from "../../shared/groups";
import { says } from "./words";

export function EventPage() {
  const w = useWords(says);
  const { seq } = useParams({ from: "/inside/history/$seq" });
  const event = useQuery({
    queryKey: ["event", seq],
    queryFn: () => must(api.GET("/api/v1/events/{seq}", { params: { path: { seq: Number(seq) } } })),
  });
  return (
    <Page
      title={w.event(Number(seq))}
      hint={event.data ? <Age of={event.data.taken_at} /> : null}
      actions={<Breadcrumb items={[{ title: <Link to="/history">{w.back}</Link> }, { title: seq }]} />}
    >
      {event.error ? <Failure error={event.error} retry={() => event.refetch()} /> : null}
      {event.data ? <Whole event={event.data} /> : event.error ? null : <Skeleton active />}
    </Page>
  );
}

type Judged = Schema<"EventRecord"> & { names?: Record<string, string> };

/** The explanation of a judged face. */
export function Why({ of }: { of: Judged }) {
  return <Explanation told={byGroupNames(toldOf(of), useGroupName())} />;
}

function toldOf(event: Judged): Told {
  return {
    verdict: event.verdict,
    reason: event.reason,
    identity_id: event.identity_id,
    identity_name: event.identity_name,
    score: event.score,
    door: event.door,
    trace: readTrace(event.trace) ?? { candidates: [], steps: [] },
    names: { [event.identity_id]: event.identity_name, ...event.names },
  };
}

function Whole({ event }: { event: Schema<"Event"> }) {
  return (
    <Row gutter={[16, 16]}>
      <Col xs={24} lg={9}>
        <Flex vertical gap={16}>
          <Pictures event={event} />
          <Facts event={event} />
        </Flex>
      </Col>
      <Col xs={24} lg={15}>
        <Why of={event} />
      </Col>
    </Row>
  );
}

function Pictures({ event }: { event: Schema<"Event"> }) {
  const w = useWords(says);
  const { spot, registration } = event.photos;
  return (
    <Card size="small" title={w.photos}>
      <Flex gap={12}>
        {spot ? <Picture src={spot} label={w.spot} /> : w.noPhoto}
        {registration ? <Picture src={registration} label={w.registration} /> : null}
      </Flex>
    </Card>
  );
}

function Picture({ src, label }: { src: string; label: string }) {
  return (
    <figure className="picture">
      <Image src={src} alt={label} />
      <figcaption>{label}</figcaption>
    </figure>
  );
}

function Facts({ event }: { event: Schema<"Event"> }) {
  const w = useWords(says);
  const s = useWords(scoreSays);
  const trace = readTrace(event.trace);
  const types = useWords(personTypes);
  const verdicts = useWords(verdictNames);
  const person = event.identity_id ? (
    <Link to="/people/$id" params={{ id: event.identity_id }}>
      {event.identity_name} ({event.identity_id})
    </Link>
  ) : (
    w.stranger
  );
  const camera = (
    <Link to="/cameras/$name" params={{ name: event.camera }}>
      {event.camera}
    </Link>
  );
  return (
    <Card size="small" title={w.facts}>
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: "time", label: w.time, children: <Moment of={event.taken_at} /> },
          { key: "camera", label: w.camera, children: camera },
          { key: "address", label: w.address, children: event.address },
          { key: "who", label: w.who, children: person },
          {
            key: "type",
            label: w.type,
            children: <Tag color={PERSON_COLOURS[event.person_type]}>{types[event.person_type]}</Tag>,
          },
          { key: "library", label: w.library, children: event.group_name },
          {
            key: "verdict",
            label: w.verdict,
            children: <Tag color={VERDICT_COLOURS[event.verdict]}>{verdicts[event.verdict]}</Tag>,
          },
          ...(trace?.candidates.length
            ? [{ key: "similarity", label: s.similarity, children: <Similarity trace={trace} /> }]
            : []),
          ...(event.identity_id
            ? [{ key: "score", label: s.score, children: <ScoreExplained score={event.score} /> }]
            : []),
        ]}
      />
    </Card>
  );
}
