// What stands around every screen: where one can go, which tenant, and who one is.

import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { api, Problem } from "../api/client";
import { useRights } from "../api/people";
import { me as meQuery, queries } from "../api/queries";
import type { Me } from "../api/types";
import { Button, classes, Menu, Select } from "../kit/controls";
import { Mark } from "../kit/states";
import { toast } from "../kit/toast";
import { enter } from "./enter";
import { useKeys, useListener } from "./keys";
import { groupsFor, type Place, placesFor, type Rights } from "./nav";
import { Proof } from "./proof";
import css from "./shell.module.css";
import { choose, type Theme, theme } from "./theme";

// What few begin with comes when it is asked for.
const KeyList = lazy(async () => ({ default: (await import("./key-list")).KeyList }));
const More = lazy(async () => ({ default: (await import("./more")).More }));
const Palette = lazy(async () => ({ default: (await import("./palette")).Palette }));
const News = lazy(async () => ({ default: (await import("./news")).News }));
const Waits = lazy(async () => ({ default: (await import("../access/bar")).Waits }));
const AccessBar = lazy(async () => ({ default: (await import("../access/bar")).AccessBar }));

const MORE = "M4 12h2M11 12h2M18 12h2";
const FOLDED = "blockhouse-rail";

/** Whoever is signed in; screens inside the shell can rely on there being somebody. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  // Kept while the way to the sign-in page is under way.
  const [last, setLast] = useState(data);
  useEffect(() => {
    if (data) setLast(data);
  }, [data]);
  const who = data ?? last;
  if (!who) throw new Error("nobody is signed in");
  return who;
}

/** By what a member may do it is said where there is something for them. */
export function useOwnRights(): Rights {
  const me = useMe();
  const rights = useRights();
  return me.kind === "person" && me.tenant !== null ? rights : undefined;
}

export function Shell() {
  const me = useMe();
  const router = useRouter();
  const navigate = useNavigate();
  const rights = useOwnRights();
  const { data: now } = useQuery(meQuery);
  const [isFolded, setFolded] = useState(() => localStorage.getItem(FOLDED) === "folded");
  const [isPalette, setPalette] = useState(false);
  const [isKeyList, setKeyList] = useState(false);
  const [isMore, setMore] = useState(false);

  // The session ended while a screen was open.
  useEffect(() => {
    if (now === null) void router.invalidate();
  }, [now, router]);

  useListener();
  const bindings = useMemo(
    () => [
      { keys: "?", name: "List of keys", run: () => setKeyList(true) },
      ...placesFor(me.kind, rights)
        .filter((place) => place.keys)
        .map((place) => ({
          keys: place.keys,
          name: place.name,
          run: () => void navigate({ href: place.href } as never),
        })),
    ],
    [navigate, me.kind, rights],
  );
  useKeys("Everywhere", bindings);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      setPalette((open) => !open);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  const fold = () => {
    localStorage.setItem(FOLDED, isFolded ? "" : "folded");
    setFolded(!isFolded);
  };

  return (
    <div className={css.shell} {...(isFolded ? { "data-folded": "" } : {})}>
      <a className={css.skip} href="#main">
        Skip to the content
      </a>
      <div className={css.alert}>
        <Suspense>
          <AccessBar />
        </Suspense>
      </div>
      <header className={css.bar}>
        <Tenants me={me} />
        <span className={css.wide}>
          <Button size="small" onPress={() => setPalette(true)} aria-keyshortcuts="Control+K">
            Go to … <kbd>Ctrl K</kbd>
          </Button>
        </span>
        <span className={css.gap} />
        <Suspense>
          <News />
        </Suspense>
        <Account me={me} onKeys={() => setKeyList(true)} onPalette={() => setPalette(true)} />
      </header>
      <nav className={css.rail} aria-label="Console">
        <Link to="/" className={css.brand ?? ""} aria-label="Blockhouse">
          <Mark />
          <span className={css.word}>Blockhouse</span>
        </Link>
        <div className={css.places}>
          <Groups />
          <button
            type="button"
            className={classes(css.place, css.more)}
            aria-haspopup="dialog"
            onClick={() => setMore(true)}
          >
            <Icon path={MORE} />
            <span className={css.word}>More</span>
          </button>
        </div>
        <div className={css.foot}>
          <Button
            look="quiet"
            size="small"
            onPress={fold}
            aria-expanded={!isFolded}
            aria-label={isFolded ? "Unfold the menu" : "Fold the menu"}
          >
            {isFolded ? "»" : "« Fold"}
          </Button>
        </div>
      </nav>
      <main id="main" className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      {isPalette && (
        <Suspense>
          <Palette isOpen onClose={() => setPalette(false)} />
        </Suspense>
      )}
      {isKeyList && (
        <Suspense>
          <KeyList isOpen onClose={() => setKeyList(false)} />
        </Suspense>
      )}
      {isMore && (
        <Suspense>
          <More kind={me.kind} onClose={() => setMore(false)} />
        </Suspense>
      )}
      <Proof />
    </div>
  );
}

