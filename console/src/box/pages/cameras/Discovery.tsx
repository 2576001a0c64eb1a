/** Finds ONVIF cameras in the network; one that is chosen goes into the form, filled in. */
import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Empty, Flex, Form, Input, Select, Spin, Tag, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { finds } from "./discoveryWords";
import { type Fields, fieldsOf, newFields } from "./settings";
import { fieldWords } from "./words";

type Asked = { user: string; password: string; addresses: string };
type Found = Schema<"FoundDevice">;

const SECONDS = 4;

/** `known`: addresses of cameras that are there already. */
export function Discovery({ known, onTake }: { known: Set<string>; onTake: (fields: Fields) => void }) {
  const w = useWords(finds);
  const f = useWords(fieldWords);
  const [asked, setAsked] = useState<Asked>({ user: "", password: "", addresses: "" });
  const scan = useMutation({
    mutationFn: ({ user, password, addresses }: Asked) =>
      must(
        api.POST("/api/v1/discovery", {
          body: { seconds: SECONDS, addresses: addresses.split(/[\s,]+/).filter(Boolean), user, password },
        }),
      ),
  });
  const search = (fields: Asked) => {
    setAsked(fields);
    scan.mutate(fields);
  };
  const take = (found: Found, url: string | null) => {
    const settings = found.camera ?? null;
    const fields = settings ? fieldsOf(settings) : { ...newFields("rtsp"), address: found.address };
    onTake({
      ...fields,
      name: fields.name || found.name || found.address,
      url: url ?? fields.url ?? null,
      user: asked.user || null,
      password: asked.password || null,
    });
  };
  return (
    <>
      <Typography.Paragraph type="secondary">{w.hint}</Typography.Paragraph>
      <Form<Asked> layout="vertical" initialValues={asked} onFinish={search} disabled={scan.isPending}>
        <div className="pair">
          <Form.Item name="user" label={w.account}>
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="password" label={f.password}>
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        </div>
        <Form.Item name="addresses" label={w.addresses}>
          <Input className="mono" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={scan.isPending}>
          {w.look}
        </Button>
      </Form>
      <div role="status" style={{ marginTop: 16 }}>
        {scan.isPending ? <Spin description={w.looking} size="small" /> : null}
        {scan.error ? <Failure error={scan.error} /> : null}
        {scan.data && !scan.isPending ? (
          scan.data.items.length === 0 ? (
            <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={w.nothing} />
          ) : (
            <Typography.Text strong>{w.found(scan.data.items.length)}</Typography.Text>
          )
        ) : null}
      </div>
      {scan.isPending
        ? null
        : scan.data?.items.map((found) => (
            <Device
              key={`${found.address} ${found.service}`}
              found={found}
              isKnown={known.has(found.address)}
              onTake={(url) => take(found, url)}
            />
          ))}
    </>
  );
}

function Device({
  found,
  isKnown,
  onTake,
}: {
  found: Found;
  isKnown: boolean;
  onTake: (url: string | null) => void;
}) {
  const w = useWords(finds);
  const [url, setUrl] = useState<string | null>(null);
  const suggested = (found.camera as { url?: string | null } | null | undefined)?.url ?? null;
  return (
    <div className="device">
      <Flex justify="space-between" align="center" gap={8} wrap>
        <div>
          <Typography.Text strong>{found.name || found.hardware || found.address}</Typography.Text>{" "}
          {isKnown ? <Tag>{w.known}</Tag> : null}
          <div className="mono">{found.address}</div>
          <Typography.Text type="secondary">
            {[found.details?.manufacturer, found.details?.model ?? found.hardware, found.location]
              .filter(Boolean)
              .join(" · ")}
          </Typography.Text>
        </div>
        <Button onClick={() => onTake(url)}>{w.take}</Button>
      </Flex>
      {found.streams.length > 0 ? (
        <Select
          aria-label={w.stream}
          value={url ?? suggested ?? found.streams[0]?.url ?? ""}
          onChange={setUrl}
          style={{ width: "100%", marginTop: 8 }}
          options={found.streams.map((stream) => ({
            value: stream.url,
            label: `${stream.name || stream.profile} · ${stream.codec} ${stream.size?.join(" × ") ?? ""}`,
          }))}
        />
      ) : (
        <Alert type="info" showIcon style={{ marginTop: 8 }} title={w.noStreams} description={found.error} />
      )}
    </div>
  );
}
