/** The boxes that serve a group, and which of their cameras let its members pass. */
import { VideoCameraOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { App, Button, Empty, Flex, Popconfirm, Select, Typography } from "antd";
import { useState } from "react";
import { useErrorText } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { useWords } from "@/shared/words";
import { api, useMay } from "../../api";
import { type Group, useChanged, useGroupNames } from "../people/data";
import { type Box, type Camera, usePlaces } from "./data";
import { NotKnown } from "./NotKnown";
import { says } from "./words";

/** Sets which groups a box serves. */
export function useServe(): (box: Box, groups: string[]) => Promise<void> {
  const w = useWords(says);
  const text = useErrorText();
  const changed = useChanged();
  const { message } = App.useApp();
  return async (box, groups) => {
    try {
      await api.PUT("/api/v1/boxes/{dev_sno}/groups", {
        params: { path: { dev_sno: box.dev_sno } },
        body: { groups },
      });
      message.success(w.saved);
      await changed();
    } catch (error) {
      message.error(text(error));
    }
  };
}

export function Places({ group }: { group: Group }) {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const places = usePlaces();
  const { boxes, cameras } = places;
  if (!boxes) return <NotKnown places={places} />;
  const serving = boxes.filter((box) => box.groups.includes(group.id));
  const others = boxes.filter((box) => !box.groups.includes(group.id));
  return (
    <Flex vertical gap={12}>
      {mayChange && others.length > 0 ? <AddBox group={group} others={others} /> : null}
      {serving.length === 0 ? <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.noBox} /> : null}
      {serving.map((box) => (
        <Place
          key={box.dev_sno}
          box={box}
          group={group}
          cameras={cameras?.filter((camera) => camera.dev_sno === box.dev_sno)}
        />
      ))}
      {cameras || serving.length === 0 ? null : <NotKnown places={places} rows={1} />}
    </Flex>
  );
}

function AddBox({ group, others }: { group: Group; others: Box[] }) {
  const w = useWords(says);
  const serve = useServe();
  const [busy, setBusy] = useState(false);
  return (
    <Select
      aria-label={w.addBox}
      placeholder={w.addBox}
      value={null}
      loading={busy}
      disabled={busy}
      showSearch={{ optionFilterProp: "label" }}
      options={others.map((box) => ({
        value: box.dev_sno,
        label: box.site ? `${box.name} · ${box.site}` : box.name,
      }))}
      onChange={async (devSno: string | null) => {
        const box = others.find((each) => each.dev_sno === devSno);
        if (!box) return;
        setBusy(true);
        await serve(box, [...box.groups, group.id]);
        setBusy(false);
      }}
    />
  );
}

function Place({ box, group, cameras }: { box: Box; group: Group; cameras: Camera[] | undefined }) {
  const w = useWords(says);
  const mayChange = useMay("operator");
  const serve = useServe();
  const { applied, pending, sent, failed } = box.people;
  return (
    <section className="place" aria-label={box.name}>
      <Flex justify="space-between" gap={8} align="flex-start" wrap>
        <div>
          <Link to="/groups" search={{ view: "box", box: box.dev_sno }}>
            <strong>{box.name}</strong>
          </Link>
          {box.site ? <Typography.Text type="secondary"> · {box.site}</Typography.Text> : null}
          <div>
            <Typography.Text type="secondary">
              {w.provedOf(applied, applied + pending + sent + failed)}
            </Typography.Text>
          </div>
        </div>
        {mayChange ? (
          <Popconfirm
            title={w.stopBoxAsk(box.name)}
            description={w.stopBoxText}
            okText={w.stopBox}
            cancelText={w.cancel}
            onConfirm={() =>
              serve(
                box,
                box.groups.filter((id) => id !== group.id),
              )
            }
          >
            <Button size="small">{w.stopBox}</Button>
          </Popconfirm>
        ) : null}
      </Flex>
      {cameras?.length === 0 ? <Typography.Text type="secondary">{w.noCameras}</Typography.Text> : null}
      <ul className="cameras">
        {cameras?.map((camera) => (
          <CameraRow key={camera.ep_id} camera={camera} group={group} />
        ))}
      </ul>
    </section>
  );
}

function CameraRow({ camera, group }: { camera: Camera; group: Group }) {
  const w = useWords(says);
  const nameOf = useGroupNames();
  const binding = !camera.group_id
    ? w.unbound
    : camera.group_id === group.id
      ? w.bound
      : w.boundTo(nameOf(camera.group_id));
  return (
    <li>
      <VideoCameraOutlined aria-hidden />
      <span>
        {camera.name}: {binding}{" "}
        <Typography.Text type="secondary">
          ({w.reported} <Age of={camera.seen_at} />)
        </Typography.Text>
      </span>
    </li>
  );
}
