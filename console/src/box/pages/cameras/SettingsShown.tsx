/** The settings of a camera that is written in the configuration file: to be read here, and changed there. */
import { Alert, Card, Descriptions, Tag } from "antd";
import { deviceTypes } from "@/shared/domain";
import { doorKinds, levelNames } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { useGroupName } from "../../shared/groups";
import { directions } from "../../shared/words";
import { fieldWords, says } from "./words";

export function SettingsShown({ settings }: { settings: Schema<"CameraSettings"> }) {
  const w = useWords(says);
  const f = useWords(fieldWords);
  const ways = useWords(directions);
  const doors = useWords(doorKinds);
  const levels = useWords(levelNames);
  const types = useWords(deviceTypes);
  const groupName = useGroupName();
  const { path, url, directory, user, quality, device_type: type, duplicate_interval: interval } = settings;
  const given: [string, string | null | undefined][] = [
    [f.path, path],
    [f.url, url],
    [f.directory, directory],
    [f.user, user],
    [f.direction, ways[settings.direction ?? "in"]],
    [f.door, doors[settings.door?.kind ?? "none"]],
    [f.quality, quality ? levels[quality] : f.asSet],
    [f.interval, typeof interval === "number" ? String(interval) : f.asSet],
    [f.deviceType, typeof type === "number" ? types[type] : f.usual],
  ];
  const groups = (settings.groups ?? ["0"]).map((id) => <Tag key={id}>{groupName(id)}</Tag>);
  return (
    <Card size="small" title={w.settings}>
      <Alert type="info" showIcon title={w.inFileHelp} style={{ marginBottom: 12 }} />
      <Descriptions
        size="small"
        column={1}
        layout="vertical"
        items={[
          ...given.flatMap(([label, value]) =>
            value ? [{ key: label, label, children: <span className="breakable">{value}</span> }] : [],
          ),
          { key: "groups", label: f.groups, children: groups },
        ]}
      />
    </Card>
  );
}
