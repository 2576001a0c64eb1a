/** How the box is: what needs attention first, then every part with the age of what is known of it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Col, Flex, Row, Skeleton } from "antd";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useLanguage, useWords } from "@/shared/words";
import { type Schema, statusQuery } from "../../api";
import { attention } from "./attention";
import { BoxCard } from "./BoxCard";
import { EventsCard, PeopleCard } from "./Numbers";
import { CamerasCard, DoorsCard, ReceiversCard } from "./Parts";
import { PlatformCard } from "./PlatformCard";
import { needs, says } from "./words";

export function StatusPage() {
  const w = useWords(says);
  const status = useQuery(statusQuery);
  const { data, error } = status;
  return (
    <Page title={w.title} hint={w.hint}>
      {error ? <Failure error={error} retry={() => status.refetch()} /> : null}
      {data ? (
        <Facts status={data} clockApart={data.now_ms - status.dataUpdatedAt} />
      ) : error ? null : (
        <Skeleton active />
      )}
    </Page>
  );
}

function Facts({ status, clockApart }: { status: Schema<"BoxStatus">; clockApart: number }) {
  return (
    <Flex vertical gap={16}>
      <Attention status={status} clockApart={clockApart} />
      <Row gutter={[16, 16]}>
        <Col xs={24} lg={12}>
          <BoxCard status={status} clockApart={clockApart} />
        </Col>
        <Col xs={24} lg={12}>
          <PlatformCard status={status} />
        </Col>
        <Col xs={24} md={12}>
          <PeopleCard status={status} />
        </Col>
        <Col xs={24} md={12}>
          <EventsCard status={status} />
        </Col>
        <Col xs={24} lg={12}>
          <CamerasCard cameras={status.cameras} />
        </Col>
        <Col xs={24} lg={12}>
          <DoorsCard doors={status.doors.doors} />
        </Col>
        <Col span={24}>
          <ReceiversCard lanes={status.uploads} />
        </Col>
      </Row>
    </Flex>
  );
}

function Attention({ status, clockApart }: { status: Schema<"BoxStatus">; clockApart: number }) {
  const w = useWords(says);
  const language = useLanguage();
  const found = attention(status, clockApart, useWords(needs), w, language);
  if (found.length === 0) return <Alert type="success" showIcon title={w.fine} />;
  return (
    <Flex vertical gap={8} role="list" aria-label={w.attention}>
      {found.map((need) => (
        <Alert
          key={need.key}
          role="listitem"
          type={need.level}
          showIcon
          title={need.text}
          action={
            <Link to={need.to} search={need.search ?? {}}>
              <Button size="small">{w.look}</Button>
            </Link>
          }
        />
      ))}
    </Flex>
  );
}
