/** The box has one account; its password is all that is asked for. */
import { LockOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { Alert, Button, Form, Input, Typography } from "antd";
import { useErrorText } from "@/shared/Failure";
import { useWork } from "@/shared/useWork";
import { useWords, words } from "@/shared/words";
import { api } from "../../api";
import { Bare } from "./Bare";

const says = words({
  en: {
    title: "Log in to this box",
    password: "Password",
    need: "Please type the password",
    enter: "Log in",
    first: "First start? The password was printed once when the box started.",
    lost: "Lost it? On the box itself,",
    makes: "makes a new one.",
  },
  zh: {
    title: "登录此设备",
    password: "密码",
    need: "请输入密码",
    enter: "登录",
    first: "首次启动？密码在设备启动时打印过一次。",
    lost: "忘记密码？在设备上执行",
    makes: "可生成新密码。",
  },
});

export function LoginPage() {
  const w = useWords(says);
  const text = useErrorText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const { to } = useSearch({ from: "/login" });
  const { busy, failure, run } = useWork();

  const enter = (fields: { password: string }) =>
    run(async () => {
      await api.POST("/api/v1/session", { body: fields });
      queries.clear();
      // Only addresses of this console: whatever else stands there is not followed.
      if (to?.startsWith("/") && !to.startsWith("//")) router.history.push(to);
      else await navigate({ to: "/" });
    });
  return (
    <Bare title={w.title}>
      <Form layout="vertical" requiredMark={false} onFinish={enter} disabled={busy}>
        <input type="text" name="username" autoComplete="username" value="admin" readOnly hidden />
        <Form.Item name="password" label={w.password} rules={[{ required: true, message: w.need }]}>
          <Input.Password prefix={<LockOutlined />} autoComplete="current-password" autoFocus />
        </Form.Item>
        {failure ? (
          <Alert type="error" showIcon role="alert" title={text(failure)} style={{ marginBottom: 16 }} />
        ) : null}
        <Button type="primary" htmlType="submit" block loading={busy}>
          {w.enter}
        </Button>
      </Form>
      <Typography.Paragraph type="secondary" style={{ margin: "16px 0 0" }}>
        {w.first} {w.lost} <code>menshen edge password</code> {w.makes}
      </Typography.Paragraph>
    </Bare>
  );
}
