/** What the computer is, what is left of it, and what time it has. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import {
  Alert,
  App,
  Button,
  Card,
  Col,
  Descriptions,
  Flex,
  Form,
  Input,
  Progress,
  Row,
  Skeleton,
  Typography,
} from "antd";
import { bytes, percent } from "@/shared/domain";
import { Failure } from "@/shared/Failure";
import { Age, lasting, useNow } from "@/shared/time";
import { useWork } from "@/shared/useWork";
import { useLanguage, useWords } from "@/shared/words";
import { api, type Schema, systemQuery } from "../../api";
import { says } from "./words";

type System = Schema<"System">;

export function About() {
  const system = useQuery(systemQuery);
  const { data, error } = system;
  if (!data) return error ? <Failure error={error} retry={() => system.refetch()} /> : <Skeleton active />;
  return (
    <Flex vertical gap={16}>
      {error ? <Failure error={error} retry={() => system.refetch()} /> : null}
      <Row gutter={[16, 16]}>
        <Col xs={24} lg={12}>
          <Name key={data.name} system={data} />
        </Col>
        <Col xs={24} lg={12}>
          <Time system={data} at={system.dataUpdatedAt} />
        </Col>
        <Col xs={24} lg={12}>
          <Computer system={data} />
        </Col>
        <Col xs={24} lg={12}>
          <Storage storage={data.storage} />
        </Col>
      </Row>
    </Flex>
  );
}

function Name({ system }: { system: System }) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const { busy, failure, run } = useWork();
  const save = (body: { name: string }) =>
    run(async () => {
      await api.PUT("/api/v1/system/name", { body });
      await queries.invalidateQueries({ queryKey: ["system"] });
      message.success(w.saved);
    });
  return (
    <Card size="small" title={w.name} className="fill">
      <Form
        layout="vertical"
        initialValues={{ name: system.name === system.host_name ? "" : system.name }}
        onFinish={save}
        disabled={busy}
      >
        <Form.Item name="name" extra={w.nameHelp(system.host_name)}>
          <Input aria-label={w.name} maxLength={64} placeholder={system.host_name} />
        </Form.Item>
        {failure ? <Failure error={failure} /> : null}
        <Button htmlType="submit" loading={busy}>
          {w.save}
        </Button>
      </Form>
    </Card>
  );
}

/** `at`: when this browser heard it. */
function Time({ system: { clock }, at }: { system: System; at: number }) {
  const w = useWords(says);
  const language = useLanguage();
  const now = useNow();
  const shown = new Date(Math.max(now, at) + clock.now - at + clock.utc_offset_s * 1000);
  const ahead = clock.ahead_of_platform_ms;
  const apart = ahead === null || ahead === undefined ? null : Math.abs(ahead);
  const compared =
    apart === null ? (
      w.notCompared
    ) : (
      <span>
        {apart <= 1000
          ? w.agrees
          : (ahead ?? 0) > 0
            ? w.ahead(lasting(apart, language))
            : w.behind(lasting(apart, language))}{" "}
        (<Age of={clock.compared_at} />)
      </span>
    );
  return (
    <Card size="small" title={w.clock} className="fill">
      <Descriptions
        size="small"
        column={1}
        items={[
          {
            key: "clock",
            label: w.clock,
            children: new Intl.DateTimeFormat(language, {
              dateStyle: "medium",
              timeStyle: "medium",
              timeZone: "UTC",
            }).format(shown),
          },
          {
            key: "zone",
            label: w.zone,
            children: `${clock.time_zone ?? w.unknown} (${w.utc}${offset(clock.utc_offset_s)})`,
          },
          { key: "platform", label: w.platformClock, children: compared },
        ]}
      />
      <Typography.Text type="secondary">{w.clockHelp}</Typography.Text>
    </Card>
  );
}

function Computer({ system }: { system: System }) {
  const w = useWords(says);
  const language = useLanguage();
  const { processor, memory } = system;
  const size = memory.size_gb?.toFixed(1) ?? w.unknown;
  return (
    <Card size="small" title={w.tabs.about} className="fill">
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: "version", label: w.version, children: system.version },
          { key: "models", label: w.models, children: system.model_pack },
          { key: "serial", label: w.serial, children: <span className="mono">{system.serial}</span> },
          {
            key: "addresses",
            label: w.addresses,
            children: <span className="mono">{system.addresses.join(", ") || w.unknown}</span>,
          },
          { key: "running", label: w.running, children: lasting(system.uptime_ms, language) },
          {
            key: "processor",
            label: w.processor,
            children: [
              w.cores(processor.cores),
              ...(typeof processor.busy_percent === "number" ? [w.busy(processor.busy_percent)] : []),
            ].join(", "),
          },
          {
            key: "memory",
            label: w.memory,
            children: [
              w.memoryIs(size, percent(memory.usage)),
              ...(typeof memory.own_bytes === "number" ? [w.own(bytes(memory.own_bytes))] : []),
            ].join("; "),
          },
        ]}
      />
    </Card>
  );
}

function Storage({ storage }: { storage: System["storage"] }) {
  const w = useWords(says);
  const { size_bytes: size, free_bytes: free } = storage;
  const isKnown = typeof size === "number" && typeof free === "number" && size > 0;
  return (
    <Card size="small" title={w.storage} className="fill">
      {storage.is_low ? <Alert type="error" showIcon title={w.low} /> : null}
      {isKnown ? (
        <>
          <Progress
            percent={Math.round(((size - free) / size) * 100)}
            status={storage.is_low ? "exception" : "normal"}
            aria-label={w.storage}
          />
          <div>{w.free(bytes(free), bytes(size))}</div>
        </>
      ) : null}
      <Descriptions
        size="small"
        column={1}
        style={{ marginTop: 12 }}
        items={[
          {
            key: "directory",
            label: w.directory,
            children: <span className="mono breakable">{storage.directory}</span>,
          },
          { key: "database", label: w.database, children: bytes(storage.database_bytes) },
          { key: "events", label: w.events, children: storage.events.kept },
          { key: "waiting", label: w.waiting, children: storage.events_waiting },
        ]}
      />
    </Card>
  );
}

/** "+08:00" of seconds. */
function offset(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${seconds < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
