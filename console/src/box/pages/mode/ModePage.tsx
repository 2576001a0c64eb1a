/** Alone or managed: the mode, whom the box belongs to, and pairing it. */
import { useQuery } from "@tanstack/react-query";
import { Col, Flex, Row, Skeleton } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api, statusQuery } from "../../api";
import { PlatformCard } from "../status/PlatformCard";
import { ModeCards } from "./ModeCards";
import { PairByHand, PairByLink } from "./Pairing";
import { says } from "./words";

export function ModePage() {
  const w = useWords(says);
  const status = useQuery(statusQuery);
  const pairing = useQuery({
    queryKey: ["pairing"],
    queryFn: () => must(api.GET("/api/v1/pairing")),
    refetchInterval: 10_000,
  });
  const error = status.error ?? pairing.error;
  return (
    <Page title={w.title} hint={w.hint}>
      {error ? (
        <Failure
          error={error}
          retry={() => {
            void status.refetch();
            void pairing.refetch();
          }}
        />
      ) : null}
      {status.data && pairing.data ? (
        <Flex vertical gap={16}>
          <ModeCards mode={status.data.work_mode} isPaired={pairing.data.paired} />
          <Row gutter={[16, 16]}>
            <Col xs={24} lg={8}>
              <PairByLink />
            </Col>
            <Col xs={24} lg={8}>
              <PairByHand
                key={`${pairing.data.dev_sno} ${pairing.data.login_url}`}
                devSno={pairing.data.dev_sno ?? ""}
                loginUrl={pairing.data.login_url ?? ""}
              />
            </Col>
            <Col xs={24} lg={8}>
              <PlatformCard status={status.data} />
            </Col>
          </Row>
        </Flex>
      ) : error ? null : (
        <Skeleton active />
      )}
    </Page>
  );
}
