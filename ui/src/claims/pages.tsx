// The screens around a page of claims, and whose page they are about.

import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Select } from "../kit/controls";
import kit from "../kit/page.module.css";
import { useMe, useOwnRights } from "../shell/shell";
import css from "./claims.module.css";
import type { Subject } from "./search";

const SCREENS = [
  { to: "/security", name: "Board" },
  { to: "/security/statements", name: "Signed by people" },
  { to: "/security/own", name: "Own claims" },
  { to: "/security/template", name: "Template" },
] as const;

export function Frame(props: {
  title: string;
  at: (typeof SCREENS)[number]["to"];
  of: Subject;
  /** Both pages have this screen. */
  canChoose: boolean;
  children: ReactNode;
}) {
  const me = useMe();
  const navigate = useNavigate();
  const rights = useOwnRights();
  // Behind the board is what whoever looks after a page sees.
  const maySee = rights === undefined || rights.has("overview:view");
  const screens = SCREENS.filter((screen) =>
    screen.to === "/security/own" ? maySee && me.tenant !== null : maySee || screen.to === "/security",
  );
  const tenant = me.tenants.find((one) => one.id === me.tenant)?.name ?? "the organization";
  const choices = [
    { id: "installation" as const, name: "Page of this installation" },
    { id: "own" as const, name: `Page of ${tenant}` },
  ];
  return (
    <div className={kit.page}>
      <div className={kit.head}>
        <h1>{props.title}</h1>
        {props.canChoose && maySee && me.tenant !== null && (
          <Select
            label="Whose page"
            hideLabel
            options={choices}
            value={props.of}
            onChange={(of) => void navigate({ to: props.at, search: { of } })}
          />
        )}
      </div>
      <nav className={css.screens} aria-label="Security page">
        {screens.map((screen) => (
          <Link
            key={screen.to}
            to={screen.to}
            search={screen.to === "/security/own" ? {} : { of: props.of }}
            className={css.screen ?? ""}
            activeOptions={{ exact: true, includeSearch: false }}
          >
            {screen.name}
          </Link>
        ))}
      </nav>
      {props.children}
    </div>
  );
}
