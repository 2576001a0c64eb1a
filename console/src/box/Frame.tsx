/** The frame around every page behind the login. */
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouter, useRouterState } from "@tanstack/react-router";
import { Shell } from "@/shared/Shell";
import { useWords, words } from "@/shared/words";
import { api } from "./api";
import { MENU, names, PARTS } from "./menu";

const says = words({
  en: { name: "Menshen box", user: "admin", password: "Change the password", leave: "Log out" },
  zh: { name: "门神设备", user: "admin", password: "修改密码", leave: "退出登录" },
});

export function Frame() {
  const w = useWords(says);
  const n = useWords(names);
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const items = PARTS.map((part) => ({
    type: "group" as const,
    key: part,
    label: n[part],
    children: MENU.filter((entry) => entry.part === part).map((entry) => ({
      key: entry.path,
      icon: entry.icon,
      label: n[entry.name],
    })),
  }));
  const selected = MENU.find(
    ({ path: start }) => path === start || (start !== "/" && path.startsWith(`${start}/`)),
  );
  const onUserItem = async (key: string) => {
    if (key === "password") return navigate({ to: "/system", search: { tab: "password" } });
    await api.DELETE("/api/v1/session").catch(() => undefined);
    queries.clear();
    return router.navigate({ to: "/login", search: { to: undefined } });
  };
  return (
    <Shell
      name={w.name}
      items={items}
      selected={selected?.path ?? ""}
      onSelect={(to) => navigate({ to })}
      user={w.user}
      userItems={[
        { key: "password", label: w.password },
        { type: "divider" },
        { key: "leave", label: w.leave },
      ]}
      onUserItem={onUserItem}
    >
      <Outlet />
    </Shell>
  );
}
