/** Greeting screens: links to open them by, what they show, and whom they greet. */
import { useQuery } from "@tanstack/react-query";
import { Card, Col, Flex, Row, Skeleton, Typography } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api } from "../../api";
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
              <Receiver />
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

/** Where other boxes send whom they let in. */
function Receiver() {
  const w = useWords(says);
  const { hostname } = new URL(useOrigin());
  return (
    <Card size="small" title={w.receiver}>
      <Typography.Paragraph type="secondary">{w.receiverHelp}</Typography.Paragraph>
      <Typography.Text copyable className="mono breakable">
        {`http://${hostname}:5555/updateWTVInfo`}
      </Typography.Text>
    </Card>
  );
}
