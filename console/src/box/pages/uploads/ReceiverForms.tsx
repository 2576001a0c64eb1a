/** The box's own receivers, one form for each purpose. */
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Card, Checkbox, Form, Input, InputNumber, Select, Typography } from "antd";
import type { ReactNode } from "react";
import { FormFailure } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import type { Schema } from "../../api";
import { type History, type Monitor, type Realtime, receivers } from "../../fog";
import { says } from "./words";

const FORMATS = [
  { value: "json", label: "JSON" },
  { value: "form-data", label: "multipart/form-data" },
];

export function RealtimeForm({ settings }: { settings: Schema<"RealtimeUploads"> }) {
  const w = useWords(says);
  return (
    <ReceiverForm<Realtime>
      title={w.realtime}
      hint={w.realtimeHint}
      settings={settings}
      save={receivers.realtime}
    >
      <Events />
    </ReceiverForm>
  );
}

export function HistoryForm({ settings }: { settings: Schema<"HistoryUploads"> }) {
  const w = useWords(says);
  return (
    <ReceiverForm<History>
      title={w.history}
      hint={w.historyHint}
      settings={settings}
      save={receivers.history}
    >
      <Events />
      <Period isSet={settings.period_is_set} />
    </ReceiverForm>
  );
}

export function MonitorForm({ settings }: { settings: Schema<"StatusUploads"> }) {
  const w = useWords(says);
  const { url, period_s } = settings;
  return (
    <ReceiverForm<Monitor>
      title={w.monitor}
      hint={w.monitorHint}
      settings={{ url: url ?? null, period_s }}
      save={receivers.monitor}
    >
      <Form.Item name="url" label={w.url} extra={w.empty}>
        <Input className="mono" placeholder="http://" />
      </Form.Item>
      <Period isSet={settings.period_is_set} />
    </ReceiverForm>
  );
}

function ReceiverForm<Settings extends object>({
  title,
  hint,
  settings,
  save,
  children,
}: {
  title: string;
  hint: string;
  settings: Settings;
  save: (settings: Settings) => Promise<unknown>;
  children: ReactNode;
}) {
  const w = useWords(says);
  const { message } = App.useApp();
  const queries = useQueryClient();
  const { busy, failure, run } = useWork();
  const send = (fields: Settings) =>
    run(async () => {
      await save({ ...settings, ...fields });
      await Promise.all(["uploads", "status"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      message.success(w.saved);
    });
  return (
    <Card size="small" title={title} className="fill">
      <Typography.Paragraph type="secondary">{hint}</Typography.Paragraph>
      <Form<Settings> layout="vertical" initialValues={settings} onFinish={send} disabled={busy}>
        {children}
        <FormFailure error={failure} />
        <Button htmlType="submit" loading={busy}>
          {w.save}
        </Button>
      </Form>
    </Card>
  );
}

function Events() {
  const w = useWords(says);
  return (
    <>
      <Form.Item name="urls" label={w.urls} extra={`${w.urlsHelp} ${w.empty}`}>
        <Select
          mode="tags"
          open={false}
          suffixIcon={null}
          tokenSeparators={[",", " "]}
          placeholder="http://"
        />
      </Form.Item>
      <Form.Item name="photo" valuePropName="checked">
        <Checkbox>{w.photo}</Checkbox>
      </Form.Item>
      <Form.Item name="format" label={w.format}>
        <Select options={FORMATS} />
      </Form.Item>
    </>
  );
}

function Period({ isSet }: { isSet: boolean }) {
  const w = useWords(says);
  return (
    <Form.Item
      name="period_s"
      label={w.period}
      extra={isSet ? null : w.platforms}
      rules={[{ required: true, message: w.need }]}
    >
      <InputNumber min={1} max={86_400} precision={0} style={{ width: "100%" }} />
    </Form.Item>
  );
}
