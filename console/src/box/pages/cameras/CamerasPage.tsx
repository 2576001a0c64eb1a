/** Every camera with what it saw last, how it is, and who may pass in front of it. */
import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Card, Empty, Flex, Skeleton, Tag, Typography } from "antd";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { Age } from "@/shared/time";
import { doorKinds } from "@/shared/trace/words";
import { useWords } from "@/shared/words";
import { camerasQuery, type Schema } from "../../api";
import { CameraState } from "../../shared/CameraState";
import { useGroupName } from "../../shared/groups";
import { cameraKinds } from "../../shared/words";
import { AddCamera } from "./AddCamera";
import { Preview } from "./Preview";
import { says } from "./words";

export function CamerasPage() {
  const w = useWords(says);
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const setAdd = (add: boolean | undefined) => navigate({ to: "/cameras", search: { add }, replace: true });
  const list = useQuery(camerasQuery);
  const cameras = list.data?.items ?? [];
  return (
    <Page
      title={w.title}
      hint={w.hint}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdd(true)}>
          {w.add}
        </Button>
      }
    >
      {list.error ? <Failure error={list.error} retry={() => list.refetch()} /> : null}
      {list.isPending ? <Skeleton active /> : null}
      {list.data && cameras.length === 0 ? <Empty description={w.none} /> : null}
      <div className="cards">
        {cameras.map((camera) => (
          <CameraCard key={camera.status.name} camera={camera} />
        ))}
      </div>
      <AddCamera
        open={search.add === true}
        known={new Set(cameras.map((camera) => camera.status.address))}
        onClose={() => setAdd(undefined)}
      />
    </Page>
  );
}

function CameraCard({ camera: { status, settings, in_file } }: { camera: Schema<"Camera"> }) {
  const w = useWords(says);
  const kinds = useWords(cameraKinds);
  const doors = useWords(doorKinds);
  const groupName = useGroupName();
  return (
    <Card
      size="small"
      title={
        <Link to="/cameras/$name" params={{ name: status.name }}>
          {status.name}
        </Link>
      }
      extra={<Tag>{kinds[settings.kind] ?? settings.kind}</Tag>}
    >
      <Flex vertical gap={8}>
        <Preview name={status.name} />
        <CameraState status={status} />
        <Typography.Text type="secondary" className="mono">
          {status.address}
          {in_file ? ` · ${w.inFile}` : ""}
        </Typography.Text>
        <div>
          {w.last}: {status.last_capture_at ? <Age of={status.last_capture_at} /> : w.never} · {w.pictures}:{" "}
          {status.captures}
          {status.refused > 0 ? (
            <Typography.Text type="danger"> · {w.refused(status.refused)}</Typography.Text>
          ) : null}
        </div>
        <div>
          {w.groups}:{" "}
          {(settings.groups ?? ["0"]).map((id) => (
            <Tag key={id}>{groupName(id)}</Tag>
          ))}
        </div>
        <div>
          {w.door}: {doors[settings.door?.kind ?? "none"] ?? w.none_}
        </div>
      </Flex>
    </Card>
  );
}