export function Groups({ onPress }: { onPress?: () => void }) {
  const { kind } = useMe();
  return groupsFor(kind, useOwnRights()).map(({ name, places }, at) => (
    <div key={name} className={css.group} role="group" aria-label={name}>
      {/* What everybody begins with needs no heading. */}
      {at > 0 && (
        <span className={css.heading} aria-hidden="true">
          {name}
        </span>
      )}
      {places.map((place) => (
        <PlaceLink key={place.id} place={place} kind={kind} {...(onPress ? { onPress } : {})} />
      ))}
    </div>
  ));
}

function PlaceLink({ place, kind, onPress }: { place: Place; kind: string; onPress?: () => void }) {
  const { pathname } = useLocation();
  return (
    <Link
      to={place.href.replace("/app", "")}
      className={classes(css.place, place.first?.some((one) => one === kind) && css.first)}
      title={place.name}
      {...(place.beside?.includes(pathname) ? { "aria-current": "page" as const } : {})}
      {...(onPress ? { onClick: onPress } : {})}
    >
      <Icon path={place.icon} />
      {place.id === "access" && (
        <Suspense>
          <Waits className={css.count} />
        </Suspense>
      )}
      <Name of={place} />
    </Link>
  );
}

function Name({ of: { name, short } }: { of: Place }) {
  return (
    <>
      <span className={classes(css.word, short !== undefined && css.long)}>{name}</span>
      {short !== undefined && <span className={css.short}>{short}</span>}
    </>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

const NOWHERE: Record<Me["kind"], string> = {
  person: "No organization",
  engineer: "Staff: engineer",
  operator: "Staff: operator",
};

function Tenants({ me }: { me: Me }) {
  const router = useRouter();
  const current = me.tenants.find((tenant) => tenant.id === me.tenant);
  if (me.tenants.length < 2) return <strong className={css.shrinks}>{current?.name ?? NOWHERE[me.kind]}</strong>;
  const change = async (tenant: string) => {
    try {
      await enter(tenant);
      // The screen is of the former one: there is nothing left to stay for.
      await router.navigate({ to: "/logs", search: {}, ignoreBlocker: true });
      await router.invalidate();
    } catch (error) {
      toast(error instanceof Error ? error.message : "The organization could not be changed", { kind: "failed" });
    }
  };
  return (
    <div className={css.shrinks}>
      <Select label="Organization" hideLabel options={me.tenants} value={me.tenant} onChange={change} />
    </div>
  );
}

export function useSignOut(): () => Promise<void> {
  const router = useRouter();
  return async () => {
    try {
      await api("POST", "/v1/sign-out");
    } catch (error) {
      // A session that is over leads away by itself.
      const { status, detail } = Problem.of(error);
      if (status !== 401) toast(`You are still signed in. ${detail}`, { kind: "failed" });
      return;
    }
    queries.clear();
    // The session is over: whoever stayed could save nothing.
    await router.navigate({ to: "/sign-in", search: {}, ignoreBlocker: true });
  };
}

function Account({ me, onKeys, onPalette }: { me: Me; onKeys: () => void; onPalette: () => void }) {
  const signOut = useSignOut();
  const [, setChosen] = useState<Theme>();
  const now = theme();
  const themed = (next: Theme, name: string) => ({
    id: `theme-${next}`,
    name,
    isOn: now === next,
    onAction: () => {
      choose(next);
      setChosen(next);
    },
  });
  const initials = me.name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
  return (
    <Menu
      label="Your account"
      button={
        <Button look="quiet" aria-label={`${initials || "You"}, your account`}>
          {initials || "You"}
        </Button>
      }
      entries={[
        { id: "me", name: me.name, help: me.email, href: "/app/me" },
        { id: "palette", name: "Go to …", help: "Ctrl K", onAction: onPalette },
        { id: "keys", name: "List of keys", help: "?", onAction: onKeys },
        themed("system", "Theme: as the system"),
        themed("light", "Theme: light"),
        themed("dark", "Theme: dark"),
        { id: "out", name: "Sign out", onAction: signOut },
      ]}
    />
  );
}
