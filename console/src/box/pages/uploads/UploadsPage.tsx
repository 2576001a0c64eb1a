/** Who is sent what happens here: every receiver with its last answer, and the box's own to be changed. */
import { useQuery } from "@tanstack/react-query";
import { Col, Flex, Row, Skeleton, Typography } from "antd";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { uploadsQuery } from "../../api";
import { Lanes } from "./Lanes";
import { HistoryForm, MonitorForm, RealtimeForm } from "./ReceiverForms";
import { says } from "./words";

export function UploadsPage() {
  const w = useWords(says);
  const uploads = useQuery(uploadsQuery);
  const { data, error } = uploads;
  return (
    <Page title={w.title} hint={w.hint}>
      {error ? <Failure error={error} retry={() => uploads.refetch()} /> : null}
      {data ? (
        <Flex vertical gap={16}>
          <Lanes lanes={data.receivers} cursors={data.backlog} />
          <Typography.Title level={2} style={{ fontSize: 18, margin: "8px 0 0" }}>
            {w.own}
          </Typography.Title>
          <Row gutter={[16, 16]}>
            <Col xs={24} lg={8}>
              <RealtimeForm key={JSON.stringify(data.realtime)} settings={data.realtime} />
            </Col>
            <Col xs={24} lg={8}>
              <HistoryForm key={JSON.stringify(data.history)} settings={data.history} />
            </Col>
            <Col xs={24} lg={8}>
              <MonitorForm key={JSON.stringify(data.status)} settings={data.status} />
            </Col>
          </Row>
        </Flex>
      ) : error ? null : (
        <Skeleton active />
      )}
    </Page>
  );
}
