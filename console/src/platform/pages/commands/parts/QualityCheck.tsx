/** Has a box judge a picture, and tells the verdict in words. */
import "../commands.css";
import { InboxOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Flex, Form, Modal, Select, Spin, Typography, Upload } from "antd";
import { useEffect, useState } from "react";
import { ApiError, sendFile } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { BoxPicker } from "../../../parts/boxes";
import { useCommand } from "./CommandDrawer";
import { Faces } from "./Faces";
import { qualityWords } from "./qualityWords";
import { facesOf } from "./results";
import { useAnswer } from "./State";

const LARGEST = 4 * 1024 * 1024;
const LEVELS = ["high", "middle", "low", "custom", "no"] as const;

export function QualityCheck({ open, onClose }: { open: boolean; onClose: () => void }) {
  const w = useWords(qualityWords);
  return (
    <Modal open={open} title={w.title} onCancel={onClose} footer={null} width={600} destroyOnHidden>
      <Check />
    </Modal>
  );
}

function Check() {
  const w = useWords(qualityWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const [picture, setPicture] = useState<File | null>(null);
  const [box, setBox] = useState<string>();
  const [level, setLevel] = useState<(typeof LEVELS)[number]>("high");
  const [isWrong, setWrong] = useState(false);
  const ask = useMutation({
    mutationFn: (file: File) => {
      const query = new URLSearchParams({ level, ...(box ? { dev_sno: box } : {}) });
      return sendFile<Schema<"CommandAccepted">>("POST", `/api/v1/fiqa?${query}`, file);
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["commands"] }),
  });
  const choose = (file: File) => {
    const fits = ["image/jpeg", "image/png"].includes(file.type) && file.size <= LARGEST;
    setWrong(!fits);
    setPicture(fits ? file : null);
    ask.reset();
    return false;
  };
  const nobody = ask.error instanceof ApiError && ask.error.status === 409;
  return (
    <Flex vertical gap={16}>
      <Typography.Text type="secondary">{w.hint}</Typography.Text>
      {picture ? (
        <Preview file={picture} />
      ) : (
        <Upload.Dragger accept="image/jpeg,image/png" beforeUpload={choose} showUploadList={false}>
          <InboxOutlined style={{ fontSize: 32 }} aria-hidden />
          <div>{w.drop}</div>
          <Typography.Text type="secondary">{w.dropHelp}</Typography.Text>
        </Upload.Dragger>
      )}
      {isWrong ? <Alert type="error" showIcon role="alert" title={w.wrong} /> : null}
      {ask.data?.id ? (
        <Verdict id={ask.data.id} />
      ) : (
        <Form layout="vertical">
          <Flex gap={16} wrap>
            <Form.Item label={w.box} style={{ flex: "1 1 220px" }} htmlFor="quality-box">
              <BoxPicker id="quality-box" placeholder={w.anyServer} value={box} onChange={setBox} />
            </Form.Item>
            <Form.Item label={w.level} style={{ flex: "1 1 180px" }} htmlFor="quality-level">
              <Select
                id="quality-level"
                value={level}
                onChange={setLevel}
                options={LEVELS.map((value) => ({ value, label: w.levels[value] }))}
              />
            </Form.Item>
          </Flex>
        </Form>
      )}
      {ask.error ? (
        <Alert type="error" showIcon role="alert" title={nobody ? w.none : text(ask.error)} />
      ) : null}
      <Flex gap={8}>
        {ask.data ? null : (
          <Button
            type="primary"
            disabled={!picture}
            loading={ask.isPending}
            onClick={() => picture && ask.mutate(picture)}
          >
            {w.check}
          </Button>
        )}
        {picture ? (
          <Button
            onClick={() => {
              setPicture(null);
              ask.reset();
            }}
          >
            {w.another}
          </Button>
        ) : null}
      </Flex>
    </Flex>
  );
}

function Preview({ file }: { file: File }) {
  const w = useWords(qualityWords);
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url ? <img src={url} alt={w.picture} className="checked-picture" /> : null;
}

function Verdict({ id }: { id: string }) {
  const w = useWords(qualityWords);
  const answer = useAnswer();
  const { data: command } = useCommand(id);
  if (!command?.finished_at) {
    return (
      <Flex gap={12} align="center" aria-live="polite">
        <Spin /> {w.waiting}
      </Flex>
    );
  }
  if (command.state === "expired") return <Alert type="warning" showIcon role="alert" title={w.expired} />;
  const faces = facesOf(command.result);
  if (command.state === "failed") {
    const why = answer(command.code, command.message);
    return <Alert type="error" showIcon role="alert" title={w.failed} description={why} />;
  }
  return faces.length > 0 ? (
    <Faces faces={faces} />
  ) : (
    <Alert type="warning" showIcon role="alert" title={w.noFace} />
  );
}
