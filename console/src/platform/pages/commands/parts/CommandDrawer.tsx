/** One command: its life with the time of each fact, what it did to whom, and the words that went to and fro. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Descriptions, Drawer, Flex, Skeleton, Table, Tag, Timeline, Typography } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Json } from "@/shared/Json";
import { lasting, Moment } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { BoxLink } from "../../../parts/boxes";
import { Origin } from "./CommandTable";
import { Faces } from "./Faces";
import { facesOf, type PersonResult, peopleOf } from "./results";
import { Answer, CommandState } from "./State";
import { commandWords } from "./words";

export function useCommand(id: string | undefined) {
  return useQuery({
    queryKey: ["command", id],
    queryFn: () => must(api.GET("/api/v1/commands/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== undefined,
    // What has ended does not change any more.
    refetchInterval: ({ state }) => (state.data?.finished_at ? false : 1500),
  });
}

export function CommandDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const w = useWords(commandWords);
  const command = useCommand(id);
  const method = command.data?.method;
  return (
    <Drawer
      open={id !== undefined}
      onClose={onClose}
      size={620}
      title={method ? (w.methods[method] ?? method) : w.open}
      destroyOnHidden
    >
      {command.error ? <Failure error={command.error} retry={() => command.refetch()} /> : null}
      {command.data ? <Detail command={command.data} /> : command.isPending ? <Skeleton active /> : null}
    </Drawer>
  );
}

function Detail({ command }: { command: Schema<"CommandDetail"> }) {
  const w = useWords(commandWords);
  const people = peopleOf(command.result);
  const faces = command.method === "fiqa" ? facesOf(command.result) : [];
  return (
    <Flex vertical gap={20}>
      <Descriptions
        column={1}
        size="small"
        items={[
          { key: "state", label: w.state, children: <CommandState state={command.state} /> },
          {
            key: "answer",
            label: w.answer,
            children:
              command.finished_at == null ? (
                w.noAnswer
              ) : (
                <Answer code={command.code} message={command.message} />
              ),
          },
          { key: "box", label: w.box, children: <BoxLink devSno={command.dev_sno} /> },
          { key: "origin", label: w.origin, children: <Origin name={command.origin} /> },
          { key: "id", label: w.id, children: <span className="mono">{command.id}</span> },
        ]}
      />
      <Life command={command} />
      {faces.length > 0 ? <Faces faces={faces} /> : null}
      {people.length > 0 ? <People people={people} /> : null}
      <section>
        <Typography.Title level={2} className="part-title">
          {w.message}
        </Typography.Title>
        <Json value={command.payload} label={w.message} />
      </section>
      {command.result ? (
        <section>
          <Typography.Title level={2} className="part-title">
            {w.raw}
          </Typography.Title>
          <Json value={command.result} label={w.raw} />
        </section>
      ) : null}
    </Flex>
  );
}

const SIGNS: Record<string, string> = { done: "green", failed: "red", expired: "orange", published: "blue" };

function Life({ command }: { command: Schema<"CommandDetail"> }) {
  const w = useWords(commandWords);
  const language = useLanguage();
  const first = command.facts[0]?.at ?? command.queued_at;
  return (
    <section>
      <Typography.Title level={2} className="part-title">
        {w.life}
      </Typography.Title>
      <Timeline
        items={command.facts.map(({ at, state }, index) => ({
          key: `${state}-${at}`,
          color: SIGNS[state] ?? "gray",
          content: (
            <Flex vertical>
              <span>
                {w.facts[state as keyof typeof w.facts] ?? state}
                {state === "published" && command.attempts > 1 ? ` (${w.attempts(command.attempts)})` : null}
              </span>
              <Typography.Text type="secondary" className="sub">
                <Moment of={at} />
                {index > 0 ? ` · ${w.after(lasting(at - first, language))}` : null}
              </Typography.Text>
            </Flex>
          ),
        }))}
      />
    </section>
  );
}

function People({ people }: { people: PersonResult[] }) {
  const w = useWords(commandWords);
  return (
    <section>
      <Typography.Title level={2} className="part-title">
        {w.people}
      </Typography.Title>
      <Table<PersonResult>
        size="small"
        rowKey={({ id, ok }) => `${id}-${ok}`}
        dataSource={people}
        pagination={people.length > 20 ? { pageSize: 20, showSizeChanger: false } : false}
        columns={[
          {
            title: w.person,
            key: "person",
            render: (_, { id, name }) => (
              <Flex vertical>
                <Link to="/people/$id" params={{ id }}>
                  {name || id}
                </Link>
                {name ? (
                  <Typography.Text type="secondary" className="mono sub">
                    {id}
                  </Typography.Text>
                ) : null}
              </Flex>
            ),
          },
          {
            title: w.result,
            key: "result",
            render: (_, { ok, code, message }) =>
              ok ? <Tag color="success">{w.ok}</Tag> : <Answer code={code} message={message} />,
          },
        ]}
      />
    </section>
  );
}
