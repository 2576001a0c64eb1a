/** What a camera shows now: the picture on a canvas, with a box and a name for each face. */
import { Alert, Card, Flex, Spin, Switch, Typography } from "antd";
import { useEffect, useRef, useState } from "react";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { says } from "./liveWords";
import { type Frame, type Live, useLive } from "./useLive";

const COLOURS: Record<string, string> = {
  let_in: "#22c55e",
  refused: "#ef4444",
  possible: "#f59e0b",
  stranger: "#ef4444",
};
const FOLLOWED = "#e5e7eb";

type Face = Schema<"SeenFace">;

export function LivePicture({ name }: { name: string }) {
  const w = useWords(says);
  const live = useLive(name);
  const [withBoxes, setWithBoxes] = useState(true);
  const label = useFaceLabel();
  const faces = live.frame?.faces ?? [];
  const seen = faces.length === 0 ? w.nobody : w.seen(faces.map((face) => label(face)).join(", "));
  return (
    <Card
      size="small"
      title={w.title}
      extra={
        <Flex gap={8} align="center">
          <span>{w.boxes}</span>
          <Switch size="small" checked={withBoxes} onChange={setWithBoxes} aria-label={w.boxes} />
        </Flex>
      }
    >
      <Line live={live} />
      {live.picture && live.frame ? (
        <>
          <Canvas picture={live.picture} frame={live.frame} withBoxes={withBoxes} alt={seen} />
          <Flex justify="space-between" gap={8} wrap>
            <Typography.Text>{seen}</Typography.Text>
            <Typography.Text type="secondary">
              {w.taken} <Age of={live.frame.taken_at} />
            </Typography.Text>
          </Flex>
        </>
      ) : live.line === "open" ? (
        <div className="no-picture">{w.waiting}</div>
      ) : null}
    </Card>
  );
}

function Line({ live }: { live: Live }) {
  const w = useWords(says);
  if (live.line === "connecting") return <Spin description={w.connecting} size="small" />;
  if (live.line === "lost") return <Alert type="warning" showIcon title={w.lost} />;
  if (live.line === "ended") return <Alert type="info" showIcon title={w.ended} />;
  return null;
}

/** Who a face is, in a word or two. */
function useFaceLabel(): (face: Face) => string {
  const w = useWords(says);
  return ({ label }) => {
    if (!label) return w.face;
    if (label.name) return label.verdict === "refused" ? `${label.name}, ${w.refused}` : label.name;
    return label.verdict === "possible" ? w.possible : w.stranger;
  };
}

function Canvas({
  picture,
  frame,
  withBoxes,
  alt,
}: {
  picture: ImageBitmap;
  frame: Frame;
  withBoxes: boolean;
  alt: string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const label = useFaceLabel();
  useEffect(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (!target || !context) return;
    target.width = picture.width;
    target.height = picture.height;
    context.drawImage(picture, 0, 0);
    if (withBoxes) for (const face of frame.faces) draw(context, face, label(face));
  });
  return <canvas ref={canvas} role="img" aria-label={alt} className="live" />;
}

function draw(context: CanvasRenderingContext2D, face: Face, text: string): void {
  const { width, height } = context.canvas;
  const [left = 0, top = 0, right = 0, bottom = 0] = face.area;
  const [x, y] = [left * width, top * height];
  const colour = face.label ? (COLOURS[face.label.verdict] ?? FOLLOWED) : FOLLOWED;
  const unit = Math.max(width, height) / 320;
  context.lineWidth = unit;
  context.strokeStyle = colour;
  context.strokeRect(x, y, (right - left) * width, (bottom - top) * height);
  if (!face.label) return;
  const size = unit * 8;
  context.font = `600 ${size}px system-ui, sans-serif`;
  const room = context.measureText(text).width + size;
  const above = y > size * 1.6 ? y - size * 1.6 : y;
  const from = Math.min(Math.max(x - unit / 2, 0), Math.max(width - room, 0));
  context.fillStyle = colour;
  context.fillRect(from, above, room, size * 1.6);
  context.fillStyle = "#fff";
  context.textBaseline = "middle";
  context.fillText(text, from + size / 2, above + size * 0.8);
}
