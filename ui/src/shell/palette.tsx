// Goes anywhere and does anything that has a key, by name.

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import * as Aria from "react-aria-components";
import { openJobs } from "../api/jobs";
import { useMay } from "../api/people";
import { sources as sourcesQuery } from "../api/queries";
import { savedViews } from "../api/watching";
import controls from "../kit/controls.module.css";
import { Sheet } from "../kit/dialog";
import { flat } from "../kit/text";
import { useBindings } from "./keys";
import { placesFor } from "./nav";
import { useMe, useOwnRights, useSignOut } from "./shell";
import css from "./shell.module.css";
import { choose } from "./theme";

type Screen = { name: string; href: string; for: readonly string[]; needs?: string };

/** Beside the places, and what is on them; those of staff are what their work is. */
const SCREENS = [
  { name: "Roles", href: "/app/roles", for: ["person"], needs: "roles:view" },
  { name: "Service accounts", href: "/app/service-accounts", for: ["person"], needs: "services:manage" },
  { name: "Where alerts are told", href: "/app/alerts/destinations", for: ["person"], needs: "alerts:view" },
  { name: "Own claims", href: "/app/security/own", for: ["person"], needs: "overview:view" },
  {
    name: "Claims that people sign",
    href: "/app/security/statements",
    for: ["person", "operator"],
    needs: "overview:view",
  },
  {
    name: "Template of a security page",
    href: "/app/security/template",
    for: ["person", "operator"],
    needs: "overview:view",
  },
  { name: "Public security page", href: "/security", for: ["person", "engineer", "operator"] },
] as const satisfies readonly Screen[];

/** What is done at a place, with its dialog open. */
const DOINGS: readonly { name: string; href: string; needs?: string }[] = [
  { name: "Invite somebody", href: "/app/people#invite", needs: "people:manage" },
  { name: "New source", href: "/app/sources#new", needs: "sources:create" },
  { name: "Add a passkey", href: "/app/me#passkey" },
];

const OF_SOURCE = [
  { what: "Logs", href: (id: string) => `/app/logs?s=${id}` },
  { what: "Keys", href: (id: string) => `/app/sources/${id}` },
  { what: "Pipeline", href: (id: string) => `/app/sources/${id}/pipeline` },
] as const;

type Command = { id: string; name: string; help: string; run: () => void };

export function Palette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Sheet label="Go to" isOpen={isOpen} onClose={onClose}>
      <Commands onClose={onClose} />
    </Sheet>
  );
}

function Commands({ onClose }: { onClose: () => void }) {
  const me = useMe();
  const navigate = useNavigate();
  const rights = useOwnRights();
  const signOut = useSignOut();
  const bindings = useBindings();
  const { contains } = Aria.useFilter({ sensitivity: "base" });
  const { data: all = [] } = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const maySee = useMay("views:view") === true;
  const { data: views = [] } = useQuery({ ...savedViews(me.tenant), enabled: maySee && me.tenant !== null });
  const mayImport = useMay("logs:write") === true && me.tenant !== null;
  const isOwner = useMay("people:manage") === true && me.kind === "person";
  const maySeeJobs = useMay("tenant:view") === true && me.tenant !== null;
  const { data: jobs } = useQuery({ ...openJobs(me.tenant), enabled: maySeeJobs });
  const go = (href: string) => () =>
    href.startsWith("/app/") ? void navigate({ href } as never) : location.assign(href);
  const commands: Command[] = [
    ...placesFor(me.kind, rights).map((place) => ({
      id: place.id,
      name: place.name,
      help: place.keys,
      run: go(place.href),
    })),
    // It says who runs the installation.
    ...(isOwner ? [{ id: "system", name: "System", help: "for operators", run: go("/app/system") }] : []),
    ...SCREENS.filter(
      (one: Screen) => one.for.includes(me.kind) && (!rights || !one.needs || rights.has(one.needs)),
    ).map(({ name, href }) => ({
      id: href,
      name,
      help: "",
      run: go(href),
    })),
    ...all.flatMap((source) =>
      // Staff read what was approved, and see nothing else of a source.
      (me.kind === "person" ? OF_SOURCE : OF_SOURCE.slice(0, 1)).map(({ what, href }) => ({
        id: `${what}-${source.id}`,
        name: `${what} of ${source.name}`,
        help: "source",
        run: go(href(source.id)),
      })),
    ),
    ...views.map((view) => ({
      id: `view-${view.id}`,
      name: view.name,
      help: "saved view",
      run: go(`/app/views/${view.id}`),
    })),
    ...DOINGS.filter((one) => !one.needs || rights?.has(one.needs)).map(({ name, href }) => ({
      id: href,
      name,
      help: "",
      run: go(href),
    })),
    ...(rights?.has("keys:manage") ? all : []).map(({ id, name }) => ({
      id: `new-key-${id}`,
      name: `New key of ${name}`,
      help: "source",
      run: go(`/app/sources/${id}#new-key`),
    })),
    ...(mayImport ? [{ id: "import", name: "Import a file", help: "", run: go("/app/jobs/import") }] : []),
    ...(jobs?.jobs ?? []).map((job) => ({
      id: `job-${job.id}`,
      name: flat(job.title),
      help: "job under way",
      run: go(`/app/jobs/${job.id}`),
    })),
    ...bindings
      .filter((binding) => binding.group !== "Everywhere" || binding.keys === "?")
      .map((binding) => ({ id: `key-${binding.keys}`, name: binding.name, help: binding.keys, run: binding.run })),
    { id: "light", name: "Theme: light", help: "", run: () => choose("light") },
    { id: "dark", name: "Theme: dark", help: "", run: () => choose("dark") },
    { id: "theme-system", name: "Theme: as the system", help: "", run: () => choose("system") },
    { id: "me", name: "Your account", help: "", run: go("/app/me") },
    { id: "out", name: "Sign out", help: "", run: () => void signOut() },
  ];
  return (
    <div className={css.palette}>
      <Aria.Autocomplete filter={contains}>
        <Aria.TextField aria-label="Where to, or what to do" autoFocus>
          <Aria.Input placeholder="Where to, or what to do" />
        </Aria.TextField>
        <Aria.Menu
          aria-label="Found"
          items={commands}
          renderEmptyState={() => <p className={controls.section}>Nothing is called that.</p>}
          onAction={(id) => {
            onClose();
            commands.find((command) => command.id === id)?.run();
          }}
        >
          {(command) => (
            <Aria.MenuItem className={controls.option ?? ""} textValue={command.name}>
              <span>{command.name}</span>
              <span className={controls.help}>{command.help}</span>
            </Aria.MenuItem>
          )}
        </Aria.Menu>
      </Aria.Autocomplete>
    </div>
  );
}
