/** What a search by a face found, most similar first. */
import { Link } from "@tanstack/react-router";
import { Button, Empty, Progress, Typography } from "antd";
import { matchScore, scoreSays } from "@/shared/MatchScore";
import { Moment } from "@/shared/time";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { CameraName } from "../../../parts/cameras";
import { Faces } from "../parts/Faces";
import { VerdictTag } from "../parts/VerdictTag";
import { faceSays, says } from "../words";
import "./face.css";

type Props = { found: Schema<"FaceMatches">; onGoOn: (until: number) => void };

export function Matches({ found, onGoOn }: Props) {
  const w = useWords(faceSays);
  const e = useWords(says);
  const s = useWords(scoreSays);
  return (
    <section aria-label={w.title}>
      {found.items.length === 0 ? (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.nothing} />
      ) : (
        <Typography.Paragraph role="status">
          {w.found(found.items.length, found.compared)}
        </Typography.Paragraph>
      )}
      <ul className="matches">
        {found.items.map(({ event, similarity }) => (
          <li key={event.id}>
            <Faces event={event} size={72} spotOnly />
            <div className="match-text">
              <Link to="/events/$id" params={{ id: event.id }}>
                {event.stranger ? e.stranger : event.identity_name || event.identity_id}
              </Link>
              <div>
                <VerdictTag event={event} />
                <Typography.Text type="secondary">
                  <CameraName of={event} /> · <Moment of={event.estimated_at} />
                </Typography.Text>
              </div>
              <Progress
                percent={Math.round(similarity * 100)}
                size="small"
                status="normal"
                format={() => matchScore(similarity)}
                aria-label={`${s.score}: ${matchScore(similarity)}`}
              />
            </div>
          </li>
        ))}
      </ul>
      {found.stopped_at ? (
        <Typography.Paragraph>
          {w.stopped} <Moment of={found.stopped_at} />{" "}
          <Button size="small" onClick={() => found.stopped_at && onGoOn(found.stopped_at)}>
            {w.goOn}
          </Button>
        </Typography.Paragraph>
      ) : null}
    </section>
  );
}
