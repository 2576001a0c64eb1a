/** Greeting screens: links to open them by, what they show, and whom they greet. */
import { useQuery } from "@tanstack/react-query";
import { Alert, Card, Col, Flex, Row, Skeleton, Typography } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api, type Schema, systemQuery } from "../../api";
import { useOrigin } from "../../shared/origin";
import { Links } from "./Links";
import { Media } from "./Media";
import { SettingsForm } from "./SettingsForm";
import { says } from "./words";

export function WelcomePage() {
  const w = useWords(says);
  const welcome = useQuery({
    queryKey: ["welcome"],
    queryFn: () => must(api.GET("/api/v1/welcome")),
    refetchInterval: 10_000,
  });
  const { data, error } = welcome;
  return (
    <Page title={w.title} hint={w.hint}>
      {error ? <Failure error={error} retry={() => welcome.refetch()} /> : null}
      {data ? (
        <Row gutter={[16, 16]}>
          <Col xs={24} lg={12}>
            <Flex vertical gap={16}>
              <Links looking={data.screens} />
              <Media />
              <Receiver local={data.local_api} />
            </Flex>
          </Col>
          <Col xs={24} lg={12}>
            <SettingsForm key={JSON.stringify(data.settings)} settings={data.settings} />
          </Col>
        </Row>
      ) : error ? null : (
        <Skeleton active />
      )}
    </Page>
  );
}

/**
 * Where other boxes send whom they let in: to the box's own port when the network reaches it, otherwise to the port of these pages,
 * which speaks nothing but TLS to others.
 */
function Receiver({ local }: { local: Schema<"LocalPort"> }) {
  const w = useWords(says);
  const origin = useOrigin();
  const own = useQuery({ ...systemQuery, enabled: local.here_only }).data?.certificate?.own;
  const { hostname } = new URL(origin);
  const place = local.here_only ? origin : `${local.tls ? "https" : "http"}://${hostname}:${local.port}`;
  return (
    <Card size="small" title={w.receiver}>
      <Typography.Paragraph type="secondary">{w.receiverHelp}</Typography.Paragraph>
      <Typography.Paragraph>
        <Typography.Text copyable className="mono breakable">
          {`${place}/updateWTVInfo`}
        </Typography.Text>
      </Typography.Paragraph>
      {local.here_only ? (
        <Alert
          type={own ? "warning" : "info"}
          showIcon
          title={own ? w.receiverOwn : w.receiverTls}
          description={w.receiverPlain}
        />
      ) : null}
    </Card>
  );
}
