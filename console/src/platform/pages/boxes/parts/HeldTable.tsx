/** Everybody who should be on a box or is still to be taken off it; those the box refused come first. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button, Flex, Input, Select, Tag, Typography } from "antd";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { serverNow } from "@/shared/clock";
import { holdingStates } from "@/shared/domain";
import { useErrorText } from "@/shared/Failure";
import { Age, lasting } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../../api";
import { useAnswer } from "../../commands/parts/State";
import { driftWords } from "./driftWords";

type Held = Schema<"HeldView">;

const COLOURS: Record<string, string> = { applied: "success", failed: "error", sent: "processing" };

export function HeldTable({ devSno }: { devSno: string }) {
  const w = useWords(driftWords);
  const states = useWords(holdingStates);
  const language = useLanguage();
  const mayChange = useMay("operator");
  const [asked, change] = useAddress();
  const query = { state: asked.held || undefined, search: asked.search || undefined };
  const path = { dev_sno: devSno };
  return (
    <div>
      <Flex gap={8} wrap className="filters">
        <Input.Search
          aria-label={w.search}
          placeholder={w.search}
          defaultValue={asked.search}
          onSearch={(search) => change({ search })}
          allowClear
          style={{ width: 240 }}
        />
        <Select
          aria-label={w.state}
          value={asked.held ?? ""}
          onChange={(held) => change({ held })}
          style={{ minWidth: 180 }}
          options={[
            { value: "", label: w.any },
            ...Object.entries(states).map(([value, label]) => ({ value, label })),
          ]}
        />
      </Flex>
      <CursorTable<Held>
        rowKey="identity_id"
        queryKey={["boxes", "held", devSno, query]}
        fetchPage={(cursor) =>
          must(api.GET("/api/v1/boxes/{dev_sno}/people", { params: { path, query: { ...query, cursor } } }))
        }
        refresh={3_000}
        empty={w.none}
        columns={[
          {
            title: w.person,
            key: "person",
            render: (_, { identity_id: id, name }) => (
              <Flex vertical>
                <Link to="/people/$id" params={{ id }}>
                  {name ?? id}
                </Link>
                <Typography.Text type="secondary" className="mono sub">
                  {id}
                </Typography.Text>
              </Flex>
            ),
          },
          {
            title: w.state,
            key: "state",
            render: (_, { state, wanted }) => (
              <Flex gap={4} wrap>
                <Tag color={COLOURS[state] ?? "default"}>{states[state] ?? state}</Tag>
                {wanted ? null : <Tag>{w.off}</Tag>}
              </Flex>
            ),
          },
          { title: w.reason, key: "why", render: (_, held) => <Why held={held} /> },
          { title: w.since, dataIndex: "changed_at", render: (at: number) => <Age of={at} /> },
          {
            title: w.proved,
            key: "proved",
            render: (_, { proved_at, took_ms }) =>
              proved_at ? (
                <Flex vertical>
                  <Age of={proved_at} />
                  {took_ms != null ? (
                    <Typography.Text type="secondary" className="sub">
                      {w.took} {lasting(took_ms, language)}
                    </Typography.Text>
                  ) : null}
                </Flex>
              ) : (
                "–"
              ),
          },
          ...(mayChange
            ? [
                {
                  title: "",
                  key: "do",
                  render: (_: unknown, held: Held) => <ResyncOne held={held} />,
                },
              ]
            : []),
        ]}
      />
    </div>
  );
}

function Why({ held }: { held: Held }) {
  const w = useWords(driftWords);
  const answer = useAnswer();
  if (held.state === "applied") return <>–</>;
  const said = answer(held.code, held.message);
  const parts =
    held.state === "failed"
      ? [held.wanted ? w.refusedBy : w.couldNot, said, held.wanted ? w.notAgain : null]
      : [held.state === "sent" ? w.noAnswer : w.toSend, said];
  if (held.attempts > 1) parts.push(w.tries(held.attempts));
  return (
    <div style={{ maxWidth: 360 }}>
      {parts.filter(Boolean).join("; ")}
      {held.next_attempt_at && held.next_attempt_at > serverNow() ? (
        <>
          ; {w.nextTry} <Age of={held.next_attempt_at} />
        </>
      ) : null}
    </div>
  );
}

function ResyncOne({ held }: { held: Held }) {
  const w = useWords(driftWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const path = { dev_sno: held.dev_sno, identity_id: held.identity_id };
  const resync = useMutation({
    mutationFn: () =>
      must(api.POST("/api/v1/boxes/{dev_sno}/people/{identity_id}/resync", { params: { path } })),
    onSuccess: ({ rows }) => {
      message.success(w.resynced(rows));
      void queries.invalidateQueries({ queryKey: ["boxes"] });
    },
    onError: (error) => message.error(text(error)),
  });
  return (
    <Button
      size="small"
      loading={resync.isPending}
      onClick={() => resync.mutate()}
      aria-label={`${w.one}: ${held.name ?? held.identity_id}`}
    >
      {w.one}
    </Button>
  );
}
