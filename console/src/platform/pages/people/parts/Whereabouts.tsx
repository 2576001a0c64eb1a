/** Where a person should be and is proved to be: each box with the fact behind its state and the fact's age. */
import { ReloadOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { Alert, App, Button, Card, Flex, Table, Tag, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { holdingStates } from "@/shared/domain";
import { useErrorText } from "@/shared/Failure";
import { Age, lasting, useNow } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useLanguage, useWords } from "@/shared/words";
import { api, useMay } from "../../../api";
import { type Held, type PersonDetail, useChanged } from "../data";
import { says } from "../person.words";

const COLOURS: Record<string, string> = { pending: "default", sent: "blue", applied: "green", failed: "red" };

export function Whereabouts({ person }: { person: PersonDetail }) {
  const w = useWords(says);
  const { wanted, proved, leaving } = person.on_boxes;
  return (
    <Card title={w.where} extra={<Resync person={person} />}>
      <Flex vertical gap={12}>
        {wanted > 0 ? (
          <Alert
            type={proved === wanted ? "success" : "info"}
            showIcon
            role="status"
            title={w.onBoxes(proved, wanted)}
            description={leaving > 0 ? w.leaving(leaving) : undefined}
          />
        ) : (
          <Nowhere person={person} leaving={leaving} />
        )}
        {person.boxes.length > 0 ? <Boxes person={person} /> : null}
      </Flex>
    </Card>
  );
}

function Nowhere({ person, leaving }: { person: PersonDetail; leaving: number }) {
  const w = useWords(says);
  const now = useNow();
  const isOver = person.valid_until !== null && person.valid_until !== undefined && person.valid_until <= now;
  const why = !person.photo ? w.onNoneWhy.photo : isOver ? w.onNoneWhy.validity : w.onNoneWhy.groups;
  return (
    <Alert
      type="warning"
      showIcon
      title={w.onNone}
      description={leaving > 0 ? `${why} ${w.leaving(leaving)}` : why}
    />
  );
}

function Boxes({ person }: { person: PersonDetail }) {
  const w = useWords(says);
  const states = useWords(holdingStates);
  const mayChange = useMay("operator");
  return (
    <Table<Held>
      size="small"
      rowKey="dev_sno"
      dataSource={person.boxes}
      pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }}
      scroll={{ x: "max-content" }}
      columns={[
        {
          key: "box",
          title: w.box,
          render: (_, held) => (
            <Link to="/boxes/$devSno" params={{ devSno: held.dev_sno }}>
              {held.box_name}
            </Link>
          ),
        },
        {
          key: "state",
          title: w.state,
          render: (_, held) => (
            <Flex gap={6} align="center">
              <Tag color={COLOURS[held.state]} style={{ margin: 0 }}>
                {held.wanted ? states[held.state] : w.toLeave[held.state]}
              </Tag>
              <Typography.Text type="secondary">
                <Age of={held.state === "applied" ? held.proved_at : held.changed_at} />
              </Typography.Text>
            </Flex>
          ),
        },
        { key: "why", title: w.why, render: (_, held) => <Observed held={held} /> },
        ...(mayChange
          ? [
              {
                key: "again",
                title: <span className="unseen">{w.resync}</span>,
                render: (_: unknown, held: Held) => <Resync person={person} held={held} />,
              },
            ]
          : []),
      ]}
    />
  );
}

function Observed({ held }: { held: Held }) {
  const w = useWords(says);
  const told = useTold();
  const language = useLanguage();
  const took = held.took_ms;
  return (
    <div className="observed">
      {held.state === "applied" && took !== null && took !== undefined
        ? w.took(lasting(took, language))
        : null}
      {held.state === "sent" || held.state === "pending" ? <Waits held={held} /> : null}
      {held.code ? <div>{w.told(held.code, told(held.message ?? ""))}</div> : null}
      {held.attempts > 0 && held.state !== "applied" ? (
        <div>
          {w.attempts(held.attempts)}
          {held.next_attempt_at ? (
            <>
              , {w.next} <Age of={held.next_attempt_at} />
            </>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** What a box that has not answered is known to be at; the platform says it in these words. */
const BOXES: Record<string, "never" | "silent"> = {
  "the box has never logged in": "never",
  "the box gives no sign of life": "silent",
};

function Waits({ held }: { held: Held }) {
  const w = useWords(says);
  const box = BOXES[held.why ?? ""];
  if (box) return <>{w[box]}</>;
  if (held.state === "sent") return <>{w.waits}</>;
  return held.attempts === 0 ? w.toSend : null;
}

/** Sends the person again: to one box, or to all. */
function Resync({ person, held }: { person: PersonDetail; held?: Held }) {
  const w = useWords(says);
  const text = useErrorText();
  const mayChange = useMay("operator");
  const changed = useChanged();
  const { message } = App.useApp();
  const [busy, setBusy] = useState(false);
  if (!mayChange || person.boxes.length === 0) return null;
  const send = async () => {
    setBusy(true);
    const identity_id = person.identity_id;
    try {
      const { rows } = await must(
        held
          ? api.POST("/api/v1/boxes/{dev_sno}/people/{identity_id}/resync", {
              params: { path: { dev_sno: held.dev_sno, identity_id } },
            })
          : api.POST("/api/v1/people/{identity_id}/resync", { params: { path: { identity_id } } }),
      );
      message.success(w.resynced(rows));
      await changed();
    } catch (error) {
      message.error(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button size={held ? "small" : "middle"} icon={<ReloadOutlined />} loading={busy} onClick={send}>
      {held ? w.resync : w.resyncAll}
    </Button>
  );
}
