/** A photo is judged as if a camera had taken it, without event or door: each face with everything that was measured. */
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Card, Flex, Select, Spin, Tabs, Typography } from "antd";
import { useState } from "react";
import { sendFile } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { type Schema, useCameraNames } from "../../api";
import { useObjectUrl } from "../../shared/useObjectUrl";
import { Why } from "../history/EventPage";
import { PhotoInput } from "../people/PhotoInput";
import { says } from "./words";

type Tried = Schema<"TriedPhoto">;

export function TryPhoto() {
  const w = useWords(says);
  const cameras = useCameraNames();
  const [camera, setCamera] = useState<string | null>(null);
  const [photo, setPhoto] = useState<Blob | null>(null);
  const [at, setAt] = useState(0);
  const attempt = useMutation({
    mutationFn: ({ photo, camera }: { photo: Blob; camera: string | null }) =>
      sendFile<Tried>(
        "POST",
        `/api/v1/recognition/try${camera ? `?camera=${encodeURIComponent(camera)}` : ""}`,
        photo,
      ),
    onSuccess: () => setAt(0),
  });
  const judge = (next: Blob | null, before: string | null) => {
    setPhoto(next);
    if (next) attempt.mutate({ photo: next, camera: before });
    else attempt.reset();
  };
  const faces = attempt.data?.faces ?? [];
  return (
    <Card size="small" title={w.tryTitle}>
      <Typography.Paragraph type="secondary">{w.tryHint}</Typography.Paragraph>
      <Flex vertical gap={16}>
        <Flex gap={8} align="center" wrap>
          <span>{w.camera}</span>
          <Select
            aria-label={w.camera}
            allowClear
            placeholder={w.ordinary}
            value={camera}
            onChange={(value: string | null) => {
              setCamera(value ?? null);
              if (photo) judge(photo, value ?? null);
            }}
            options={cameras.map((name) => ({ value: name, label: name }))}
            style={{ minWidth: 200 }}
          />
          {photo ? <Button onClick={() => judge(null, camera)}>{w.another}</Button> : null}
        </Flex>
        {photo ? (
          <Faces photo={photo} faces={faces} at={at} onPick={setAt} />
        ) : (
          <PhotoInput onChange={(chosen) => judge(chosen, camera)} />
        )}
        <div role="status">
          {attempt.isPending ? <Spin description={w.judging} size="small" /> : null}
          {attempt.data && faces.length === 0 ? <Alert type="warning" showIcon title={w.noFace} /> : null}
        </div>
        {attempt.error ? <Failure error={attempt.error} /> : null}
        {faces.length > 0 && !attempt.isPending ? (
          <Tabs
            activeKey={String(at)}
            onChange={(key) => setAt(Number(key))}
            items={faces.map((face, number) => ({
              key: String(number),
              label: w.face(number + 1, faces.length),
              children: <Why of={face} />,
            }))}
          />
        ) : null}
      </Flex>
    </Card>
  );
}

/** The photo with a box around each face; the one that is explained is drawn stronger. */
function Faces({
  photo,
  faces,
  at,
  onPick,
}: {
  photo: Blob;
  faces: Tried["faces"];
  at: number;
  onPick: (number: number) => void;
}) {
  const w = useWords(says);
  const url = useObjectUrl(photo);
  return (
    <div className="tried">
      {url ? <img src={url} alt={w.photo} /> : null}
      {faces.map((face, number) => {
        const [left, top, right, bottom] = face.trace.bbox as [number, number, number, number];
        const [width, height] = face.trace.picture as [number, number];
        return (
          <button
            key={`${left} ${top} ${right}`}
            type="button"
            aria-label={w.face(number + 1, faces.length)}
            aria-pressed={number === at}
            onClick={() => onPick(number)}
            style={{
              left: `${(left / width) * 100}%`,
              top: `${(top / height) * 100}%`,
              width: `${((right - left) / width) * 100}%`,
              height: `${((bottom - top) / height) * 100}%`,
            }}
          />
        );
      })}
    </div>
  );
}
