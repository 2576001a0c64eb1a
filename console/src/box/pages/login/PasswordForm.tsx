/** Changes the box's password. */
import { Alert, Button, Form, Input } from "antd";
import { useErrorText } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords, words } from "@/shared/words";
import { api } from "../../api";

const says = words({
  en: {
    old: "Password until now",
    fresh: "New password",
    again: "New password once more",
    rule: "At least ten characters, and none of those that are tried first.",
    need: "Please fill this in",
    short: "At least ten characters",
    differs: "The two are not the same",
    change: "Change the password",
  },
  zh: {
    old: "当前密码",
    fresh: "新密码",
    again: "再次输入新密码",
    rule: "至少 10 个字符，且不能是常见密码。",
    need: "请填写此项",
    short: "至少 10 个字符",
    differs: "两次输入不一致",
    change: "修改密码",
  },
});

type Fields = { old: string; fresh: string; again: string };

export function PasswordForm({ onChanged }: { onChanged: () => void }) {
  const w = useWords(says);
  const text = useErrorText();
  const [form] = Form.useForm<Fields>();
  const { busy, failure, run } = useWork();
  const change = ({ old, fresh }: Fields) =>
    run(async () => {
      await api.PUT("/api/v1/session/password", { body: { old, new: fresh } });
      form.resetFields();
      onChanged();
    });
  return (
    <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={change} disabled={busy}>
      <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />
      <Form.Item name="old" label={w.old} rules={[{ required: true, message: w.need }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item
        name="fresh"
        label={w.fresh}
        extra={w.rule}
        rules={[
          { required: true, message: w.need },
          { min: 10, message: w.short },
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={w.again}
        dependencies={["fresh"]}
        rules={[
          { required: true, message: w.need },
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              !value || value === getFieldValue("fresh")
                ? Promise.resolve()
                : Promise.reject(new Error(w.differs)),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      {failure ? (
        <Alert type="error" showIcon role="alert" title={text(failure)} style={{ marginBottom: 16 }} />
      ) : null}
      <Button type="primary" htmlType="submit" loading={busy}>
        {w.change}
      </Button>
    </Form>
  );
}
