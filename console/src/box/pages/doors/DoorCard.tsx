/** A camera's door: how it is, what it did last, and a button that opens it to see whether it does. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Card, Descriptions, Flex, Popconfirm, Tag, Timeline, Typography } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Age } from "@/shared/time";
import { inWords } from "@/shared/trace/found";
import { doorKinds } from "@/shared/trace/words";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { doorOrders, doorStates } from "../../shared/words";
import { says } from "./words";

export function DoorCard({ door }: { door: Schema<"CameraDoor"> }) {
  const w = useWords(says);
  const kinds = useWords(doorKinds);
  const states = useWords(doorStates);
  const language = useLanguage();
  const seconds = door.closes_in_ms ? Math.ceil(door.closes_in_ms / 1000) : null;
  const state = (
    <>
      <Tag color={door.state === "open" ? "green" : "default"}>{states[door.state] ?? door.state}</Tag>
      {door.state === "unknown" ? w.silent : <Age of={door.since} never={w.unmoved} />}
      {seconds === null ? null : ` · ${w.closes(seconds)}`}
    </>
  );
  return (
    <Card
      size="small"
      title={
        <Link to="/cameras/$name" params={{ name: door.camera }}>
          {door.camera}
        </Link>
      }
      extra={<Test camera={door.camera} />}
    >
      <Flex vertical gap={12}>
        {door.trouble ? <Alert type="error" showIcon title={inWords(door.trouble, language)} /> : null}
        {door.resting ? <Alert type="warning" showIcon title={w.resting} /> : null}
        <Descriptions
          size="small"
          column={1}
          items={[
            { key: "state", label: w.state, children: state },
            { key: "kind", label: w.kind, children: kinds[door.kind] ?? door.kind },
            {
              key: "place",
              label: w.place,
              children: <span className="breakable">{inWords(door.place, language)}</span>,
            },
          ]}
        />
        {door.last.length === 0 ? (
          <Typography.Text type="secondary">
            {w.last}: {w.never}
          </Typography.Text>
        ) : (
          <Timeline
            items={door.last.map((deed) => ({
              key: `${deed.at} ${deed.camera}`,
              color: deed.result === "ok" ? "green" : "red",
              content: <Deed deed={deed} />,
            }))}
          />
        )}
      </Flex>
    </Card>
  );
}

function Deed({ deed }: { deed: Schema<"DoorDeed"> }) {
  const w = useWords(says);
  const actions = useWords(doorOrders);
  const language = useLanguage();
  return (
    <div>
      <Typography.Text strong>{actions[deed.action] ?? deed.action}</Typography.Text> ·{" "}
      <Typography.Text type={deed.result === "ok" ? "success" : "danger"}>
        {inWords(deed.result, language)}
      </Typography.Text>{" "}
      · {w.took(deed.ms)} ·{" "}
      <Typography.Text type="secondary">
        <Age of={deed.at} />
      </Typography.Text>
      <div>
        <Typography.Text type="secondary">
          {deed.identity_id ? (
            <>
              <Link to="/people/$id" params={{ id: deed.identity_id }} className="in-text">
                {deed.identity_id}
              </Link>
              :{" "}
            </>
          ) : null}
          {inWords(deed.reason, language)}
        </Typography.Text>
      </div>
    </div>
  );
}

function Test({ camera }: { camera: string }) {
  const w = useWords(says);
  const language = useLanguage();
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: () =>
      must(
        api.POST("/api/v1/doors/{camera}/open", {
          params: { path: { camera } },
          body: { reason: w.reason },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["doors"] }),
  });
  return (
    <Flex gap={8} align="center" wrap justify="end" role="status">
      {test.data ? (
        <Tag color={test.data.result === "ok" ? "green" : "red"} style={{ whiteSpace: "normal" }}>
          {test.data.result === "ok" ? w.ok(test.data.ms) : inWords(test.data.result, language)}
        </Tag>
      ) : null}
      {test.error ? <Failure error={test.error} /> : null}
      <Popconfirm
        title={w.testTitle(camera)}
        description={w.testHelp}
        okText={w.test}
        cancelText={w.cancel}
        onConfirm={() => test.mutate()}
      >
        <Button size="small" loading={test.isPending}>
          {w.test}
        </Button>
      </Popconfirm>
    </Flex>
  );
}
