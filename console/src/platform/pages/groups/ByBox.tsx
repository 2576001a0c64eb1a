/** Who may pass at one box, and by which group. */
import { VideoCameraOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Collapse, Flex, Select, Skeleton, Typography } from "antd";
import { useState } from "react";
import { useAddress } from "@/shared/address";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { useMay } from "../../api";
import { groupsQuery, useGroupNames, useGroups } from "../people/data";
import { GroupTags } from "../people/parts/PersonTags";
import { type Box, usePlaces } from "./data";
import { People } from "./Members";
import { NotKnown } from "./NotKnown";
import { useServe } from "./Places";
import { says } from "./words";

export function ByBox() {
  const w = useWords(says);
  const [told, change] = useAddress();
  const places = usePlaces();
  const { boxes } = places;
  const box = boxes?.find(({ dev_sno }) => dev_sno === told.box);
  return (
    <Flex vertical gap={16}>
      <div className="chooser">
        <Select
          aria-label={w.chooseBox}
          placeholder={w.chooseBox}
          value={told.box}
          onChange={(next?: string) => change({ box: next })}
          allowClear
          loading={!boxes && !places.error}
          showSearch={{ optionFilterProp: "label" }}
          options={(boxes ?? []).map((each) => ({
            value: each.dev_sno,
            label: each.site ? `${each.name} · ${each.site}` : each.name,
          }))}
          style={{ width: "100%" }}
        />
      </div>
      {boxes ? null : <NotKnown places={places} />}
      {told.box && boxes && !box ? <Alert type="info" showIcon title={w.unknownBox} /> : null}
      {box ? <Who key={box.dev_sno} box={box} /> : null}
    </Flex>
  );
}

function Who({ box }: { box: Box }) {
  const w = useWords(says);
  const found = useQuery(groupsQuery);
  const groups = found.data?.filter(({ id }) => box.groups.includes(id));
  return (
    <Flex vertical gap={16}>
      <Flex gap={8} align="baseline" wrap>
        <Link to="/boxes/$devSno" params={{ devSno: box.dev_sno }}>
          <strong>{box.name}</strong>
        </Link>
        <Served box={box} />
      </Flex>
      <Cameras box={box} />
      {box.groups.length === 0 ? (
        <Alert type="warning" showIcon title={w.servesNone} />
      ) : !groups && found.error ? (
        <Failure error={found.error} retry={() => found.refetch()} />
      ) : !groups ? (
        <Skeleton active />
      ) : (
        <Collapse
          defaultActiveKey={groups[0]?.id}
          items={groups.map((group) => ({
            key: group.id,
            label: w.whoBy(group.name, group.people),
            children: <People groupId={group.id} empty={w.nobody} />,
          }))}
        />
      )}
    </Flex>
  );
}

/** The groups of a box; a change is said before it is made. */
function Served({ box }: { box: Box }) {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const serve = useServe();
  const groups = useGroups();
  const [draft, setDraft] = useState<string[] | null>(null);
  const [busy, setBusy] = useState(false);
  if (!mayChange) return <GroupTags ids={box.groups} />;
  const isLess = draft !== null && box.groups.some((id) => !draft.includes(id));
  const save = async (next: string[]) => {
    setBusy(true);
    await serve(box, next);
    setBusy(false);
    setDraft(null);
  };
  return (
    <Flex gap={8} wrap align="center" flex="1 1 300px">
      <Select
        mode="multiple"
        aria-label={w.served}
        value={draft ?? box.groups}
        disabled={busy}
        showSearch={{ optionFilterProp: "label" }}
        options={groups.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={setDraft}
        style={{ minWidth: 260, flex: "1 1 260px", maxWidth: 560 }}
      />
      {draft ? (
        <>
          <Button type="primary" loading={busy} onClick={() => save(draft)}>
            {w.save}
          </Button>
          <Button onClick={() => setDraft(null)}>{w.cancel}</Button>
          {isLess ? <Typography.Text type="warning">{w.stopBoxText}</Typography.Text> : null}
        </>
      ) : null}
    </Flex>
  );
}

function Cameras({ box }: { box: Box }) {
  const w = useWords(says);
  const nameOf = useGroupNames();
  const places = usePlaces();
  const cameras = places.cameras?.filter(({ dev_sno }) => dev_sno === box.dev_sno);
  if (!cameras) return <NotKnown places={places} rows={1} />;
  if (cameras.length === 0) return <Typography.Text type="secondary">{w.noCameras}</Typography.Text>;
  return (
    <ul className="cameras">
      {cameras.map((camera) => (
        <li key={camera.ep_id}>
          <VideoCameraOutlined aria-hidden />
          <span>
            {camera.name}: {camera.group_id ? w.onlyGroup(nameOf(camera.group_id)) : w.unbound}{" "}
            <Typography.Text type="secondary">
              ({w.reported} <Age of={camera.seen_at} />)
            </Typography.Text>
          </span>
        </li>
      ))}
    </ul>
  );
}
