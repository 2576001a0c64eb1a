/** Pages in place of pages: nothing at this address, not allowed, broken. */
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { Button, Result } from "antd";
import { type Role, roleNames } from "@/shared/domain";
import { Failure } from "@/shared/Failure";
import { useWords, words } from "@/shared/words";

const says = words({
  en: {
    nothing: "There is no page at this address",
    home: "To the overview",
    forbidden: "Your role does not allow this page",
    who: (needs: string, has: string) =>
      `It is for the role “${needs}” and above; you are logged in as “${has}”. An administrator can change your role.`,
  },
  zh: {
    nothing: "此地址没有页面",
    home: "返回总览",
    forbidden: "您的角色不能打开此页面",
    who: (needs: string, has: string) =>
      `此页面需要“${needs}”或更高角色；您当前是“${has}”。管理员可以修改您的角色。`,
  },
});

export function NotFound() {
  const w = useWords(says);
  return <Result status="404" title={w.nothing} extra={<Home />} />;
}

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

export function Crashed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="page">
      <Failure error={error} retry={again} />
    </div>
  );
}

function Home() {
  const w = useWords(says);
  return (
    <Link to="/">
      <Button type="primary">{w.home}</Button>
    </Link>
  );
}
