/** Whom a camera's latest faces were taken for, as they are judged; strangers in red. */
import { Link } from "@tanstack/react-router";
import { Badge, Card, Tag, Typography } from "antd";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { VERDICT_COLOURS, verdictNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { Face } from "../history/Face";
import type { Line } from "../history/lines";
import { useNewest } from "../history/useEvents";
import { says } from "./liveWords";

const SHOWN = 6;
const COLOURS = { connecting: "processing", open: "success", lost: "error" } as const;

export function Results({ camera }: { camera: string }) {
  const w = useWords(says);
  const { line, list, events } = useNewest({ camera });
  return (
    <Card
      size="small"
      title={w.results}
      extra={
        <Link to="/history" search={{ camera }}>
          {w.all}
        </Link>
      }
    >
      <Typography.Text type="secondary">
        <Badge status={COLOURS[line.state]} /> {w.follows[line.state]} · <Age of={line.since} />
      </Typography.Text>
      {list.error ? <Failure error={list.error} retry={() => list.refetch()} /> : null}
      {list.data && events.length === 0 ? <div>{w.nothing}</div> : null}
      <ul className="results" aria-label={w.results}>
        {events.slice(0, SHOWN).map((event) => (
          <Result key={event.seq} event={event} />
        ))}
      </ul>
    </Card>
  );
}

function Result({ event }: { event: Line }) {
  const w = useWords(says);
  const verdicts = useWords(verdictNames);
  const name = event.identity_id ? event.identity_name || event.identity_id : null;
  return (
    <li>
      <Face seq={event.seq} which="spot" size={40} />
      <div>
        {name ? (
          <Link to="/people/$id" params={{ id: event.identity_id }}>
            {name}
          </Link>
        ) : (
          <Typography.Text type="danger">{w.nobodyKnown}</Typography.Text>
        )}{" "}
        <Tag color={VERDICT_COLOURS[event.verdict]}>{verdicts[event.verdict]}</Tag>
      </div>
      <Link to="/history/$seq" params={{ seq: String(event.seq) }}>
        <Age of={event.taken_at} />
      </Link>
    </li>
  );
}
