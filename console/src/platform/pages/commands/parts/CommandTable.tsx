/** Commands, newest first, and one of them in a drawer; which one stands in the address. */
import { Button, Flex, Typography } from "antd";
import { useAddress } from "@/shared/address";
import { must } from "@/shared/api";
import { CursorTable } from "@/shared/CursorTable";
import { Age, lasting } from "@/shared/time";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema } from "../../../api";
import { BoxLink } from "../../../parts/boxes";
import { CommandDrawer } from "./CommandDrawer";
import { Answer, CommandState } from "./State";
import { commandWords } from "./words";

type Command = Schema<"CommandView">;
export type CommandFilter = { dev_sno?: string; state?: string; method?: string };

export function CommandTable({ filter, hideBox = false }: { filter: CommandFilter; hideBox?: boolean }) {
  const w = useWords(commandWords);
  const language = useLanguage();
  const [asked, change] = useAddress();
  const isFiltered = Boolean(filter.state || filter.method || (filter.dev_sno && !hideBox));
  return (
    <>
      <CursorTable<Command>
        rowKey="id"
        queryKey={["commands", filter]}
        fetchPage={(cursor) =>
          must(api.GET("/api/v1/commands", { params: { query: { ...filter, cursor } } }))
        }
        refresh={5_000}
        empty={isFiltered ? w.noneFits : w.none}
        columns={[
          {
            title: w.method,
            key: "method",
            render: (_, { method, id }) => (
              <Flex vertical align="flex-start">
                <Button type="link" className="cell-link" onClick={() => change({ command: id })}>
                  {w.methods[method] ?? method}
                </Button>
                <Typography.Text type="secondary" className="mono sub">
                  {method}
                </Typography.Text>
              </Flex>
            ),
          },
          ...(hideBox
            ? []
            : [
                {
                  title: w.box,
                  key: "box",
                  render: (_: unknown, { dev_sno }: Command) => <BoxLink devSno={dev_sno} />,
                },
              ]),
          { title: w.state, dataIndex: "state", render: (state: string) => <CommandState state={state} /> },
          {
            title: w.answer,
            key: "answer",
            render: (_, { code, message, state }) =>
              state === "queued" || state === "published" ? (
                <Typography.Text type="secondary">{w.noAnswer}</Typography.Text>
              ) : (
                <div style={{ maxWidth: 320 }}>
                  <Answer code={code} message={message} />
                </div>
              ),
          },
          { title: w.queued, dataIndex: "queued_at", render: (at: number) => <Age of={at} /> },
          {
            title: w.took,
            dataIndex: "took_ms",
            render: (ms: number | null) => (ms === null ? "–" : lasting(ms, language)),
          },
          { title: w.origin, dataIndex: "origin", render: (origin: string) => <Origin name={origin} /> },
        ]}
      />
      <CommandDrawer id={asked.command} onClose={() => change({ command: undefined })} />
    </>
  );
}

export function Origin({ name }: { name: string }) {
  const w = useWords(commandWords);
  return <>{name === "reconciler" ? w.reconciler : name}</>;
}
