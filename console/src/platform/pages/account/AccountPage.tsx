/** One's own account: password, second factor, sessions. */
import { Alert, Card, Flex } from "antd";
import { roleNames } from "@/shared/domain";
import { Page } from "@/shared/Page";
import { useWords } from "@/shared/words";
import { useSession } from "../../api";
import { PasswordForm } from "./PasswordForm";
import { SecondFactor } from "./SecondFactor";
import { Sessions } from "./Sessions";
import { says } from "./words";
import "./account.css";

export function AccountPage() {
  const w = useWords(says);
  const roles = useWords(roleNames);
  const session = useSession();
  if (!session) return null;
  const { username, role, sites } = session;
  return (
    <Page title={w.title} hint={w.hint(username, roles[role] ?? role)}>
      <Flex vertical gap={16}>
        {sites ? <Alert type="info" showIcon title={w.sites(sites.join(", "))} /> : null}
        {session.must_change_password ? <Alert type="warning" showIcon title={w.first} /> : null}
        <div className="account-cards">
          <Card size="small" title={<h2 className="card-title">{w.password}</h2>}>
            <PasswordForm />
          </Card>
          <Card size="small" title={<h2 className="card-title">{w.factor}</h2>}>
            <SecondFactor />
          </Card>
        </div>
        <Card size="small" title={<h2 className="card-title">{w.sessions}</h2>}>
          <Sessions username={username} />
        </Card>
      </Flex>
    </Page>
  );
}
