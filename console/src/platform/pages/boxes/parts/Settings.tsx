/** What an operator sets about a box: name, site, groups, treatment; and what ends something. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Card, Flex, Form, Input, Switch } from "antd";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api, type Schema, useMay } from "../../../api";
import { GroupsField } from "../../../parts/groups";
import { SiteField } from "../../../parts/sites";
import { Endings } from "./Endings";
import { RawCommand } from "./RawCommand";
import { settingsWords } from "./settingsWords";

type Box = Schema<"BoxView">;

export function Settings({ box }: { box: Box }) {
  const w = useWords(settingsWords);
  const mayChange = useMay("operator");
  const mayAll = useMay("admin");
  if (!mayChange) return <Alert type="info" showIcon title={w.viewer} />;
  return (
    <Flex vertical gap={16} style={{ maxWidth: 720 }}>
      <Called box={box} />
      <Served box={box} />
      <Endings box={box} />
      {mayAll ? <RawCommand devSno={box.dev_sno} /> : null}
    </Flex>
  );
}

/** Changes something of a box, and says so. */
function useChange<Fields>(change: (fields: Fields) => Promise<Box>) {
  const w = useWords(settingsWords);
  const text = useErrorText();
  const queries = useQueryClient();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: change,
    onSuccess: (box) => {
      queries.setQueryData(["boxes", "one", box.dev_sno], box);
      void queries.invalidateQueries({ queryKey: ["boxes"] });
      void queries.invalidateQueries({ queryKey: ["sites"] });
      message.success(w.saved);
    },
    onError: (error) => message.error(text(error)),
  });
}

type CalledFields = Pick<Box, "name" | "site" | "legacy" | "fiqa_server">;

function Called({ box }: { box: Box }) {
  const w = useWords(settingsWords);
  const params = { path: { dev_sno: box.dev_sno } };
  const save = useChange((body: CalledFields) =>
    must(api.PATCH("/api/v1/boxes/{dev_sno}", { params, body: { ...body, site: body.site ?? "" } })),
  );
  const { name, site, legacy, fiqa_server } = box;
  return (
    <Card size="small" title={<h2 className="card-title">{w.called}</h2>}>
      <Form<CalledFields>
        layout="vertical"
        initialValues={{ name, site, legacy, fiqa_server }}
        onFinish={save.mutate}
      >
        <Form.Item
          name="name"
          label={w.name}
          rules={[{ required: true, whitespace: true, max: 64, message: w.need(w.name) }]}
        >
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="site" label={w.site}>
          <SiteField />
        </Form.Item>
        <Form.Item name="legacy" label={w.legacy} extra={w.legacyHelp} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item name="fiqa_server" label={w.fiqa} extra={w.fiqaHelp} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {w.save}
        </Button>
      </Form>
    </Card>
  );
}

function Served({ box }: { box: Box }) {
  const w = useWords(settingsWords);
  const params = { path: { dev_sno: box.dev_sno } };
  const save = useChange(({ groups }: { groups: string[] }) =>
    must(api.PUT("/api/v1/boxes/{dev_sno}/groups", { params, body: { groups } })),
  );
  return (
    <Card size="small" title={<h2 className="card-title">{w.served}</h2>}>
      <Form layout="vertical" initialValues={{ groups: box.groups }} onFinish={save.mutate}>
        <Form.Item name="groups" label={w.served} extra={w.servedHelp}>
          <GroupsField />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {w.save}
        </Button>
      </Form>
    </Card>
  );
}
