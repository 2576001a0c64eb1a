/** Chooses a photo from a file or a camera, and shows at once what the platform thinks of it, before anything is stored. */
import { CameraOutlined, InboxOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Flex, Segmented, Spin, Typography, Upload } from "antd";
import { useState } from "react";
import { sendFile } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { WebcamCapture } from "@/shared/webcam/WebcamCapture";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { Framed } from "./Framed";
import { usePicture } from "./pictures";
import { VerdictView } from "./VerdictView";
import { readVerdict, USABLE } from "./verdict";
import { says } from "./words";

const LARGEST = 10 << 20;

export type Picked = { photo: Blob; isUsable: boolean };

type PickerProps = {
  /** The person's type: less is asked of the photos of strangers. */
  type: number | undefined;
  /** Told of every photo with its verdict, and null while there is none. */
  onPicked: (picked: Picked | null) => void;
};

export function PhotoPicker({ type = 1, onPicked }: PickerProps) {
  const w = useWords(says);
  const [from, setFrom] = useState<"file" | "webcam">("file");
  const [photo, setPhoto] = useState<Blob | null>(null);
  const [isTooLarge, setTooLarge] = useState(false);
  const choose = (chosen: Blob | null) => {
    setTooLarge(chosen !== null && chosen.size > LARGEST);
    setPhoto(chosen !== null && chosen.size > LARGEST ? null : chosen);
    onPicked(null);
  };
  if (photo) return <Judged photo={photo} type={type} onPicked={onPicked} onAgain={() => choose(null)} />;
  return (
    <Flex vertical gap={12}>
      <Segmented
        value={from}
        onChange={setFrom}
        options={[
          { value: "file", label: w.file, icon: <InboxOutlined /> },
          { value: "webcam", label: w.webcam, icon: <CameraOutlined /> },
        ]}
        style={{ alignSelf: "flex-start" }}
      />
      {isTooLarge ? <Alert type="error" showIcon role="alert" title={w.tooLarge} /> : null}
      {from === "webcam" ? (
        <WebcamCapture onShot={choose} />
      ) : (
        <Upload.Dragger
          accept="image/jpeg,image/png,image/webp,image/bmp"
          showUploadList={false}
          beforeUpload={(file) => {
            choose(file);
            return false;
          }}
        >
          <InboxOutlined style={{ fontSize: 32 }} aria-hidden />
          <div>{w.drop}</div>
          <Typography.Text type="secondary">{w.dropHint}</Typography.Text>
        </Upload.Dragger>
      )}
    </Flex>
  );
}

let counted = 0;

type JudgedProps = {
  photo: Blob;
  type: number;
  onPicked: (picked: Picked | null) => void;
  onAgain: () => void;
};

function Judged({ photo, type, onPicked, onAgain }: JudgedProps) {
  const w = useWords(says);
  const [key] = useState(() => ++counted);
  const src = usePicture(photo);
  const judged = useQuery({
    queryKey: ["photo", "verdict", key, type],
    queryFn: async () => {
      const url = `/api/v1/photos/verdict?type=${type}`;
      const told = await sendFile<Schema<"PhotoVerdict">>("POST", url, photo);
      onPicked({ photo, isUsable: told.usable });
      return told;
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const verdict = readVerdict(judged.data?.verdict);
  return (
    <Flex vertical gap={12} align="flex-start">
      {src ? (
        <Framed src={src} alt={w.chosen} face={verdict?.bbox} isGood={verdict?.code === USABLE} />
      ) : null}
      {judged.isPending ? (
        <Flex gap={8} align="center" role="status">
          <Spin size="small" /> {w.looking}
        </Flex>
      ) : null}
      {judged.error ? <Failure error={judged.error} retry={() => judged.refetch()} /> : null}
      {verdict ? <VerdictView verdict={verdict} /> : null}
      <Button onClick={onAgain}>{w.another}</Button>
    </Flex>
  );
}
