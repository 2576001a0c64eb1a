/** The photo of a person with what was measured on it, and its replacement, which is looked at before it is taken. */
import { CameraOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Card, Drawer, Flex, Spin, Typography } from "antd";
import { useState } from "react";
import { must, sendFile } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../../api";
import { type Person, useChanged } from "../data";
import { says } from "../person.words";
import { Framed } from "../photo/Framed";
import { PhotoPicker, type Picked } from "../photo/PhotoPicker";
import { usePersonPicture } from "../photo/pictures";
import { VerdictView } from "../photo/VerdictView";
import { readVerdict, USABLE } from "../photo/verdict";
import { LookAlikes } from "./LookAlikes";

export function PhotoCard({ person }: { person: Person }) {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const [isReplacing, setReplacing] = useState(false);
  return (
    <Card
      title={w.photo}
      extra={
        mayChange ? (
          <Button icon={<CameraOutlined />} onClick={() => setReplacing(true)}>
            {person.photo ? w.replace : w.addPhoto}
          </Button>
        ) : null
      }
    >
      {person.photo ? (
        <Flex vertical gap={16}>
          <InUse person={person} />
          <LookAlikes person={person} />
        </Flex>
      ) : (
        <Alert type="warning" showIcon title={w.noPhoto} />
      )}
      <Drawer
        open={isReplacing}
        onClose={() => setReplacing(false)}
        title={person.photo ? w.replace : w.addPhoto}
        size={person.photo ? 880 : 520}
        destroyOnHidden
      >
        <Replacing person={person} onDone={() => setReplacing(false)} />
      </Drawer>
    </Card>
  );
}

/** The photo in use, with a frame around the face, when it was set, and what was measured. */
function InUse({ person }: { person: Person }) {
  const w = useWords(says);
  const at = person.photo?.at;
  const src = usePersonPicture(person.identity_id, at, "whole");
  const judged = useQuery({
    queryKey: ["people", "verdict", person.identity_id, at],
    queryFn: () =>
      must(
        api.GET("/api/v1/people/{identity_id}/photo/verdict", {
          params: { path: { identity_id: person.identity_id } },
        }),
      ),
    enabled: at !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  });
  const verdict = readVerdict(judged.data?.verdict);
  return (
    <Flex vertical gap={12}>
      <div className="photo-place">
        {src ? (
          <Framed
            src={src}
            alt={w.photoOf(person.name)}
            face={verdict?.bbox}
            isGood={verdict?.code === USABLE}
          />
        ) : (
          <Spin />
        )}
      </div>
      <Typography.Text type="secondary">
        {w.set} <Age of={at} />
      </Typography.Text>
      {judged.isPending ? <Typography.Text type="secondary">{w.judging}</Typography.Text> : null}
      {judged.error ? <Typography.Text type="secondary">{w.noVerdict}</Typography.Text> : null}
      {verdict ? <VerdictView verdict={verdict} /> : null}
    </Flex>
  );
}

function Replacing({ person, onDone }: { person: Person; onDone: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const changed = useChanged();
  const { message } = App.useApp();
  const [picked, setPicked] = useState<Picked | null>(null);
  const { busy, failure, run } = useWork();
  const use = (photo: Blob) =>
    run(async () => {
      const url = `/api/v1/people/${encodeURIComponent(person.identity_id)}/photo`;
      await sendFile<Schema<"PhotoAccepted">>("PUT", url, photo);
      await changed();
      message.success(w.taken);
      onDone();
    });
  return (
    <Flex vertical gap={16}>
      <div className="photos-beside">
        {person.photo ? (
          <section>
            <Typography.Title level={5}>{w.before}</Typography.Title>
            <InUse person={person} />
          </section>
        ) : null}
        <section>
          {person.photo ? <Typography.Title level={5}>{w.after}</Typography.Title> : null}
          <PhotoPicker type={person.type} onPicked={setPicked} />
        </section>
      </div>
      {picked && !picked.isUsable ? <Alert type="warning" showIcon role="status" title={w.poor} /> : null}
      {failure ? <Alert type="error" showIcon role="alert" title={text(failure)} /> : null}
      <Button
        type="primary"
        size="large"
        loading={busy}
        disabled={!picked?.isUsable}
        onClick={() => picked && use(picked.photo)}
      >
        {w.use}
      </Button>
    </Flex>
  );
}
