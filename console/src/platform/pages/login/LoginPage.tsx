/** Name and password, and the code of the second factor once it is asked for. */
import { LockOutlined, UserOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { Alert, Button, Card, Flex, Form, Input, type InputRef, Typography } from "antd";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "@/shared/api";
import { useErrorText } from "@/shared/Failure";
import { Logo } from "@/shared/Logo";
import { Preferences } from "@/shared/Shell";
import { useWords, words } from "@/shared/words";
import { api, sessionQuery } from "../../api";

const says = words({
  en: {
    title: "Log in to the platform",
    name: "User name",
    password: "Password",
    code: "Code from your authenticator, or a recovery code",
    enter: "Log in",
    first: "First start? The user is admin; the password was printed once when the platform started.",
    need: (what: string) => `Please fill in: ${what}`,
  },
  zh: {
    title: "登录管理平台",
    name: "用户名",
    password: "密码",
    code: "验证器中的动态码，或恢复码",
    enter: "登录",
    first: "首次启动？用户名为 admin；密码在平台启动时打印过一次。",
    need: (what: string) => `请填写：${what}`,
  },
});

type Fields = { username: string; password: string; code?: string };

export function LoginPage() {
  const w = useWords(says);
  const text = useErrorText();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const { to } = useSearch({ from: "/login" });
  const [failure, setFailure] = useState<string | null>(null);
  const [asksCode, setAsksCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const code = useRef<InputRef>(null);
  useEffect(() => {
    document.title = `${w.title} · Menshen`;
  }, [w]);
  useEffect(() => {
    if (asksCode) code.current?.focus();
  }, [asksCode]);

  const enter = async (fields: Fields) => {
    setBusy(true);
    setFailure(null);
    try {
      await api.POST("/api/v1/session", { body: fields });
      queries.clear();
      const { must_change_password } = await queries.fetchQuery(sessionQuery);
      // Whoever has only the password of the first start is led to choose another.
      if (must_change_password) await navigate({ to: "/start" });
      // Only addresses of this console: whatever else stands there is not followed.
      else if (to?.startsWith("/") && !to.startsWith("//")) router.history.push(to);
      else await navigate({ to: "/" });
    } catch (error) {
      if (error instanceof ApiError && error.code === "code_needed") setAsksCode(true);
      else setFailure(text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="bare">
      <header className="bare-head">
        <Preferences />
      </header>
      <main className="bare-body">
        <Card style={{ width: 400, maxWidth: "100%" }}>
          <Flex vertical align="center" gap={8} style={{ marginBottom: 16 }}>
            <Logo size={56} />
            <Typography.Title level={1} style={{ fontSize: 22, margin: 0 }}>
              {w.title}
            </Typography.Title>
          </Flex>
          <Form<Fields> layout="vertical" requiredMark={false} onFinish={enter} disabled={busy}>
            <Form.Item name="username" label={w.name} rules={[{ required: true, message: w.need(w.name) }]}>
              <Input prefix={<UserOutlined />} autoComplete="username" autoFocus />
            </Form.Item>
            <Form.Item
              name="password"
              label={w.password}
              rules={[{ required: true, message: w.need(w.password) }]}
            >
              <Input.Password prefix={<LockOutlined />} autoComplete="current-password" />
            </Form.Item>
            {asksCode ? (
              <Form.Item name="code" label={w.code} rules={[{ required: true, message: w.need(w.code) }]}>
                <Input ref={code} autoComplete="one-time-code" inputMode="numeric" />
              </Form.Item>
            ) : null}
            {failure ? (
              <Alert type="error" showIcon role="alert" title={failure} style={{ marginBottom: 16 }} />
            ) : null}
            <Button type="primary" htmlType="submit" block loading={busy}>
              {w.enter}
            </Button>
          </Form>
          <Typography.Paragraph type="secondary" style={{ margin: "16px 0 0" }}>
            {w.first}
          </Typography.Paragraph>
        </Card>
      </main>
    </div>
  );
}
