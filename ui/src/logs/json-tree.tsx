// A record as JSON, to fold and unfold; the value at each place can be copied.

import { type ReactNode, useState } from "react";
import type { Json } from "../api/types";
import { Button, RowButton } from "../kit/controls";
import { LogText } from "../kit/log";
import { copy } from "../kit/states";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import css from "./logs.module.css";
import { written } from "./record";

// More than anybody reads at once; the rest is there on demand.
const SHOWN = 60;
// What lies deeper is folded at first.
const OPEN_DEPTH = 2;

export function JsonTree({ value, label }: { value: { [name: string]: Json }; label: string }) {
  return (
    <div className={css.tree} role="region" aria-label={label}>
      <Entries of={value} path="" depth={0} />
    </div>
  );
}

type Group = Json[] | { [name: string]: Json };

const isGroup = (value: Json): value is Group =>
  value !== null && typeof value === "object" && entriesOf(value).length > 0;
const entriesOf = (group: Group): [string, Json][] =>
  Array.isArray(group) ? group.map((one, at) => [String(at), one]) : Object.entries(group);

function Entries({ of, path, depth }: { of: Group; path: string; depth: number }) {
  const [isWhole, setWhole] = useState(false);
  const all = entriesOf(of);
  const shown = isWhole ? all : all.slice(0, SHOWN);
  return (
    <>
      <ul>
        {shown.map(([name, value]) => {
          const at = Array.isArray(of) ? `${path}[${name}]` : path ? `${path}.${name}` : name;
          const title = Array.isArray(of) ? name : JSON.stringify(flat(name));
          return (
            <li key={name}>
              <Node title={title} value={value} path={at} depth={depth} />
            </li>
          );
        })}
      </ul>
      {all.length > shown.length && (
        <Button size="small" onPress={() => setWhole(true)}>
          Show all {count.format(all.length)}
        </Button>
      )}
    </>
  );
}

function Node({ title, value, path, depth }: { title: string; value: Json; path: string; depth: number }) {
  const take = (
    <RowButton
      verb="Copy"
      of={`the value of ${flat(path)}`}
      look="quiet"
      onPress={() => void copy(written(value), "Value")}
    />
  );
  if (!isGroup(value))
    return (
      <>
        {take}
        {title}: <LogText text={JSON.stringify(value)} />
      </>
    );
  const [opens, closes] = Array.isArray(value) ? "[]" : "{}";
  return (
    <>
      {take}
      <Fold isOpen={depth < OPEN_DEPTH} head={`${title}: ${opens} ${entriesOf(value).length} ${closes}`}>
        <Entries of={value} path={path} depth={depth + 1} />
      </Fold>
    </>
  );
}

/** What is folded is not there at all. */
function Fold({ isOpen, head, children }: { isOpen: boolean; head: string; children: ReactNode }) {
  const [open, setOpen] = useState(isOpen);
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{head}</summary>
      {open && children}
    </details>
  );
}
