/** What a screen shows beside faces: uploaded with its progress, looked at, removed. */
import { UploadOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Card, Flex, Image, Progress, Typography, Upload } from "antd";
import { useState } from "react";
import { must, sendFile } from "@/shared/api";
import { bytes } from "@/shared/domain";
import { Failure } from "@/shared/Failure";
import { TakeAway } from "@/shared/TakeAway";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { SmallTable } from "../../shared/SmallTable";
import { says } from "./words";

const ACCEPTS: Record<string, string> = {
  logo: "image/png,image/jpeg,image/webp",
  background: "image/png,image/jpeg,image/webp",
  video: "video/mp4,video/webm",
};

export function Media() {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [sending, setSending] = useState<{ name: string; share: number } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const list = useQuery({
    queryKey: ["welcome-media"],
    queryFn: () => must(api.GET("/api/v1/welcome/media")),
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ["welcome-media"] });
  const send = async (kind: string, file: File) => {
    setFailure(null);
    setSending({ name: file.name, share: 0 });
    const query = new URLSearchParams({ kind, name: file.name });
    try {
      await sendFile("POST", `/api/v1/welcome/media?${query}`, file, (share) =>
        setSending({ name: file.name, share }),
      );
      await refresh();
      message.success(w.uploaded(file.name));
    } catch (error) {
      setFailure(error);
    } finally {
      setSending(null);
    }
  };
  const remove = async (id: string) => {
    await api.DELETE("/api/v1/welcome/media/{id}", { params: { path: { id } } });
    await refresh();
  };
  return (
    <Card size="small" title={w.media}>
      <Typography.Paragraph type="secondary">{w.mediaHint}</Typography.Paragraph>
      <Flex gap={8} wrap className="filters">
        {Object.keys(ACCEPTS).map((kind) => (
          <Upload
            key={kind}
            accept={ACCEPTS[kind] ?? ""}
            showUploadList={false}
            disabled={sending !== null}
            beforeUpload={(file) => {
              void send(kind, file);
              return false;
            }}
          >
            <Button icon={<UploadOutlined />} disabled={sending !== null}>
              {w.upload[kind]}
            </Button>
          </Upload>
        ))}
      </Flex>
      {sending ? (
        <div role="status">
          {sending.name} <Progress percent={Math.round(sending.share * 100)} />
        </div>
      ) : null}
      {failure ? <Failure error={failure} /> : null}
      {list.error ? <Failure error={list.error} retry={() => list.refetch()} /> : null}
      <SmallTable
        rows={list.data?.items ?? []}
        empty={w.noMedia}
        columns={[
          {
            title: w.preview,
            render: (_, piece) =>
              piece.kind === "video" ? (
                // biome-ignore lint/a11y/useMediaCaption: a house's own video has no captions here
                <video src={`/api/v1/welcome/media/${piece.id}`} controls preload="metadata" width={140} />
              ) : (
                <Image src={`/api/v1/welcome/media/${piece.id}`} alt={piece.name} height={48} />
              ),
          },
          { title: w.kind, render: (_, piece) => w.kinds[piece.kind] ?? piece.kind },
          { title: w.name, dataIndex: "name" },
          { title: w.size, render: (_, piece) => bytes(piece.bytes) },
          {
            key: "remove",
            align: "right",
            render: (_, piece) => (
              <TakeAway
                action={w.remove}
                ask={w.removeSure(piece.name)}
                work={() => remove(piece.id)}
                done={w.removed}
              />
            ),
          },
        ]}
      />
    </Card>
  );
}
