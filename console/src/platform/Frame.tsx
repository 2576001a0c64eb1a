/** The frame around every page behind the login; a page that the role does not allow is refused in its place. */
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useMatches, useNavigate, useRouter, useRouterState } from "@tanstack/react-router";
import type { MenuProps } from "antd";
import { mayDo, roleNames } from "@/shared/domain";
import { Shell } from "@/shared/Shell";
import { useWords, words } from "@/shared/words";
import { api, useSession } from "./api";
import { Forbidden } from "./Forbidden";
import { MENU, names, type Part } from "./menu";

const says = words({
  en: { account: "My account", docs: "API", start: "First steps", leave: "Log out" },
  zh: { account: "我的账户", docs: "API 文档", start: "入门引导", leave: "退出登录" },
});

export function Frame() {
  const w = useWords(says);
  const n = useWords(names);
  const roles = useWords(roleNames);
  const session = useSession();
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const needs = useMatches({ select: (matches) => matches.at(-1)?.staticData.needs });
  if (!session) return null;

  const part = (key: Part, label: string): NonNullable<MenuProps["items"]>[number] => ({
    type: "group",
    key,
    label,
    children: MENU.filter((entry) => entry.part === key && mayDo(session.role, entry.needs)).map((entry) => ({
      key: entry.path,
      icon: entry.icon,
      label: n[entry.name],
    })),
  });
  const selected = MENU.filter(
    ({ path: start }) => path === start || (start !== "/" && path.startsWith(`${start}/`)),
  );

  const onUserItem = async (key: string) => {
    if (key === "docs") window.open("/api/docs", "_blank", "noopener");
    else if (key === "leave") {
      await api.DELETE("/api/v1/session").catch(() => undefined);
      queries.clear();
      await router.navigate({ to: "/login", search: { to: undefined } });
    } else await navigate({ to: key });
  };
  return (
    <Shell
      name="Menshen"
      items={[part("daily", n.daily), part("manage", n.manage), part("system", n.systemPart)]}
      selected={selected[0]?.path ?? ""}
      onSelect={(to) => navigate({ to })}
      user={session.username}
      userItems={[
        { key: "who", label: `${session.username} · ${roles[session.role] ?? session.role}`, disabled: true },
        { key: "/account", label: w.account },
        { key: "/start", label: w.start },
        { key: "docs", label: w.docs },
        { type: "divider" },
        { key: "leave", label: w.leave },
      ]}
      onUserItem={onUserItem}
    >
      {needs && !mayDo(session.role, needs) ? <Forbidden needs={needs} has={session.role} /> : <Outlet />}
    </Shell>
  );
}
