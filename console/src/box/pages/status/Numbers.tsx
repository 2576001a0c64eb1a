/** How many people and events, and what has been done with faces. */
import { Link } from "@tanstack/react-router";
import { Card, Flex, Statistic, Typography } from "antd";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { says } from "./words";

export function PeopleCard({ status }: { status: Schema<"BoxStatus"> }) {
  const w = useWords(says);
  const told = useTold();
  return (
    <Card title={<Link to="/people">{w.people}</Link>} size="small" className="fill">
      <Flex gap={40} wrap>
        <Statistic title={w.enrolled} value={status.people} />
        <Statistic title={w.recognisable} value={status.faces} />
      </Flex>
      {status.without_face.slice(0, 3).map((person) => (
        <Typography.Paragraph key={person.identity_id} type="danger" style={{ margin: "8px 0 0" }}>
          <Link to="/people/$id" params={{ id: person.identity_id }} className="in-text">
            {person.identity_id}
          </Link>
          : {told(person.reason)}
        </Typography.Paragraph>
      ))}
    </Card>
  );
}

export function EventsCard({ status }: { status: Schema<"BoxStatus"> }) {
  const w = useWords(says);
  const { recognition, events } = status;
  const waiting = status.history.reduce((sum, cursor) => sum + cursor.pending, 0);
  return (
    <Card title={<Link to="/history">{w.events}</Link>} size="small" className="fill">
      <Flex gap={40} wrap>
        <Statistic title={w.kept} value={events.kept} />
        <Statistic title={w.waiting} value={waiting} />
        <Statistic title={w.dropped} value={events.dropped_unsent} />
        <Statistic title={w.lost} value={events.lost} />
      </Flex>
      {events.dropped_unsent > 0 ? <Meaning text={w.droppedMeans} /> : null}
      {events.lost > 0 ? <Meaning text={w.lostMeans} /> : null}
      <Typography.Paragraph type="secondary" style={{ margin: "12px 0 0" }}>
        {recognition.faces === 0
          ? w.noneYet
          : w.sinceStart(
              w.judged(recognition.faces),
              w.verdicts(
                recognition.let_in,
                recognition.refused,
                recognition.possible,
                recognition.strangers,
              ),
              recognition.last_ms,
            )}
      </Typography.Paragraph>
    </Card>
  );
}

function Meaning({ text }: { text: string }) {
  return (
    <Typography.Paragraph type="danger" style={{ margin: "8px 0 0" }}>
      {text}
    </Typography.Paragraph>
  );
}
