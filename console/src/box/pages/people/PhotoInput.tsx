/** A photo of a face: from a file, or taken with this computer's camera. A field of a form. */
import { InboxOutlined } from "@ant-design/icons";
import { Button, Flex, Tabs, Upload } from "antd";
import { WebcamCapture } from "@/shared/webcam/WebcamCapture";
import { useWords } from "@/shared/words";
import { useObjectUrl } from "../../shared/useObjectUrl";
import { says } from "./words";

type Props = { value?: Blob | null; onChange?: (photo: Blob | null) => void; isBusy?: boolean };

export function PhotoInput({ value, onChange, isBusy = false }: Props) {
  const w = useWords(says);
  const choose = (photo: Blob) => onChange?.(photo);
  if (value) return <Chosen photo={value} isBusy={isBusy} again={() => onChange?.(null)} />;
  return (
    <Tabs
      size="small"
      destroyOnHidden
      items={[
        { key: "file", label: w.fileTab, children: <FileInput onFile={choose} /> },
        { key: "camera", label: w.cameraTab, children: <WebcamCapture onShot={choose} isBusy={isBusy} /> },
      ]}
    />
  );
}

export function FileInput({ onFile }: { onFile: (file: Blob) => void }) {
  const w = useWords(says);
  return (
    <Upload.Dragger
      accept="image/*"
      showUploadList={false}
      beforeUpload={(file) => {
        onFile(file);
        return false;
      }}
    >
      <p className="ant-upload-drag-icon">
        <InboxOutlined />
      </p>
      <p className="ant-upload-text">{w.drop}</p>
      <p className="ant-upload-hint">{w.dropHint}</p>
    </Upload.Dragger>
  );
}

function Chosen({ photo, isBusy, again }: { photo: Blob; isBusy: boolean; again: () => void }) {
  const w = useWords(says);
  const url = useObjectUrl(photo);
  return (
    <Flex gap={12} align="end">
      {url ? <img src={url} alt={w.preview} className="chosen" /> : null}
      <Button onClick={again} disabled={isBusy}>
        {w.retake}
      </Button>
    </Flex>
  );
}
