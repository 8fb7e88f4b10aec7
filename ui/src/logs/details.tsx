// A record in full, under its row.

import { useState } from "react";
import type { Json, LogRecord } from "../api/types";
import { Button, RowButton, Tabs } from "../kit/controls";
import { LogText } from "../kit/log";
import { Copy } from "../kit/states";
import { flat } from "../kit/text";
import { JsonTree } from "./json-tree";
import css from "./logs.module.css";
import { Origin } from "./origin";
import { bare, flatten, json, written } from "./record";
import { term } from "./view";

// More than anybody reads at once; the rest is there on demand.
const FIELDS_SHOWN = 60;

export type DetailActions = {
  /** The source that the record is of. */
  source: string;
  onFilter: (condition: string, keep: "in" | "out") => void;
  onColumn: (name: string) => void;
  onStats: (name: string) => void;
  onContext: (record: LogRecord) => void;
  onLink: (record: LogRecord) => void;
  /** Puts the details beside the rows, or back under their row; where there is room for either. */
  onPin?: (() => void) | undefined;
  isPinned?: boolean;
  /** Wraps the row, or folds it; of a row that is one of a list. */
  onTurn?: (record: LogRecord) => void;
};

export function Details({ record, actions }: { record: LogRecord; actions: DetailActions }) {
  const tabs = [
    { id: "fields", name: "Fields", content: <Fields record={record} actions={actions} /> },
    {
      id: "json",
      name: "JSON",
      content: <JsonTree value={bare(record) as { [name: string]: Json }} label="The record as JSON" />,
    },
    { id: "origin", name: "Who sent it", content: <Origin source={actions.source} record={record} /> },
  ];
  return (
    <div className={css.details}>
      <div className={css.tools}>
        <Button size="small" onPress={() => actions.onContext(record)}>
          Context
        </Button>
        <Button size="small" onPress={() => actions.onLink(record)}>
          Copy link
        </Button>
        {actions.onTurn && (
          <Button size="small" onPress={() => actions.onTurn?.(record)} aria-keyshortcuts="Shift+W">
            Wrap or fold
          </Button>
        )}
        {actions.onPin && (
          <Button size="small" onPress={actions.onPin}>
            {actions.isPinned ? "Under the row" : "Beside the rows"}
          </Button>
        )}
        <Copy text={json(record)} what="record">
          Copy JSON
        </Copy>
        <Copy text={record.message ?? ""} what="message">
          Copy message
        </Copy>
      </div>
      <Tabs label="Details" tabs={tabs} />
    </div>
  );
}

function Fields({ record, actions }: { record: LogRecord; actions: DetailActions }) {
  const [isWhole, setWhole] = useState(false);
  const own: [string, Json][] = [["timestamp", record.timestamp]];
  if (record.level !== undefined) own.push(["level", record.level]);
  if (record.message !== undefined) own.push(["message", record.message]);
  const all = [...own, ...flatten(record.attributes)];
  const shown = isWhole ? all : all.slice(0, FIELDS_SHOWN);
  return (
    <>
      <dl className={css.fieldList}>
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{flat(name)}</dt>
            <dd>
              <LogText text={written(value)} />
            </dd>
            <dd className={css.tools}>
              {name !== "message" && name !== "timestamp" && <FieldTools name={name} value={value} actions={actions} />}
            </dd>
          </div>
        ))}
      </dl>
      {all.length > shown.length && (
        <Button size="small" onPress={() => setWhole(true)}>
          Show all {all.length} fields
        </Button>
      )}
    </>
  );
}

function FieldTools({ name, value, actions }: { name: string; value: Json; actions: DetailActions }) {
  const called = flat(name);
  return (
    <>
      <RowButton verb="Only" of={`where ${called} is this`} onPress={() => actions.onFilter(term(name, value), "in")} />
      <RowButton
        verb="Without"
        of={`${called} being this`}
        onPress={() => actions.onFilter(term(name, value), "out")}
      />
      <RowButton verb="Column" of={called} onPress={() => actions.onColumn(name)} />
      <RowButton verb="Values" of={`of ${called}`} onPress={() => actions.onStats(name)} />
    </>
  );
}
