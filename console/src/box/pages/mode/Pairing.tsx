/** Pairing: by a link that the platform made, or by licence key and login URL. */
import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Card, Form, Input, Typography } from "antd";
import { ApiError } from "@/shared/api";
import { FormFailure, useErrorText } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { setLicenceKey, setLoginUrl } from "../../fog";
import { says } from "./words";

/** Carries out one way of pairing: what failed, whether it is under way, and what is asked again afterwards. */
function usePairing(done: string) {
  const { message } = App.useApp();
  const queries = useQueryClient();
  const work = useWork();
  const run = (steps: () => Promise<unknown>) =>
    work.run(async () => {
      await steps();
      message.success(done);
      await Promise.all(["status", "pairing"].map((key) => queries.invalidateQueries({ queryKey: [key] })));
    });
  return { ...work, run };
}

export function PairByLink() {
  const w = useWords(says);
  const text = useErrorText();
  const { failure, busy, run } = usePairing(w.paired);
  const [form] = Form.useForm<{ url: string }>();
  const pair = (replace: boolean) =>
    run(() => api.POST("/api/v1/pairing", { body: { url: form.getFieldValue("url").trim(), replace } }));
  const isTaken = failure instanceof ApiError && failure.status === 409;
  return (
    <Card size="small" title={w.link} className="fill">
      <Typography.Paragraph type="secondary">{w.linkHelp}</Typography.Paragraph>
      <Form form={form} layout="vertical" onFinish={() => pair(false)} disabled={busy}>
        <Form.Item
          name="url"
          label={w.linkLabel}
          rules={[{ required: true, whitespace: true, message: w.need }]}
        >
          <Input className="mono" placeholder="http://platform/pair/…" autoComplete="off" />
        </Form.Item>
        {isTaken ? (
          <Alert
            type="warning"
            showIcon
            role="alert"
            title={w.replaceTitle}
            description={text(failure)}
            action={
              <Button size="small" danger onClick={() => pair(true)}>
                {w.replace}
              </Button>
            }
            style={{ marginBottom: 16 }}
          />
        ) : (
          <FormFailure error={failure} />
        )}
        <Button type="primary" htmlType="submit" loading={busy}>
          {w.pair}
        </Button>
      </Form>
    </Card>
  );
}

type Hand = { devSno: string; loginUrl: string };

export function PairByHand({ devSno, loginUrl }: Hand) {
  const w = useWords(says);
  const { failure, busy, run } = usePairing(w.saved);
  const save = (fields: Hand) =>
    run(async () => {
      await setLoginUrl(fields.loginUrl.trim());
      await setLicenceKey(fields.devSno.trim());
      await api.PUT("/api/v1/work_mode", { body: { mode: "mq" } });
    });
  return (
    <Card size="small" title={w.hand} className="fill">
      <Typography.Paragraph type="secondary">{w.handHelp}</Typography.Paragraph>
      <Form<Hand> layout="vertical" initialValues={{ devSno, loginUrl }} onFinish={save} disabled={busy}>
        <Form.Item
          name="devSno"
          label={w.key}
          rules={[{ required: true, whitespace: true, message: w.need }]}
        >
          <Input className="mono" autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="loginUrl"
          label={w.url}
          rules={[{ required: true, whitespace: true, message: w.need }]}
        >
          <Input className="mono" placeholder="http://platform/login" autoComplete="off" />
        </Form.Item>
        <FormFailure error={failure} />
        <Button htmlType="submit" loading={busy}>
          {w.save}
        </Button>
      </Form>
    </Card>
  );
}
