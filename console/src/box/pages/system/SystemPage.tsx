/** The computer behind the box: what it is, the password, the log, the certificate, and wiping. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { App, Card, Tabs, Typography } from "antd";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { PasswordForm } from "../login/PasswordForm";
import { About } from "./About";
import { CertificateCard } from "./CertificateCard";
import { Log } from "./Log";
import { Wipe } from "./Wipe";
import { says } from "./words";

const TABS = ["about", "password", "log", "certificate", "wipe"] as const;

export function SystemPage() {
  const w = useWords(says);
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const parts = {
    about: <About />,
    password: <Password />,
    log: <Log />,
    certificate: <CertificateCard />,
    wipe: <Wipe />,
  };
  return (
    <Page title={w.title} hint={w.hint}>
      <Tabs
        tabBarGutter={18}
        activeKey={TABS.find((tab) => tab === search.tab) ?? "about"}
        onChange={(tab) => navigate({ to: "/system", search: { tab }, replace: true })}
        destroyOnHidden
        items={TABS.map((key) => ({ key, label: w.tabs[key], children: parts[key] }))}
      />
    </Page>
  );
}

function Password() {
  const w = useWords(says);
  const { message } = App.useApp();
  return (
    <Card size="small" className="narrow">
      <Typography.Paragraph type="secondary">{w.passwordHint}</Typography.Paragraph>
      <PasswordForm onChanged={() => message.success(w.passwordChanged)} />
    </Card>
  );
}
