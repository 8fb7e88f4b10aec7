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
import { ownAbilities, rightsOf } from "./api/people";
import { me, queries } from "./api/queries";
import { trailSearch } from "./audit/view";
import { claimsSearch } from "./claims/search";
import { keysSearch } from "./data-keys/search";
import { importSearch, jobsSearch } from "./jobs/search";
import { Button, LinkButton } from "./kit/controls";
import { Empty, ErrorBox } from "./kit/states";
import { logsSearch } from "./logs/search";
import { homeOf } from "./shell/nav";
import { Shell } from "./shell/shell";
import { rangeSearch } from "./views/search";

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
  component: lazyRouteComponent(() => import("./sign-in/sign-in"), "SignIn"),
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
  beforeLoad: async ({ context }) => {
    const { kind, tenant } = context.me;
    const isMember = kind === "person" && tenant !== null;
    const abilities = isMember ? await queries.ensureQueryData(ownAbilities).catch(() => undefined) : undefined;
    throw redirect({ to: homeOf(kind, abilities && rightsOf(abilities)) as "/logs" });
  },
});

const logs = createRoute({
  getParentRoute: () => inside,
  path: "/logs",
  validateSearch: logsSearch,
  component: lazyRouteComponent(() => import("./logs/logs"), "Logs"),
});

const views = createRoute({
  getParentRoute: () => inside,
  path: "/views",
  validateSearch: rangeSearch,
  component: lazyRouteComponent(() => import("./views/views"), "Views"),
});

const view = createRoute({
  getParentRoute: () => inside,
  path: "/views/$view",
  validateSearch: rangeSearch,
  component: lazyRouteComponent(() => import("./views/view"), "ViewPage"),
});

const shortLink = createRoute({
  getParentRoute: () => inside,
  path: "/l/$tenant/$link",
  component: lazyRouteComponent(() => import("./links/short-link"), "ShortLinkPage"),
});

const alerts = createRoute({
  getParentRoute: () => inside,
  path: "/alerts",
  component: lazyRouteComponent(() => import("./alerts/alerts"), "Alerts"),
});

const newAlert = createRoute({
  getParentRoute: () => inside,
  path: "/alerts/new",
  validateSearch: (search): { s?: string; q?: string } => {
    const [s, q] = [text(search.s), text(search.q)];
    return { ...(s ? { s } : {}), ...(q ? { q } : {}) };
  },
  component: lazyRouteComponent(() => import("./alerts/alert-form"), "NewAlert"),
});

const alert = createRoute({
  getParentRoute: () => inside,
  path: "/alerts/$alert",
  component: lazyRouteComponent(() => import("./alerts/alert"), "AlertPage"),
});

const changeAlert = createRoute({
  getParentRoute: () => inside,
  path: "/alerts/$alert/change",
  component: lazyRouteComponent(() => import("./alerts/alert-form"), "ChangeAlert"),
});

const destinations = createRoute({
  getParentRoute: () => inside,
  path: "/alerts/destinations",
  component: lazyRouteComponent(() => import("./alerts/destinations"), "Destinations"),
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

const jobs = createRoute({
  getParentRoute: () => inside,
  path: "/jobs",
  validateSearch: jobsSearch,
  component: lazyRouteComponent(() => import("./jobs/jobs"), "Jobs"),
});

const importFile = createRoute({
  getParentRoute: () => inside,
  path: "/jobs/import",
  validateSearch: importSearch,
  component: lazyRouteComponent(() => import("./jobs/import"), "ImportPage"),
});

const job = createRoute({
  getParentRoute: () => inside,
  path: "/jobs/$job",
  component: lazyRouteComponent(() => import("./jobs/job"), "JobPage"),
});

const pipeline = createRoute({
  getParentRoute: () => inside,
  path: "/sources/$source/pipeline",
  component: lazyRouteComponent(() => import("./sources/pipeline-page"), "PipelinePage"),
});

const audit = createRoute({
  getParentRoute: () => inside,
  path: "/audit",
  validateSearch: trailSearch,
  component: lazyRouteComponent(() => import("./audit/audit"), "Audit"),
});

const dataKeys = createRoute({
  getParentRoute: () => inside,
  path: "/keys",
  validateSearch: keysSearch,
  component: lazyRouteComponent(() => import("./data-keys/keys"), "DataKeys"),
});

const claims = createRoute({
  getParentRoute: () => inside,
  path: "/security",
  validateSearch: claimsSearch,
  component: lazyRouteComponent(() => import("./claims/board"), "Board"),
});

const statements = createRoute({
  getParentRoute: () => inside,
  path: "/security/statements",
  validateSearch: claimsSearch,
  component: lazyRouteComponent(() => import("./claims/statements"), "Statements"),
});

const ownPage = createRoute({
  getParentRoute: () => inside,
  path: "/security/own",
  validateSearch: claimsSearch,
  component: lazyRouteComponent(() => import("./claims/own"), "OwnPage"),
});

const template = createRoute({
  getParentRoute: () => inside,
  path: "/security/template",
  validateSearch: claimsSearch,
  component: lazyRouteComponent(() => import("./claims/template"), "TemplatePage"),
});

const system = createRoute({
  getParentRoute: () => inside,
  path: "/system",
  component: lazyRouteComponent(() => import("./system/system"), "SystemPage"),
});

const people = createRoute({
  getParentRoute: () => inside,
  path: "/people",
  component: lazyRouteComponent(() => import("./people/people"), "People"),
});

const person = createRoute({
  getParentRoute: () => inside,
  path: "/people/$person",
  component: lazyRouteComponent(() => import("./people/person"), "PersonPage"),
});

const roles = createRoute({
  getParentRoute: () => inside,
  path: "/roles",
  component: lazyRouteComponent(() => import("./people/roles"), "Roles"),
});

const services = createRoute({
  getParentRoute: () => inside,
  path: "/service-accounts",
  component: lazyRouteComponent(() => import("./people/services"), "Services"),
});

const signInRules = createRoute({
  getParentRoute: () => inside,
  path: "/sign-in-rules",
  component: lazyRouteComponent(() => import("./sign-in-rules/sign-in-rules"), "SignInRules"),
});

const access = createRoute({
  getParentRoute: () => inside,
  path: "/access",
  component: lazyRouteComponent(() => import("./access/access-page"), "Access"),
});

const accessRequest = createRoute({
  getParentRoute: () => inside,
  path: "/access/$request",
  component: lazyRouteComponent(() => import("./access/trail"), "RequestPage"),
});

const account = createRoute({
  getParentRoute: () => inside,
  path: "/me",
  component: lazyRouteComponent(() => import("./account/account"), "Account"),
});

const team = [people, person, roles, services, signInRules, access, accessRequest, account];
const proof = [claims, statements, ownPage, template, audit, dataKeys, system];
const watched = [views, view, shortLink, alerts, newAlert, alert, changeAlert, destinations];
const work = [sources, source, pipeline, jobs, importFile, job];
const routes = [signIn, setup, inside.addChildren([home, logs, ...watched, ...work, ...team, ...proof])];

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
