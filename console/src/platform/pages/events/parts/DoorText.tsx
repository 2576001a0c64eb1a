/** What the door did, with a mark that does not need its colour. */
import {
  CheckCircleOutlined,
  CloseCircleOutlined,
  MinusCircleOutlined,
  WarningOutlined,
} from "@ant-design/icons";
import { Typography } from "antd";
import { doorResults } from "@/shared/domain";
import { useWords } from "@/shared/words";
import type { Schema } from "../../../api";

const MARKS: Record<string, [mark: React.ReactNode, type: "success" | "danger" | "warning" | "secondary"]> = {
  opened: [<CheckCircleOutlined key="mark" />, "success"],
  failed: [<CloseCircleOutlined key="mark" />, "danger"],
  alarm: [<WarningOutlined key="mark" />, "warning"],
};
const QUIET: (typeof MARKS)[string] = [<MinusCircleOutlined key="mark" />, "secondary"];

export function DoorText({ event }: { event: Pick<Schema<"EventView">, "door_result"> }) {
  const results = useWords(doorResults);
  const result = event.door_result;
  if (!result) return <>–</>;
  const [mark, type] = MARKS[result] ?? QUIET;
  return (
    <Typography.Text type={type} style={{ whiteSpace: "nowrap" }}>
      {mark} {results[result] ?? result}
    </Typography.Text>
  );
}
