/** In place of a page that the role does not allow. */
import { Result } from "antd";
import { type Role, roleNames } from "@/shared/domain";
import { Home } from "@/shared/Lost";
import { useWords, words } from "@/shared/words";

const says = words({
  en: {
    forbidden: "Your role does not allow this page",
    who: (needs: string, has: string) =>
      `It is for the role “${needs}” and above; you are logged in as “${has}”. An administrator can change your role.`,
  },
  zh: {
    forbidden: "您的角色不能打开此页面",
    who: (needs: string, has: string) =>
      `此页面需要“${needs}”或更高角色；您当前是“${has}”。管理员可以修改您的角色。`,
  },
});

export function Forbidden({ needs, has }: { needs: Role; has: string }) {
  const w = useWords(says);
  const roles = useWords(roleNames);
  return (
    <Result
      status="403"
      title={w.forbidden}
      subTitle={w.who(roles[needs] ?? needs, roles[has] ?? has)}
      extra={<Home />}
    />
  );
}
