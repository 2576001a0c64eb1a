/** Every page of the platform's console and its address, on one page. Pages load when they are first opened. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "@/shared/api";
import type { Role } from "@/shared/domain";
import { Crashed, NotFound } from "@/shared/Lost";
import { sessionQuery } from "./api";
import { Frame } from "./Frame";

type Context = { queries: QueryClient };

/** Anything may stand behind the question mark; each page reads what it knows. */
type Search = Record<string, string | number | boolean | undefined>;
const search = (raw: Record<string, unknown>) => raw as Search;

const root = createRootRouteWithContext<Context>()({ notFoundComponent: NotFound, errorComponent: Crashed });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (raw: Record<string, unknown>) => ({ to: typeof raw.to === "string" ? raw.to : undefined }),
  component: lazyRouteComponent(() => import("./pages/login/LoginPage"), "LoginPage"),
});

/** Everything behind the login. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: Crashed,
  async beforeLoad({ context, location }) {
    try {
      await context.queries.ensureQueryData(sessionQuery);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      throw redirect({ to: "/login", search: { to: location.href === "/" ? undefined : location.href } });
    }
  },
});

/** A page behind the login, for `needs` and whoever may more. */
function page<Path extends string>(
  path: Path,
  needs: Role,
  component: ReturnType<typeof lazyRouteComponent>,
) {
  return createRoute({
    getParentRoute: () => inside,
    path,
    component,
    validateSearch: search,
    staticData: { needs },
  });
}

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** The least role that may open the page. */
    needs?: Role;
  }
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}

const pages = [
  page(
    "/",
    "viewer",
    lazyRouteComponent(() => import("./pages/overview/OverviewPage"), "OverviewPage"),
  ),
  page(
    "/start",
    "viewer",
    lazyRouteComponent(() => import("./pages/start/StartPage"), "StartPage"),
  ),
  page(
    "/account",
    "viewer",
    lazyRouteComponent(() => import("./pages/account/AccountPage"), "AccountPage"),
  ),
  page(
    "/watch",
    "viewer",
    lazyRouteComponent(() => import("./pages/watch/WatchPage"), "WatchPage"),
  ),
  page(
    "/events",
    "viewer",
    lazyRouteComponent(() => import("./pages/events/EventsPage"), "EventsPage"),
  ),
  page(
    "/events/$id",
    "viewer",
    lazyRouteComponent(() => import("./pages/events/EventPage"), "EventPage"),
  ),
  page(
    "/people",
    "viewer",
    lazyRouteComponent(() => import("./pages/people/PeoplePage"), "PeoplePage"),
  ),
  page(
    "/people/imports",
    "viewer",
    lazyRouteComponent(() => import("./pages/imports/ImportsPage"), "ImportsPage"),
  ),
  page(
    "/people/imports/$id",
    "viewer",
    lazyRouteComponent(() => import("./pages/imports/ImportPage"), "ImportPage"),
  ),
  page(
    "/people/erasures",
    "viewer",
    lazyRouteComponent(() => import("./pages/erasures/ErasuresPage"), "ErasuresPage"),
  ),
  page(
    "/people/$id",
    "viewer",
    lazyRouteComponent(() => import("./pages/people/PersonPage"), "PersonPage"),
  ),
  page(
    "/groups",
    "viewer",
    lazyRouteComponent(() => import("./pages/groups/GroupsPage"), "GroupsPage"),
  ),
  page(
    "/boxes",
    "viewer",
    lazyRouteComponent(() => import("./pages/boxes/BoxesPage"), "BoxesPage"),
  ),
  page(
    "/boxes/$devSno",
    "viewer",
    lazyRouteComponent(() => import("./pages/boxes/BoxPage"), "BoxPage"),
  ),
  page(
    "/commands",
    "viewer",
    lazyRouteComponent(() => import("./pages/commands/CommandsPage"), "CommandsPage"),
  ),
  page(
    "/walls",
    "admin",
    lazyRouteComponent(() => import("./pages/walls/WallsPage"), "WallsPage"),
  ),
  page(
    "/webhooks",
    "admin",
    lazyRouteComponent(() => import("./pages/webhooks/WebhooksPage"), "WebhooksPage"),
  ),
  page(
    "/webhooks/$id",
    "admin",
    lazyRouteComponent(() => import("./pages/webhooks/WebhookPage"), "WebhookPage"),
  ),
  page(
    "/api-keys",
    "admin",
    lazyRouteComponent(() => import("./pages/api-keys/ApiKeysPage"), "ApiKeysPage"),
  ),
  page(
    "/operators",
    "admin",
    lazyRouteComponent(() => import("./pages/operators/OperatorsPage"), "OperatorsPage"),
  ),
  page(
    "/audit",
    "admin",
    lazyRouteComponent(() => import("./pages/audit/AuditPage"), "AuditPage"),
  ),
  page(
    "/retention",
    "viewer",
    lazyRouteComponent(() => import("./pages/retention/RetentionPage"), "RetentionPage"),
  ),
  page(
    "/system",
    "viewer",
    lazyRouteComponent(() => import("./pages/system/SystemPage"), "SystemPage"),
  ),
];

export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([login, inside.addChildren(pages)]),
    context: { queries },
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}
