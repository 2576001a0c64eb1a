/** The cameras of a box as it last reported them. */
import { Badge, Empty, Flex, Skeleton, Typography } from "antd";
import { deviceTypes } from "@/shared/domain";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { WideTable } from "@/shared/WideTable";
import { useWords, words } from "@/shared/words";
import type { Schema } from "../../../api";
import { useGroupName } from "../../../parts/groups";
import { useCameras } from "./useBox";

const says = words({
  en: {
    name: "Camera",
    state: "State",
    states: { online: "Online", offline: "Offline", unknown: "Not told" } as Record<string, string>,
    kind: "Kind",
    address: "Address",
    direction: "Direction",
    directions: { in: "In", out: "Out" } as Record<string, string>,
    group: "May pass",
    none: "The box has reported no camera yet. Cameras are added on the box: in its own console or its configuration file.",
  },
  zh: {
    name: "摄像机",
    state: "状态",
    states: { online: "在线", offline: "离线", unknown: "未知" } as Record<string, string>,
    kind: "类型",
    address: "地址",
    direction: "方向",
    directions: { in: "进", out: "出" } as Record<string, string>,
    group: "允许通行",
    none: "设备尚未上报摄像机。请在设备自己的控制台或配置文件中添加。",
  },
});

const SIGNS: Record<string, "success" | "error" | "default"> = { online: "success", offline: "error" };

export function Cameras({ devSno }: { devSno: string }) {
  const w = useWords(says);
  const kinds = useWords(deviceTypes);
  const groupName = useGroupName();
  const cameras = useCameras(devSno);
  if (cameras.error && !cameras.data) {
    return <Failure error={cameras.error} retry={() => cameras.refetch()} />;
  }
  if (!cameras.data) return <Skeleton active />;
  return (
    <WideTable<Schema<"CameraView">>
      rowKey="ep_id"
      dataSource={cameras.data.items}
      locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.none} /> }}
      columns={[
        { title: w.name, dataIndex: "name" },
        {
          title: w.state,
          key: "state",
          render: (_, { state, seen_at }) => (
            <Flex vertical>
              <Badge status={SIGNS[state] ?? "default"} text={w.states[state] ?? state} />
              <Typography.Text type="secondary" className="sub">
                <Age of={seen_at} />
              </Typography.Text>
            </Flex>
          ),
        },
        { title: w.kind, dataIndex: "device_type", render: (kind: string) => kinds[kind] ?? kind },
        { title: w.address, dataIndex: "device_ip", render: (ip: string | null) => ip ?? "–" },
        {
          title: w.direction,
          dataIndex: "direction",
          render: (way: string | null) => (way ? (w.directions[way] ?? way) : "–"),
        },
        {
          title: w.group,
          dataIndex: "group_id",
          render: (group: string | null) => (group ? groupName(group) : "–"),
        },
      ]}
    />
  );
}
