// The console's addresses. A screen keeps what it shows in its address, in parameters that people can read.

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  useNavigate,
  useRouter,
} from "@tanstack/react-router";
import { RouterProvider as AriaRouter } from "react-aria-components";
import { me, queries } from "./api/queries";
import { Button, LinkButton } from "./kit/controls";
import { Empty, ErrorBox } from "./kit/states";
import { logsSearch } from "./logs/view";
import { Shell } from "./shell/shell";
import { SignIn } from "./sign-in/sign-in";

// Links of the kit go through the router, so that they do not load the page anew.
function Root() {
  const router = useRouter();
  const navigate = useNavigate();
  const open = (path: string) => {
    if (path.startsWith("/app/")) void navigate({ href: path } as never);
    else location.assign(path);
  };
  return (
    <AriaRouter navigate={open} useHref={(path) => (path.startsWith("/app/") ? path : router.history.createHref(path))}>
      <Outlet />
    </AriaRouter>
  );
}

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

const root = createRootRoute({
  component: Root,
  notFoundComponent: () => (
    <main>
      <Empty title="There is no such page" action={<LinkButton href="/app/logs">Go to logs</LinkButton>}>
        The address leads to nothing in this console.
      </Empty>
    </main>
  ),
  errorComponent: ({ error, reset }) => (
    <main>
      <ErrorBox error={error} />
      <Button onPress={reset}>Try again</Button>
    </main>
  ),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search): { next?: string } =>
    text(search.next)?.startsWith("/app/") ? { next: String(search.next) } : {},
  component: SignIn,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("./first-run/setup"), "Setup"),
});

/** What is there for whoever is signed in. */
export const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ location }) => {
    const who = await queries.ensureQueryData(me);
    if (!who) throw redirect({ to: "/sign-in", search: { next: `/app${location.href}` } });
    return { me: who };
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/logs" });
  },
});

const logs = createRoute({
  getParentRoute: () => inside,
  path: "/logs",
  validateSearch: logsSearch,
  component: lazyRouteComponent(() => import("./logs/logs"), "Logs"),
});

const sources = createRoute({
  getParentRoute: () => inside,
  path: "/sources",
  component: lazyRouteComponent(() => import("./sources/sources"), "Sources"),
});

const source = createRoute({
  getParentRoute: () => inside,
  path: "/sources/$source",
  component: lazyRouteComponent(() => import("./sources/source"), "SourcePage"),
});

const routes = [signIn, setup, inside.addChildren([home, logs, sources, source])];

// Only in builds to look at the kit: the console that goes out does not have it.
const gallery =
  import.meta.env.DEV || import.meta.env.MODE === "gallery"
    ? [
        createRoute({
          getParentRoute: () => root,
          path: "/dev/kit",
          component: lazyRouteComponent(() => import("./kit/gallery"), "Gallery"),
        }),
      ]
    : [];

export const router = createRouter({
  routeTree: root.addChildren([...routes, ...gallery]),
  basepath: "/app",
  defaultPreload: "intent",
  // Plain names and values, such as `?q=level:error&from=now-1h`.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter((pair): pair is [string, string] => typeof pair[1] === "string");
    const params = new URLSearchParams(given).toString();
    // What a query is made of may stand in an address as it is.
    return params ? `?${params.replace(/%3A/g, ":").replace(/%2F/g, "/")}` : "";
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
