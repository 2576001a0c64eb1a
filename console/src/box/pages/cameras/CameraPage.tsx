/** One camera: what it shows now, how it is, its devices if it is a pad, and its settings. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { App, Breadcrumb, Button, Card, Col, Descriptions, Flex, Form, Row, Skeleton } from "antd";
import { must } from "@/shared/api";
import { Failure, FormFailure } from "@/shared/Failure";
import { Page } from "@/shared/Page";
import { TakeAway } from "@/shared/TakeAway";
import { Age } from "@/shared/time";
import { useTold } from "@/shared/told/useTold";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api, type Schema } from "../../api";
import { CameraState } from "../../shared/CameraState";
import { cameraKinds } from "../../shared/words";
import { CameraFields } from "./CameraFields";
import { LivePicture } from "./LivePicture";
import { Pads } from "./Pads";
import { Results } from "./Results";
import { SettingsShown } from "./SettingsShown";
import { type Fields, fieldsOf, toChange } from "./settings";
import { says } from "./words";

export function CameraPage() {
  const w = useWords(says);
  const { name } = useParams({ from: "/inside/cameras/$name" });
  const camera = useQuery({
    queryKey: ["camera", name],
    queryFn: () => must(api.GET("/api/v1/cameras/{name}", { params: { path: { name } } })),
    refetchInterval: 5_000,
  });
  const { data, error } = camera;
  return (
    <Page
      title={name}
      actions={
        <Flex gap={12} align="center" wrap>
          <Breadcrumb items={[{ title: <Link to="/cameras">{w.back}</Link> }, { title: name }]} />
          {data && !data.in_file ? <Remove name={name} /> : null}
        </Flex>
      }
    >
      {error ? <Failure error={error} retry={() => camera.refetch()} /> : null}
      {data ? (
        <Row gutter={[16, 16]}>
          <Col xs={24} lg={14}>
            <Flex vertical gap={16}>
              <LivePicture name={name} />
              {data.settings.kind === "pad" ? <Pads name={name} /> : null}
            </Flex>
          </Col>
          <Col xs={24} lg={10}>
            <Flex vertical gap={16}>
              <Results camera={name} />
              <Facts camera={data} />
              {data.in_file ? (
                <SettingsShown settings={data.settings} />
              ) : (
                <Settings key={JSON.stringify(data.settings)} camera={data} />
              )}
            </Flex>
          </Col>
        </Row>
      ) : error ? null : (
        <Skeleton active />
      )}
    </Page>
  );
}

function Facts({ camera: { status, settings } }: { camera: Schema<"Camera"> }) {
  const w = useWords(says);
  const kinds = useWords(cameraKinds);
  const told = useTold();
  const rows = [
    { key: "state", label: w.state, children: <CameraState status={status} /> },
    { key: "kind", label: w.kind, children: kinds[settings.kind] ?? settings.kind },
    { key: "address", label: w.address, children: <span className="mono">{status.address}</span> },
    {
      key: "last",
      label: w.last,
      children: status.last_capture_at ? <Age of={status.last_capture_at} /> : w.never,
    },
    { key: "captures", label: w.captures, children: status.captures },
    { key: "dropped", label: w.dropped, children: status.dropped },
  ];
  const refusal = status.last_refusal;
  if (refusal)
    rows.push({
      key: "refusal",
      label: w.lastRefusal,
      children: (
        <span>
          {told(refusal.reason)} (<Age of={refusal.at} />)
        </span>
      ),
    });
  return (
    <Card size="small" title={w.facts}>
      <Descriptions size="small" column={1} items={rows} />
    </Card>
  );
}

function Settings({ camera: { status, settings } }: { camera: Schema<"Camera"> }) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const { busy, failure, run } = useWork();
  const [form] = Form.useForm<Fields>();
  const fields = fieldsOf(settings);
  const save = () =>
    run(async () => {
      const changed = toChange({ ...fields, ...form.getFieldsValue(true) } as Fields, settings);
      const path = { name: status.name };
      await api.PATCH("/api/v1/cameras/{name}", { params: { path }, body: changed as never });
      await Promise.all(["camera", "cameras"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      message.success(w.saved);
    });
  return (
    <Card size="small" title={w.settings}>
      <Form<Fields> form={form} layout="vertical" initialValues={fields} onFinish={save} disabled={busy}>
        <CameraFields kind={fields.kind} isNew={false} held={fields.groups} />
        <FormFailure error={failure} />
        <Button type="primary" htmlType="submit" loading={busy}>
          {w.save}
        </Button>
      </Form>
    </Card>
  );
}

function Remove({ name }: { name: string }) {
  const w = useWords(says);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const remove = async () => {
    await api.DELETE("/api/v1/cameras/{name}", { params: { path: { name } } });
    await navigate({ to: "/cameras" });
    queries.removeQueries({ queryKey: ["camera", name] });
    void queries.invalidateQueries({ queryKey: ["cameras"] });
  };
  return (
    <TakeAway
      action={w.remove}
      ask={w.removeTitle}
      hint={w.removeHelp}
      work={remove}
      done={w.removed(name)}
      size="middle"
    />
  );
}
