/** A place to drop one file, which then says what was chosen. */
import { DeleteOutlined, FileOutlined, InboxOutlined } from "@ant-design/icons";
import { Button, Flex, Typography, Upload } from "antd";
import { bytes } from "@/shared/domain";
import { useWords } from "@/shared/words";
import { says } from "./words";

type Props = {
  file: File | null;
  onFile: (file: File | null) => void;
  accept: string;
  label: string;
  hint?: string;
};

export function FileDrop({ file, onFile, accept, label, hint }: Props) {
  const w = useWords(says);
  if (file) {
    return (
      <Flex align="center" gap={8} role="status">
        <FileOutlined aria-hidden />
        <Typography.Text ellipsis>{w.chosen(file.name, bytes(file.size))}</Typography.Text>
        <Button type="text" icon={<DeleteOutlined />} aria-label={w.remove} onClick={() => onFile(null)} />
      </Flex>
    );
  }
  return (
    <div>
      <Upload.Dragger
        accept={accept}
        showUploadList={false}
        beforeUpload={(chosen) => {
          onFile(chosen);
          return false;
        }}
      >
        <InboxOutlined style={{ fontSize: 32 }} aria-hidden />
        <div>{label}</div>
      </Upload.Dragger>
      {hint ? (
        <Typography.Paragraph type="secondary" style={{ marginTop: 8 }}>
          {hint}
        </Typography.Paragraph>
      ) : null}
    </div>
  );
}
