/** Every page of the box's console and its address, on one page. Pages load when they are first opened. */
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { ApiError } from "@/shared/api";
import { Crashed, NotFound } from "@/shared/Lost";
import { sessionQuery } from "./api";
import { Frame } from "./Frame";

type Context = { queries: QueryClient };

/** Anything may stand behind the question mark; each page reads what it knows. */
type Search = Record<string, string | number | boolean | undefined>;
const search = (raw: Record<string, unknown>) => raw as Search;

const root = createRootRouteWithContext<Context>()({ notFoundComponent: NotFound, errorComponent: Crashed });

const back = (raw: Record<string, unknown>) => ({ to: typeof raw.to === "string" ? raw.to : undefined });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: back,
  component: lazyRouteComponent(() => import("./pages/login/LoginPage"), "LoginPage"),
});

const firstPassword = createRoute({
  getParentRoute: () => root,
  path: "/first-password",
  validateSearch: back,
  component: lazyRouteComponent(() => import("./pages/login/FirstPasswordPage"), "FirstPasswordPage"),
});

/** Everything behind the login, and behind the change of a password that the box made up. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Frame,
  notFoundComponent: NotFound,
  errorComponent: Crashed,
  async beforeLoad({ context, location }) {
    const to = location.href === "/" ? undefined : location.href;
    try {
      const session = await context.queries.ensureQueryData(sessionQuery);
      if (session.must_change) throw redirect({ to: "/first-password", search: { to } });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      throw redirect({ to: "/login", search: { to } });
    }
  },
});

/** A page behind the login. */
function page<Path extends string>(path: Path, component: ReturnType<typeof lazyRouteComponent>) {
  return createRoute({ getParentRoute: () => inside, path, component, validateSearch: search });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}

const pages = [
  page(
    "/",
    lazyRouteComponent(() => import("./pages/status/StatusPage"), "StatusPage"),
  ),
  page(
    "/history",
    lazyRouteComponent(() => import("./pages/history/HistoryPage"), "HistoryPage"),
  ),
  page(
    "/history/$seq",
    lazyRouteComponent(() => import("./pages/history/EventPage"), "EventPage"),
  ),
  page(
    "/doors",
    lazyRouteComponent(() => import("./pages/doors/DoorsPage"), "DoorsPage"),
  ),
  page(
    "/people",
    lazyRouteComponent(() => import("./pages/people/PeoplePage"), "PeoplePage"),
  ),
  page(
    "/people/$id",
    lazyRouteComponent(() => import("./pages/people/PersonPage"), "PersonPage"),
  ),
  page(
    "/groups",
    lazyRouteComponent(() => import("./pages/groups/GroupsPage"), "GroupsPage"),
  ),
  page(
    "/libraries",
    lazyRouteComponent(() => import("./pages/groups/LibrariesPage"), "LibrariesPage"),
  ),
  page(
    "/cameras",
    lazyRouteComponent(() => import("./pages/cameras/CamerasPage"), "CamerasPage"),
  ),
  page(
    "/cameras/$name",
    lazyRouteComponent(() => import("./pages/cameras/CameraPage"), "CameraPage"),
  ),
  page(
    "/recognition",
    lazyRouteComponent(() => import("./pages/recognition/RecognitionPage"), "RecognitionPage"),
  ),
  page(
    "/welcome-screen",
    lazyRouteComponent(() => import("./pages/welcome/WelcomePage"), "WelcomePage"),
  ),
  page(
    "/uploads",
    lazyRouteComponent(() => import("./pages/uploads/UploadsPage"), "UploadsPage"),
  ),
  page(
    "/platform",
    lazyRouteComponent(() => import("./pages/mode/ModePage"), "ModePage"),
  ),
  page(
    "/system",
    lazyRouteComponent(() => import("./pages/system/SystemPage"), "SystemPage"),
  ),
];

export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([login, firstPassword, inside.addChildren(pages)]),
    context: { queries },
    defaultPreload: "intent",
    scrollRestoration: true,
  });
}
