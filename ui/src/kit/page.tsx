// What screens of settings are made of: a page, its panels, and the four states of what was asked.

import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { Problem } from "../api/client";
import { Button } from "./controls";
import css from "./page.module.css";
import { Note } from "./states";
import { Ago } from "./time";
import { Unready } from "./unready";

export function Page(props: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${props.title} - Blockhouse`;
  }, [props.title]);
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>{props.title}</h1>
        {props.actions && <div className={css.row}>{props.actions}</div>}
      </div>
      {props.lead}
      {props.children}
    </div>
  );
}

export function Panel(props: { title: string; help?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.panel} aria-label={props.title}>
      <div className={css.head}>
        <h2>{props.title}</h2>
        {props.actions && <div className={css.row}>{props.actions}</div>}
      </div>
      {props.help && <p className={css.muted}>{props.help}</p>}
      {props.children}
    </section>
  );
}

/** Pages that belong together. */
export function Siblings({ label, pages }: { label: string; pages: readonly { name: string; to: string }[] }) {
  return (
    <nav className={css.siblings} aria-label={label}>
      {pages.map((page) => (
        <Link key={page.to} to={page.to} activeOptions={{ exact: true }} className={css.sibling ?? ""}>
          {page.name}
        </Link>
      ))}
    </nav>
  );
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className={css.facts}>{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

type Asking<T> = {
  data: T | undefined;
  error: Error | null;
  refetch: () => unknown;
  /** When what is there came. */
  dataUpdatedAt?: number;
  /** Of what comes in pages; whoever shows them says so at their end. */
  isFetchNextPageError?: boolean;
};

/**
 * What was asked of the server: under way, not allowed, failed, or there, and then also whether it could be refreshed. That
 * there is none says whoever shows it.
 */
export function Asked<T>({
  of,
  what,
  giver,
  children,
}: {
  of: Asking<T>;
  what: string;
  /** Who lets somebody see it, where that is not an owner. */
  giver?: string;
  children: (data: T) => ReactNode;
}): ReactNode {
  if (of.data !== undefined)
    return (
      <>
        {of.error && !of.isFetchNextPageError && (
          <Note tone="warn">
            <p role="status">
              Could not be refreshed, and may be out of date: {what}.{" "}
              {of.dataUpdatedAt ? (
                <>
                  What stands here came <Ago at={new Date(of.dataUpdatedAt).toISOString()} />.{" "}
                </>
              ) : null}
              {Problem.of(of.error).detail}
            </p>
            <p>
              <Button size="small" onPress={() => void of.refetch()}>
                Try again
              </Button>
            </p>
          </Note>
        )}
        {children(of.data)}
      </>
    );
  return <Unready error={of.error} retry={() => void of.refetch()} what={what} {...(giver ? { giver } : {})} />;
}

/** In the place of a form, for whoever may only look. */
export function OnlyLooks({ right, what }: { right: string; what: string }) {
  return (
    <p className={css.muted}>
      To {what} takes the permission <code>{right}</code>, which your roles do not have.
    </p>
  );
}

/** What is asked for only after a press, because the server wants a proof of who asks. */
export function Behind({ what, isOpen, onOpen, children }: Behind) {
  if (isOpen) return children;
  return (
    <p className={css.row}>
      <Button onPress={onOpen}>Show {what}</Button>
      <span className={css.muted}>It may ask you for a proof of who you are.</span>
    </p>
  );
}
type Behind = { what: string; isOpen: boolean; onOpen: () => void; children: ReactNode };

export const muted = css.muted;
export const row = css.row;
export const pair = css.pair;
export const stack = css.stack;
export const rows = css.rows;
export const rowOf = css.rowOf;
export const plain = css.plain;
export const whole = css.whole;
export const named = css.named;
export const cut = css.cut;
