/** Who was seen where, what was decided, and what the door did. */
import { Link } from "@tanstack/react-router";
import { Descriptions, Flex, Tag, Typography } from "antd";
import { deviceTypes, PERSON_COLOURS, personTypes } from "@/shared/domain";
import { ScoreExplained, Similarity, scoreSays } from "@/shared/MatchScore";
import { doorKinds } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { CameraName } from "../../../parts/cameras";
import { DoorText } from "../parts/DoorText";
import { VerdictTag } from "../parts/VerdictTag";
import { traceOf } from "../told";
import { eventSays } from "./words";

type Props = { event: Schema<"EventView"> };

export function About({ event }: Props) {
  const w = useWords(eventSays);
  const s = useWords(scoreSays);
  const kinds = useWords(deviceTypes);
  const trace = traceOf(event);
  return (
    <Descriptions size="small" column={1}>
      <Descriptions.Item label={w.person}>
        <Person event={event} />
      </Descriptions.Item>
      <Descriptions.Item label={w.verdict}>
        <VerdictTag event={event} />
      </Descriptions.Item>
      {trace?.candidates.length ? (
        <Descriptions.Item label={s.similarity}>
          <Similarity trace={trace} />
        </Descriptions.Item>
      ) : null}
      {event.stranger ? null : (
        <Descriptions.Item label={s.score}>
          <ScoreExplained score={event.score} />
        </Descriptions.Item>
      )}
      <Descriptions.Item label={w.door}>
        <Door event={event} />
      </Descriptions.Item>
      <Descriptions.Item label={w.camera}>
        <CameraName of={event} /> ({kinds[event.device_type] ?? event.device_type}, {event.device_ip})
      </Descriptions.Item>
      <Descriptions.Item label={w.box}>
        {event.box_name ? (
          <Link to="/boxes/$devSno" params={{ devSno: event.dev_sno }}>
            {event.box_name}
          </Link>
        ) : (
          <span className="mono">
            {event.dev_sno} ({w.removed})
          </span>
        )}
      </Descriptions.Item>
      {event.site ? <Descriptions.Item label={w.site}>{event.site}</Descriptions.Item> : null}
      {event.group_name ? <Descriptions.Item label={w.library}>{event.group_name}</Descriptions.Item> : null}
    </Descriptions>
  );
}

function Person({ event }: Props) {
  const w = useWords(eventSays);
  const types = useWords(personTypes);
  if (event.stranger) return <>{w.stranger}</>;
  const type = event.person_type;
  return (
    <div>
      <Flex gap={6} wrap>
        <Link to="/people/$id" params={{ id: event.identity_id }}>
          {event.identity_name || event.identity_id}
        </Link>
        <span className="mono">({event.identity_id})</span>
        {type ? <Tag color={PERSON_COLOURS[type] ?? "default"}>{types[type] ?? type}</Tag> : null}
      </Flex>
      <div>
        <Link to="/events" search={{ identity_id: event.identity_id }}>
          {w.allOf}
        </Link>
      </div>
    </div>
  );
}

function Door({ event }: Props) {
  const w = useWords(eventSays);
  const kinds = useWords(doorKinds);
  const { driver, ms } = (event.door ?? {}) as { driver?: unknown; ms?: unknown };
  const isMoved = typeof driver === "string" && driver !== "none" && typeof ms === "number";
  return (
    <div>
      <DoorText event={event} />
      {isMoved ? (
        <div>
          <Typography.Text type="secondary">{w.doorIs(kinds[driver] ?? driver, ms)}</Typography.Text>
        </div>
      ) : null}
    </div>
  );
}
