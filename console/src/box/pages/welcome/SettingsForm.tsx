/** Whom the screens greet, and how. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Card, Checkbox, Form, Input, InputNumber, Radio, Select, Typography } from "antd";
import type { paths } from "@/generated/box";
import { FormFailure } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api, useCameraNames } from "../../api";
import { says } from "./words";

type Settings = paths["/api/v1/welcome"]["get"]["responses"][200]["content"]["application/json"]["settings"];

const MOST_CAMERAS = 10;

export function SettingsForm({ settings }: { settings: Settings }) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const { busy, failure, run } = useWork();
  const cameras = useCameraNames();
  const save = (fields: Settings) =>
    run(async () => {
      await api.PUT("/api/v1/welcome", { body: fields });
      await queries.invalidateQueries({ queryKey: ["welcome"] });
      message.success(w.saved);
    });
  const choices = (names: Record<string, string>) =>
    Object.entries(names).map(([value, label]) => ({ value, label }));
  const number = (name: string, label: string, min: number, max: number) => (
    <Form.Item name={name} label={label} rules={[{ required: true, message: w.need }]}>
      <InputNumber min={min} max={max} precision={0} style={{ width: "100%" }} />
    </Form.Item>
  );
  const tick = (name: string, label: string) => (
    <Form.Item name={name} valuePropName="checked" style={{ marginBottom: 8 }}>
      <Checkbox>{label}</Checkbox>
    </Form.Item>
  );
  return (
    <Card size="small" title={w.settings}>
      <Form<Settings> layout="vertical" initialValues={settings} onFinish={save} disabled={busy}>
        <Form.Item name="types" label={w.types}>
          <Checkbox.Group options={choices(w.typeNames)} />
        </Form.Item>
        <Form.Item
          name="cameras"
          label={w.cameras}
          rules={[{ type: "array", max: MOST_CAMERAS, message: w.tooMany(MOST_CAMERAS) }]}
        >
          <Select mode="tags" options={cameras.map((name) => ({ value: name, label: name }))} />
        </Form.Item>
        <Form.Item name="title" label={w.house}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="subtitle" label={w.subtitle}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="picture" label={w.picture}>
          <Radio.Group options={choices(w.pictures)} />
        </Form.Item>
        {tick("vip_large", w.vip)}
        {tick("speech", w.speech)}
        {tick("video_sound", w.sound)}
        <div className="pair" style={{ marginTop: 16 }}>
          {number("delay_ms", w.delay, 0, 5000)}
          {number("stay_s", w.stay, 2, 60)}
          <Form.Item name="columns" label={w.columns}>
            <Radio.Group options={[1, 2]} />
          </Form.Item>
          <Form.Item name="language" label={w.language}>
            <Select options={choices(w.languages)} />
          </Form.Item>
          <Form.Item name="theme" label={w.theme}>
            <Select options={choices(w.themes)} />
          </Form.Item>
        </div>
        <Typography.Text strong>{w.greetings}</Typography.Text>
        <Typography.Paragraph type="secondary">{w.greetingsHint}</Typography.Paragraph>
        <div className="pair">
          {["employee", "visitor", "vip", "stranger"].map((kind) => (
            <Form.Item key={kind} name={["words", kind]} label={w.typeNames[kind]}>
              <Input maxLength={120} />
            </Form.Item>
          ))}
        </div>
        <FormFailure error={failure} />
        <Button type="primary" htmlType="submit" loading={busy}>
          {w.save}
        </Button>
      </Form>
    </Card>
  );
}
