/** Changing one's own password; every other session ends by it. */
import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Typography } from "antd";
import { useState } from "react";
import { must } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { useWords } from "@/shared/words";
import { api } from "../../api";
import { says } from "./words";

type Fields = { old: string; next: string; again: string };

export function PasswordForm({ onDone }: { onDone?: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);

  const change = async ({ old, next }: Fields) => {
    setBusy(true);
    setFailure(null);
    try {
      await must(api.PUT("/api/v1/session/password", { body: { old, new: next } }));
      form.resetFields();
      void message.success(w.changed);
      await queries.invalidateQueries({ queryKey: ["session"] });
      await queries.invalidateQueries({ queryKey: ["sessions"] });
      onDone?.();
    } catch (error) {
      setFailure(text(error));
    } finally {
      setBusy(false);
    }
  };
  const required = { required: true, message: w.need };
  return (
    <Form<Fields>
      form={form}
      layout="vertical"
      requiredMark={false}
      onFinish={change}
      style={{ maxWidth: 420 }}
    >
      <Form.Item name="old" label={w.old} rules={[required]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item
        name="next"
        label={w.next}
        extra={w.rule}
        dependencies={["old"]}
        rules={[
          required,
          { min: 10, message: w.short },
          ({ getFieldValue }) => ({
            validator: async (_, value) => {
              if (value && value === getFieldValue("old")) throw new Error(w.same);
            },
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
      <Form.Item
        name="again"
        label={w.again}
        dependencies={["next"]}
        rules={[
          required,
          ({ getFieldValue }) => ({
            validator: async (_, value) => {
              if (value && value !== getFieldValue("next")) throw new Error(w.differs);
            },
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
      {failure ? (
        <Alert type="error" showIcon role="alert" title={failure} style={{ marginBottom: 16 }} />
      ) : null}
      <Button type="primary" htmlType="submit" loading={isBusy}>
        {w.change}
      </Button>
      <Typography.Paragraph type="secondary" style={{ margin: "12px 0 0" }}>
        {w.ends}
      </Typography.Paragraph>
    </Form>
  );
}
