/** Cameras are added on the box: where that is, and whether one has reported. */
import { CheckCircleOutlined, ExportOutlined } from "@ant-design/icons";
import { Button, Flex, Typography } from "antd";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { says } from "./words";

/** Where a box serves its console unless it was told otherwise. */
const PORT = 8886;

export function CameraStep({ boxes, cameras }: { boxes: Schema<"BoxView">[]; cameras: number }) {
  const w = useWords(says);
  const paired = boxes.filter((box) => box.login_addr);
  return (
    <Flex vertical gap={12} align="flex-start">
      {cameras > 0 ? (
        <Typography.Text type="success">
          <CheckCircleOutlined /> {w.seenCameras(cameras)}
        </Typography.Text>
      ) : null}
      {paired.length === 0 ? <Typography.Text type="secondary">{w.noBox}</Typography.Text> : null}
      {paired.slice(0, 5).map((box) => (
        <Button
          key={box.dev_sno}
          icon={<ExportOutlined />}
          href={`http://${host(box.login_addr ?? "")}:${PORT}/cameras`}
          target="_blank"
          rel="noopener noreferrer"
        >
          {w.console}: {box.name}
        </Button>
      ))}
      <Typography.Text type="secondary">{w.consoleHelp}</Typography.Text>
      {paired.length > 0 ? <Typography.Text type="secondary">{w.consoleElsewhere}</Typography.Text> : null}
    </Flex>
  );
}

/** An address as it stands in a link. */
function host(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
