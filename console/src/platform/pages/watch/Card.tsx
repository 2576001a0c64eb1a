/** One event on the wall: both pictures, who, what was decided and why, where and when. */
import { AlertFilled } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Tag, Typography } from "antd";
import { memo } from "react";
import { PERSON_COLOURS, percent, personTypes, share } from "@/shared/domain";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { Faces } from "../events/parts/Faces";
import { VerdictTag } from "../events/parts/VerdictTag";
import { says } from "./words";

type Props = {
  event: Schema<"EventView">;
  reason: string | null;
  camera: string;
  isAlarming: boolean;
  flash: boolean;
};

export const Card = memo(function Card({ event, reason, camera, isAlarming, flash }: Props) {
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
            {event.stranger || event.score === null ? null : `${w.score} ${percent(share(event.score))} · `}
            {camera}
            {event.box_name ? ` · ${event.box_name}` : ""}
            {" · "}
            <Age of={event.estimated_at} />
          </Typography.Text>
        </div>
      </div>
    </li>
  );
});
