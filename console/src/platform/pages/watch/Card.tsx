/** One event on the wall: both pictures, who, what was decided and why, where and when. */
import { AlertFilled } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Tag, Typography } from "antd";
import { memo } from "react";
import { PERSON_COLOURS, personTypes } from "@/shared/domain";
import { matchScore, ScoreTitle } from "@/shared/MatchScore";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { CameraName } from "../../parts/cameras";
import { Faces } from "../events/parts/Faces";
import { VerdictTag } from "../events/parts/VerdictTag";
import { says } from "./words";

type Props = {
  event: Schema<"EventView">;
  reason: string | null;
  isAlarming: boolean;
  flash: boolean;
};

export const Card = memo(function Card({ event, reason, isAlarming, flash }: Props) {
  const w = useWords(says);
  const types = useWords(personTypes);
  const name = event.stranger ? w.stranger : event.identity_name || event.identity_id;
  const type = event.person_type;
  const isSure = type === 3;
  return (
    <li
      className={`watch-card${isAlarming ? " watch-alarm" : ""}${isAlarming && flash ? " watch-flash" : ""}`}
      data-event={event.id}
    >
      {isAlarming ? (
        <div className="watch-banner" role="alert">
          <AlertFilled /> {isSure ? w.alarm : w.alarmMaybe}
        </div>
      ) : null}
      <div className="watch-body">
        <Faces event={event} size={112} />
        <div className="watch-text">
          <Link to="/events/$id" params={{ id: event.id }} className="watch-name">
            {name}
          </Link>
          <div>
            <VerdictTag event={event} />
            {type !== null && type !== undefined && !event.stranger ? (
              <Tag color={PERSON_COLOURS[type] ?? "default"}>{types[type] ?? type}</Tag>
            ) : null}
          </div>
          {reason ? <div className="watch-reason">{reason}</div> : null}
          <Typography.Text type="secondary" className="watch-where">
            {/* A reason names the similarity, on the scale of what was needed; a score beside it would be taken for the same. */}
            {event.stranger || reason || event.score === null ? null : (
              <>
                <ScoreTitle /> {matchScore(event.score)}
                {" · "}
              </>
            )}
            <CameraName of={event} />
            {event.box_name ? ` · ${event.box_name}` : ""}
            {" · "}
            <Age of={event.estimated_at} />
          </Typography.Text>
        </div>
      </div>
    </li>
  );
});
