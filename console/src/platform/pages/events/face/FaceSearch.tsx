/** Past events in which a face was seen that resembles the one in a picture. Why it is asked is kept. */
import { InboxOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Drawer, Flex, Input, Typography, Upload } from "antd";
import { useEffect, useMemo, useState } from "react";
import { sendFile } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { type Filter, written } from "../filter";
import { faceSays } from "../words";
import { Matches } from "./Matches";

const MOST = 10 * 1024 * 1024;

type Asked = { file: File; reason: string; until?: number };

export function FaceSearch({
  open,
  onClose,
  filter,
}: {
  open: boolean;
  onClose: () => void;
  filter: Filter;
}) {
  const w = useWords(faceSays);
  const [file, setFile] = useState<File | null>(null);
  const [reason, setReason] = useState("");
  const search = useMutation({
    mutationFn: ({ file, reason, until }: Asked) => {
      const query = written({ ...filter, ...(until ? { until } : {}), reason, limit: 30 });
      return sendFile<Schema<"FaceMatches">>("POST", `/api/v1/events/search-by-face?${query}`, file);
    },
  });
  const ask = (until?: number) => file && search.mutate({ file, reason: reason.trim(), until });
  const isReady = file !== null && reason.trim().length >= 3;
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={w.title}
      size={560}
      styles={{ wrapper: { maxWidth: "100vw" } }}
      afterOpenChange={(isOpen) => {
        if (isOpen) return;
        setFile(null);
        search.reset();
      }}
    >
      <Flex vertical gap={16}>
        <Typography.Text type="secondary">{w.hint}</Typography.Text>
        <Picture file={file} onChoose={setFile} />
        {file ? (
          <>
            <div>
              <Typography.Text strong>{w.reason}</Typography.Text>
              <Input
                aria-label={w.reason}
                value={reason}
                maxLength={300}
                onChange={(event) => setReason(event.target.value)}
                onPressEnter={() => isReady && ask()}
              />
              <Typography.Text type="secondary">{w.reasonHint}</Typography.Text>
            </div>
            <Button type="primary" disabled={!isReady} loading={search.isPending} onClick={() => ask()}>
              {search.data ? w.again : w.search}
            </Button>
          </>
        ) : null}
        {search.error ? <Failure error={search.error} /> : null}
        {search.data ? <Matches found={search.data} onGoOn={ask} /> : null}
        <Typography.Text type="secondary">{w.recent}</Typography.Text>
      </Flex>
    </Drawer>
  );
}

function Picture({ file, onChoose }: { file: File | null; onChoose: (file: File) => void }) {
  const w = useWords(faceSays);
  const [isTooBig, setTooBig] = useState(false);
  const shown = useMemo(() => (file ? URL.createObjectURL(file) : null), [file]);
  useEffect(() => {
    if (shown) return () => URL.revokeObjectURL(shown);
  }, [shown]);
  return (
    <>
      <Upload.Dragger
        accept="image/jpeg,image/png,image/webp,image/bmp"
        showUploadList={false}
        beforeUpload={(chosen) => {
          setTooBig(chosen.size > MOST);
          if (chosen.size <= MOST) onChoose(chosen);
          return false;
        }}
      >
        {shown ? (
          <img src={shown} alt={w.yours} className="face-asked" />
        ) : (
          <>
            <InboxOutlined className="face-inbox" />
            <div>{w.drop}</div>
            <Typography.Text type="secondary">{w.kinds}</Typography.Text>
          </>
        )}
      </Upload.Dragger>
      {isTooBig ? <Alert type="error" showIcon role="alert" title={w.tooBig} /> : null}
    </>
  );
}
