/** Cameras, doors and receivers in one line each. */
import { Link } from "@tanstack/react-router";
import { Card, Empty, Tag, Typography } from "antd";
import type { ReactNode } from "react";
import { Age } from "@/shared/time";
import { inWords } from "@/shared/trace/found";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { CameraState } from "../../shared/CameraState";
import { doorStates, purposes } from "../../shared/words";
import { isRefused } from "./attention";
import { says } from "./words";

export function CamerasCard({ cameras }: { cameras: Schema<"CameraStatus">[] }) {
  const w = useWords(says);
  const none = (
    <>
      {w.noCameras}. <Link to="/cameras">{w.add}</Link>
    </>
  );
  return (
    <Lines title={<Link to="/cameras">{w.cameras}</Link>} empty={cameras.length === 0 ? none : null}>
      {cameras.map((camera) => (
        <Line key={camera.name}>
          <Link to="/cameras/$name" params={{ name: camera.name }}>
            {camera.name}
          </Link>
          <CameraState status={camera} />
          <Typography.Text type="secondary">
            {camera.last_capture_at ? (
              <>
                {w.lastPicture} <Age of={camera.last_capture_at} />
              </>
            ) : (
              w.never
            )}
          </Typography.Text>
        </Line>
      ))}
    </Lines>
  );
}

export function DoorsCard({ doors }: { doors: Schema<"DoorStatus">[] }) {
  const w = useWords(says);
  const states = useWords(doorStates);
  const language = useLanguage();
  return (
    <Lines title={<Link to="/doors">{w.doors}</Link>} empty={doors.length === 0 ? w.noDoors : null}>
      {doors.map((door) => (
        <Line key={`${door.kind} ${door.place}`}>
          <span className="breakable">{inWords(door.place, language)}</span>
          <span>
            <Tag color={door.state === "open" ? "green" : "default"}>{states[door.state] ?? door.state}</Tag>
          </span>
          {door.last[0] ? (
            <Typography.Text type={door.failures > 0 ? "danger" : "secondary"}>
              {w.last}: {inWords(door.last[0].result, language)}, <Age of={door.last[0].at} />
            </Typography.Text>
          ) : null}
        </Line>
      ))}
    </Lines>
  );
}

export function ReceiversCard({ lanes }: { lanes: Schema<"UploadLane">[] }) {
  const w = useWords(says);
  const names = useWords(purposes);
  const language = useLanguage();
  return (
    <Lines title={<Link to="/uploads">{w.receivers}</Link>} empty={lanes.length === 0 ? w.noReceivers : null}>
      {lanes.map((lane) => (
        <Line key={`${lane.purpose} ${lane.target}`}>
          <span className="breakable">{lane.target}</span>
          <span>
            <Tag>{names[lane.purpose] ?? lane.purpose}</Tag>
          </span>
          <Typography.Text type={isRefused(lane) ? "danger" : "secondary"}>
            {lane.last_at ? (
              <>
                {w.lastAnswer}: {inWords(lane.last_answer, language)}, <Age of={lane.last_at} />
              </>
            ) : (
              w.noAnswer
            )}
          </Typography.Text>
        </Line>
      ))}
    </Lines>
  );
}

function Lines({ title, empty, children }: { title: ReactNode; empty: ReactNode; children: ReactNode }) {
  return (
    <Card title={title} size="small" className="fill">
      {empty ? <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty} /> : children}
    </Card>
  );
}

function Line({ children }: { children: ReactNode }) {
  return <div className="line">{children}</div>;
}
