/** How faces are judged here: the settings with what they lead to, and a photo to try them on. */
import { useQuery } from "@tanstack/react-query";
import { Col, Row, Skeleton } from "antd";
import { must } from "@/shared/api";
import { Failure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { SettingsForm } from "./SettingsForm";
import { TryPhoto } from "./TryPhoto";
import { says } from "./words";

export function RecognitionPage() {
  const w = useWords(says);
  const settings = useQuery({
    queryKey: ["recognition"],
    queryFn: () => must(api.GET("/api/v1/recognition")),
  });
  const { data, error } = settings;
  return (
    <Page title={w.title} hint={w.hint}>
      <Row gutter={[16, 16]}>
        <Col xs={24} xl={12}>
          {error ? <Failure error={error} retry={() => settings.refetch()} /> : null}
          {data ? (
            <SettingsForm key={JSON.stringify(data.settings)} view={data} />
          ) : error ? null : (
            <Skeleton active />
          )}
        </Col>
        <Col xs={24} xl={12}>
          <TryPhoto />
        </Col>
      </Row>
    </Page>
  );
}
