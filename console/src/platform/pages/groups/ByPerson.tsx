/** Where one person may pass, and why; and where not, and why. */
import { CheckCircleFilled, CloseCircleFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Flex, Table, Tag, Typography, theme } from "antd";
import { useAddress } from "@/shared/address";
import { holdingStates } from "@/shared/domain";
import { Failure } from "@/shared/Failure";
import { Age, useNow } from "@/shared/time";
import { useWords } from "@/shared/words";
import { type PersonDetail, personQuery, useGroupNames } from "../people/data";
import { GroupTags } from "../people/parts/PersonTags";
import { Face } from "../people/photo/Face";
import { type Box, type Camera, usePlaces } from "./data";
import { NotKnown } from "./NotKnown";
import { PersonSelect } from "./PersonSelect";
import { barOf, common, passesAt } from "./passing";
import { says } from "./words";

export function ByPerson() {
  const [told, change] = useAddress();
  const id = told.person;
  const found = useQuery({ ...personQuery(id ?? ""), enabled: id !== undefined, refetchInterval: 10_000 });
  const person = id === undefined ? undefined : found.data;
  return (
    <Flex vertical gap={16}>
      <div className="chooser">
        <PersonSelect
          value={id === undefined ? [] : [id]}
          onChange={([next]) => change({ person: next })}
          nameOf={() => (person ? `${person.name} · ${person.identity_id}` : (id ?? ""))}
        />
      </div>
      {found.error && id !== undefined ? <Failure error={found.error} retry={() => found.refetch()} /> : null}
      {person ? <Doors person={person} /> : null}
    </Flex>
  );
}

type Row = { key: string; box: Box; camera?: Camera; may: boolean; why: string };

function Doors({ person }: { person: PersonDetail }) {
  const w = useWords(says);
  const now = useNow();
  const bar = barOf(person, now);
  const places = usePlaces();
  const rows = useRows(person, bar !== null, places.boxes, places.cameras);
  return (
    <Flex vertical gap={16}>
      <Flex gap={16} align="center" wrap>
        <Face of={person} size={64}>
          <span>
            <Link to="/people/$id" params={{ id: person.identity_id }}>
              <strong>{person.name}</strong>
            </Link>
            <div>
              <Typography.Text type="secondary">{w.memberOf}: </Typography.Text>
              <GroupTags ids={person.groups} />
            </div>
          </span>
        </Face>
      </Flex>
      {bar ? <Alert type="error" showIcon role="status" title={`${person.name} ${w.bars[bar]}`} /> : null}
      {rows ? <Rows person={person} rows={rows} /> : <NotKnown places={places} />}
    </Flex>
  );
}

function Rows({ person, rows }: { person: PersonDetail; rows: Row[] }) {
  const w = useWords(says);
  return (
    <Table<Row>
      rowKey="key"
      size="middle"
      dataSource={rows}
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
      scroll={{ x: "max-content" }}
      columns={[
        { key: "may", title: w.may, render: (_, row) => <May may={row.may} /> },
        {
          key: "where",
          title: w.where,
          render: (_, { box, camera }) => (
            <span>
              <Link to="/groups" search={{ view: "box", box: box.dev_sno }}>
                {box.name}
              </Link>
              {camera ? ` · ${camera.name}` : ""}
            </span>
          ),
        },
        { key: "why", title: w.why, render: (_, row) => row.why },
        { key: "state", title: w.state, render: (_, row) => <OnBox person={person} box={row.box} /> },
      ]}
    />
  );
}

/** A row for each camera, and one for each box that reported none; doors that open first. Null: they are not known. */
function useRows(person: PersonDetail, isBarred: boolean, boxes?: Box[], cameras?: Camera[]): Row[] | null {
  const w = useWords(says);
  const nameOf = useGroupNames();
  if (!boxes || !cameras) return null;
  const named = (ids: string[]) => ids.map((id) => `“${nameOf(id)}”`).join(", ");
  const rows = boxes.flatMap((box) => {
    const shared = common(person, box);
    const outside = box.groups.length > 0 ? w.notServed(named(box.groups)) : w.notServedAny;
    const why = shared.length > 0 ? w.by(named(shared)) : person.groups.length > 0 ? outside : w.memberOfNone;
    const of = cameras.filter((camera) => camera.dev_sno === box.dev_sno);
    if (of.length === 0) return [{ key: box.dev_sno, box, may: shared.length > 0 && !isBarred, why }];
    return of.map((camera) => {
      const passes = passesAt(camera, shared, person);
      const bound = camera.group_id && shared.length > 0;
      return {
        key: camera.ep_id,
        box,
        camera,
        may: passes && !isBarred,
        why: !bound
          ? why
          : passes
            ? w.by(named([camera.group_id ?? ""]))
            : w.boundTo(nameOf(camera.group_id ?? "")),
      };
    });
  });
  return [...rows].sort((one, other) => Number(other.may) - Number(one.may));
}

function May({ may }: { may: boolean }) {
  const w = useWords(says);
  const { token } = theme.useToken();
  return (
    <Flex gap={6} align="center">
      {may ? (
        <CheckCircleFilled style={{ color: token.colorSuccess }} aria-hidden />
      ) : (
        <CloseCircleFilled style={{ color: token.colorError }} aria-hidden />
      )}
      {may ? w.may : w.mayNot}
    </Flex>
  );
}

function OnBox({ person, box }: { person: PersonDetail; box: Box }) {
  const states = useWords(holdingStates);
  const held = person.boxes.find((each) => each.dev_sno === box.dev_sno && each.wanted);
  if (!held) return <span>–</span>;
  return (
    <Flex gap={6} align="center">
      <Tag color={held.state === "applied" ? "green" : held.state === "failed" ? "red" : "blue"}>
        {states[held.state]}
      </Tag>
      <Typography.Text type="secondary">
        <Age of={held.state === "applied" ? held.proved_at : held.changed_at} />
      </Typography.Text>
    </Flex>
  );
}
