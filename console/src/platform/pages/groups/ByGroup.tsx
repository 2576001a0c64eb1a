/** A group in the middle: its people on one side, the boxes and cameras it opens on the other. */
import { DeleteOutlined, EditOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Card, Flex, Skeleton, Typography } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { Failure } from "@/shared/Failure";
import { TypedConfirm } from "@/shared/TypedConfirm";
import { useTold } from "@/shared/told/useTold";
import { useWords } from "@/shared/words";
import { api, useMay } from "../../api";
import { type Group, groupsQuery, useChanged } from "../people/data";
import { usePlaces } from "./data";
import { GroupForm } from "./GroupForm";
import { Members } from "./Members";
import { Places } from "./Places";
import { says } from "./words";

const DEFAULT_GROUP = "0";

export function ByGroup() {
  const w = useWords(says);
  const [told, change] = useAddress();
  const found = useQuery({ ...groupsQuery, refetchInterval: 10_000 });
  const groups = found.data ?? [];
  const chosen = told.group === undefined ? groups[0] : groups.find(({ id }) => id === told.group);
  if (found.error && !found.data) return <Failure error={found.error} retry={() => found.refetch()} />;
  if (!found.data) return <Skeleton active />;
  return (
    <div className="groups">
      <nav aria-label={w.chooseGroup} className="group-list">
        {groups.map((group) => (
          <Link
            key={group.id}
            to="/groups"
            search={{ group: group.id }}
            aria-current={group.id === chosen?.id ? "true" : undefined}
          >
            <span>{group.name}</span>
            <Typography.Text type="secondary">{w.counts(group.people, group.boxes)}</Typography.Text>
          </Link>
        ))}
      </nav>
      {chosen ? (
        <Chosen key={chosen.id} group={chosen} onGone={() => change({ group: undefined })} />
      ) : (
        <Alert type="info" showIcon title={w.unknownGroup} />
      )}
    </div>
  );
}

function Chosen({ group, onGone }: { group: Group; onGone: () => void }) {
  const w = useWords(says);
  const told = useTold();
  const { boxes, cameras } = usePlaces();
  const serving = boxes?.filter((box) => box.groups.includes(group.id));
  const opened =
    serving &&
    cameras?.filter(
      (camera) =>
        serving.some((box) => box.dev_sno === camera.dev_sno) &&
        (!camera.group_id || camera.group_id === group.id),
    );
  return (
    <Flex vertical gap={16} style={{ minWidth: 0 }}>
      <Flex justify="space-between" gap={12} wrap>
        <div>
          <Typography.Title level={2} style={{ fontSize: 20, margin: 0 }}>
            {group.name}
          </Typography.Title>
          {group.description ? (
            <Typography.Text type="secondary">{told(group.description)}</Typography.Text>
          ) : null}
        </div>
        <Actions group={group} onGone={onGone} />
      </Flex>
      <Alert
        type={group.boxes > 0 ? "info" : "warning"}
        showIcon
        role="status"
        title={w.summary(group.people, group.boxes, opened?.length ?? null)}
      />
      <div className="sides">
        <Card title={w.people}>
          <Members group={group} />
        </Card>
        <Card title={w.places}>
          <Places group={group} />
        </Card>
      </div>
    </Flex>
  );
}

function Actions({ group, onGone }: { group: Group; onGone: () => void }) {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const changed = useChanged();
  const { boxes, cameras } = usePlaces();
  const serving = boxes?.filter((box) => box.groups.includes(group.id));
  const bound = cameras?.filter((camera) => camera.group_id === group.id);
  const [isEditing, setEditing] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  if (!mayChange) return null;
  const remove = async () => {
    await api.DELETE("/api/v1/groups/{group_id}", { params: { path: { group_id: group.id } } });
    onGone();
    await changed();
  };
  return (
    <Flex gap={8}>
      <Button icon={<EditOutlined />} onClick={() => setEditing(true)}>
        {w.edit}
      </Button>
      {group.id === DEFAULT_GROUP ? null : (
        <Button danger icon={<DeleteOutlined />} onClick={() => setRemoving(true)}>
          {w.remove}
        </Button>
      )}
      {isEditing ? <GroupForm group={group} onClose={() => setEditing(false)} /> : null}
      <TypedConfirm
        open={isRemoving}
        title={w.removeTitle(group.name)}
        name={group.name}
        action={w.remove}
        onConfirm={remove}
        onClose={() => setRemoving(false)}
      >
        <p>
          {w.removeText(group.people)}{" "}
          {serving === undefined
            ? w.removeBoxesUnknown
            : serving.length > 0
              ? w.removeBoxes(serving.map(({ name }) => name).join(", "))
              : w.removeNoBoxes}
        </p>
        {bound === undefined ? <p>{w.removeCamerasUnknown}</p> : null}
        {bound?.length ? <p>{w.removeCameras(bound.map(({ name }) => name).join(", "))}</p> : null}
      </TypedConfirm>
    </Flex>
  );
}
