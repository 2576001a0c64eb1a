/** Each part of the platform with what was observed of it. */
import { Alert, Flex, Tag, Typography } from "antd";
import { Age, lasting } from "@/shared/time";
import { WideTable } from "@/shared/WideTable";
import { useLanguage, useWords } from "@/shared/words";
import type { Schema } from "../../../api";
import { observed } from "../observed";
import { systemWords } from "../words";

type Row = Schema<"Part"> & { name: string };

const SIGNS: Record<string, "success" | "warning" | "error"> = {
  ready: "success",
  degraded: "warning",
  not_ready: "error",
};

/** `at`: when this was answered, in milliseconds since 1970. */
export function Parts({ readiness, at }: { readiness: Schema<"Readiness">; at: number }) {
  const w = useWords(systemWords);
  const language = useLanguage();
  const { status, ...parts } = readiness;
  const rows: Row[] = Object.entries(parts).map(([name, part]) => ({ name, ...part }));
  return (
    <Flex vertical gap={12}>
      <Alert type={SIGNS[status] ?? "info"} showIcon role="status" title={w.status[status] ?? status} />
      <WideTable<Row>
        rowKey="name"
        dataSource={rows}
        columns={[
          {
            title: w.part,
            key: "part",
            render: (_, { name, required }) => (
              <Flex vertical>
                <span>{w.parts[name] ?? name}</span>
                {required ? (
                  <Typography.Text type="secondary" className="sub">
                    {w.needed}
                  </Typography.Text>
                ) : null}
              </Flex>
            ),
          },
          {
            title: w.state,
            dataIndex: "ok",
            render: (ok: boolean, { required }) => (
              <Tag color={ok ? "success" : required ? "error" : "warning"}>{ok ? w.good : w.bad}</Tag>
            ),
          },
          {
            title: w.observed,
            dataIndex: "message",
            render: (message: string) => <div style={{ maxWidth: 420 }}>{observed(message, language)}</div>,
          },
          {
            title: w.age,
            key: "age",
            render: (_, { age_ms, name }) => (
              <>
                {name === "broker" && age_ms != null ? `${w.since} ` : null}
                <Age of={at - (age_ms ?? 0)} />
              </>
            ),
          },
          {
            title: w.took,
            dataIndex: "took_ms",
            render: (took: number | null) => (took == null ? "–" : lasting(took, language)),
          },
        ]}
      />
    </Flex>
  );
}
