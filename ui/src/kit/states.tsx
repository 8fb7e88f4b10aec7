// What is said of things: badges, errors, emptiness, waiting, secrets, snippets, tables.

import { type CSSProperties, type ReactNode, useEffect, useState } from "react";
import { Problem } from "../api/client";
import { Button, classes } from "./controls";
import { InRows } from "./in-rows";
import css from "./states.module.css";
import { toast } from "./toast";

export type Tone = "good" | "warn" | "bad" | "info" | "staff";

export function Badge({ tone, children }: { tone?: Tone; children: ReactNode }) {
  return <span className={classes(css.badge, tone && css[tone])}>{children}</span>;
}

/** A note in a frame; its words say what kind it is, the colour only helps. */
export function Note({ tone = "info", children }: { tone?: Tone; children: ReactNode }) {
  return <div className={classes(css.box, css[tone])}>{children}</div>;
}

/** What went wrong, what it means, and the code that stays the same. */
export function ErrorBox({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = Problem.of(error);
  return (
    <div className={classes(css.box, css.bad)} role="alert">
      <p>
        <Ticked text={problem.detail} />
      </p>
      {problem.hint && (
        <p>
          <Ticked text={problem.hint} />
        </p>
      )}
      {problem.wait > 0 && <p>Try again in {problem.wait} s.</p>}
      {problem.code && <p className={css.code}>{problem.code}</p>}
      {retry && (
        <p>
          <Button size="small" onPress={retry}>
            Try again
          </Button>
        </p>
      )}
    </div>
  );
}

/** A sentence of the server, where what stands between backticks is code. */
export function Ticked({ text }: { text: string }) {
  let at = 0;
  return text.split(/(`[^`]+`)/).map((piece) => {
    at += piece.length;
    return piece.startsWith("`") && piece.length > 2 ? <code key={at}>{piece.slice(1, -1)}</code> : piece;
  });
}

/** What will be here, and the one thing to do about it. */
export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.empty}>
      <Mark />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

/** Three beams across two uprights. */
export function Mark() {
  return (
    <svg className={css.mark} viewBox="0 0 32 32" aria-hidden="true">
      <path d="M7 2h4v28H7zM21 2h4v28h-4zM2 6h28v4H2zM2 14h28v4H2zM2 22h28v4H2z" />
    </svg>
  );
}

/** Says that something is on its way, once it takes long enough to wonder. */
export function Waiting({ children }: { children: ReactNode }) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className={css.waiting} role="status">
      {isShown ? children : " "}
    </p>
  );
}

/** `more` is said of it once it is copied. */
export async function copy(text: string, what: string, more = "") {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied${more}`);
  } catch {
    toast(`${what} could not be copied: the browser does not allow it here`, { kind: "failed" });
  }
}

export function Copy({ text, what, children }: { text: string; what: string; children?: string }) {
  return (
    <Button size="small" aria-label={children ?? `Copy ${what}`} onPress={() => copy(text, what)}>
      {children ?? "Copy"}
    </Button>
  );
}

/** Lines to paste somewhere, which wrap where there is no room; those of a stranger are shown as `flat` makes them. */
export function Snippet({ text, what, shown = text }: { text: string; what: string; shown?: string }) {
  return (
    <div className={css.snippet}>
      <pre role="region" aria-label={what}>
        <code>{shown}</code>
      </pre>
      <Copy text={text} what={what} />
    </div>
  );
}

/** A secret that nobody can show again. */
export function SecretOnce({ secret, what, isSealed }: { secret: string; what: string; isSealed?: boolean }) {
  return (
    <div className={css.secret}>
      <Note tone="warn">
        <p>
          Copy the {what} now.{" "}
          {isSealed
            ? "It is kept sealed, for the server alone, and nobody is shown it again."
            : "It is kept as a digest only, so nobody can show it again."}
        </p>
      </Note>
      <Snippet text={secret} what={what} />
    </div>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className={css.kbd}>{children}</kbd>;
}

type Column = string | { name: string; number?: boolean; hidden?: boolean };

const columnOf = (column: Column) => (typeof column === "string" ? { name: column } : column);

/**
 * Rows of columns; where there is no room for them each row is a card, whose first cell is its name and whose others stand
 * behind theirs.
 */
export function Table(props: {
  label: string;
  columns: readonly Column[];
  /** Its own style sheet says what a row becomes. */
  hasOwnCards?: boolean;
  children: ReactNode;
}) {
  // The style sheet writes them: a cell does not know its column.
  const names = props.columns.map((column, at) => {
    const { name, hidden } = columnOf(column);
    return [`--name-${at + 1}`, hidden ? "none" : JSON.stringify(name)];
  });
  return (
    <section className={css.scroll} tabIndex={0} aria-label={props.label}>
      <table
        className={classes(css.table, !props.hasOwnCards && css.cards)}
        style={Object.fromEntries(names) as CSSProperties}
      >
        <thead>
          <tr>
            {props.columns.map((column) => {
              const { name, number, hidden } = columnOf(column);
              return (
                <th key={name} scope="col" className={number ? css.number : undefined}>
                  {hidden ? <span className="visually-hidden">{name}</span> : name}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          <InRows value={true}>{props.children}</InRows>
        </tbody>
      </table>
    </section>
  );
}

export const numberCell = css.number;
/** Of what scrolls sideways. */
export const more = css.more;

/** A share of a whole, with its words beside it. */
export function Meter({ share, label }: { share: number; label: string }) {
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div className={css.meter} role="img" aria-label={label}>
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}
