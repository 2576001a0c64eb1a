/** The photos a person is known by: the registration photo, and further ones. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Card, Flex, Image, Modal, Typography } from "antd";
import { useState } from "react";
import { must, sendFile } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { TakeAway } from "@/shared/TakeAway";
import { Age } from "@/shared/time";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { people } from "../../fog";
import { PersonPhoto } from "./PersonPhoto";
import { PhotoInput } from "./PhotoInput";
import { says } from "./words";

export function Photos({ person }: { person: Schema<"Person"> }) {
  const w = useWords(says);
  const [asks, setAsks] = useState<"replace" | "further" | null>(null);
  return (
    <Flex vertical gap={16}>
      <Card
        size="small"
        title={w.registration}
        extra={
          <Button size="small" onClick={() => setAsks("replace")}>
            {w.replace}
          </Button>
        }
      >
        <PersonPhoto id={person.identity_id} at={person.updated_at_ms} size={220} />
      </Card>
      <Card
        size="small"
        title={w.further}
        extra={
          <Button size="small" onClick={() => setAsks("further")}>
            {w.addPhoto}
          </Button>
        }
      >
        <Typography.Paragraph type="secondary">{w.furtherHint}</Typography.Paragraph>
        <Further id={person.identity_id} />
      </Card>
      <NewPhoto id={person.identity_id} asks={asks} onClose={() => setAsks(null)} />
    </Flex>
  );
}

function Further({ id }: { id: string }) {
  const w = useWords(says);
  const queries = useQueryClient();
  const photos = useQuery({
    queryKey: ["photos", id],
    queryFn: () => must(api.GET("/api/v1/people/{id}/photos", { params: { path: { id } } })),
  });
  const remove = async (number: number) => {
    await api.DELETE("/api/v1/people/{id}/photos/{number}", { params: { path: { id, number } } });
    await queries.invalidateQueries({ queryKey: ["photos", id] });
  };
  if (photos.error) return <Failure error={photos.error} retry={() => photos.refetch()} />;
  return (
    <Flex gap={12} wrap>
      {(photos.data?.items ?? []).map((photo) => (
        <Flex key={photo.id} vertical gap={4} align="center">
          <Image
            src={`/api/v1/people/${encodeURIComponent(id)}/photos/${photo.id}`}
            alt={`${w.further} ${photo.id}`}
            width={96}
            height={96}
            style={{ objectFit: "cover", borderRadius: 6 }}
          />
          <Typography.Text type="secondary">
            <Age of={photo.added_at} />
          </Typography.Text>
          <TakeAway
            action={w.remove}
            ask={w.removePhoto}
            work={() => remove(photo.id)}
            done={w.photoRemoved}
          />
        </Flex>
      ))}
    </Flex>
  );
}

function NewPhoto({
  id,
  asks,
  onClose,
}: {
  id: string;
  asks: "replace" | "further" | null;
  onClose: () => void;
}) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [photo, setPhoto] = useState<Blob | null>(null);
  const { busy, failure, run, forget } = useWork();
  const close = () => {
    setPhoto(null);
    forget();
    onClose();
  };
  const send = async () => {
    if (!photo) return;
    await run(async () => {
      if (asks === "replace") await people.change(id, {}, photo);
      else await sendFile("POST", `/api/v1/people/${encodeURIComponent(id)}/photos`, photo);
      await Promise.all(
        [
          ["photos", id],
          ["person", id],
        ].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
      message.success(w.photoAdded);
      close();
    });
  };
  return (
    <Modal
      open={asks !== null}
      title={asks === "replace" ? w.registration : w.addPhoto}
      okText={w.save}
      cancelText={w.cancel}
      okButtonProps={{ disabled: !photo, loading: busy }}
      onOk={send}
      onCancel={close}
      destroyOnHidden
    >
      {asks === "replace" ? (
        <Typography.Paragraph type="secondary">{w.replaceHint}</Typography.Paragraph>
      ) : null}
      <PhotoInput
        value={photo}
        isBusy={busy}
        onChange={(chosen) => {
          forget();
          setPhoto(chosen);
        }}
      />
      {failure ? (
        <div style={{ marginTop: 12 }}>
          <Failure error={failure} />
        </div>
      ) : null}
    </Modal>
  );
}
