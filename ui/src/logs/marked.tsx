// The records that somebody marked: they stay here while others are looked for, until they are let go.

import { useState } from "react";
import type { LogRecord } from "../api/types";
import { Button } from "../kit/controls";
import { Copy } from "../kit/states";
import { count, counted } from "../kit/time";
import type { Zone } from "../kit/zone";
import { One } from "./linked";
import css from "./logs.module.css";
import { bare, line } from "./record";

export function useMarks(zone: Zone) {
  const [all, setAll] = useState<ReadonlyMap<string, LogRecord>>(new Map());
  const turn = (record: LogRecord) => {
    const next = new Map(all);
    if (!next.delete(record.id)) next.set(record.id, record);
    setAll(next);
  };
  const bar = all.size > 0 && (
    <Marked records={[...all.values()]} zone={zone} onUnmark={turn} onClear={() => setAll(new Map())} />
  );
  return { all, turn, bar };
}

function Marked(props: {
  records: readonly LogRecord[];
  zone: Zone;
  onUnmark: (record: LogRecord) => void;
  onClear: () => void;
}) {
  const { records } = props;
  const [isShown, setShown] = useState(false);
  const text = (write: (record: LogRecord) => string) => records.map((record) => `${write(record)}\n`).join("");
  return (
    <section aria-label="Marked records" className={css.linked}>
      <div className={css.said}>
        <strong role="status">{count.format(records.length)} marked</strong>
        <Button size="small" aria-expanded={isShown} onPress={() => setShown(!isShown)}>
          {isShown ? "Hide" : "Show"}
        </Button>
        <Copy what={counted(records.length, "record")} text={text((record) => JSON.stringify(bare(record)))}>
          Copy as NDJSON
        </Copy>
        <Copy what={counted(records.length, "record")} text={text(line)}>
          Copy as text
        </Copy>
        <Button size="small" onPress={props.onClear}>
          Clear
        </Button>
      </div>
      {isShown && (
        <ul aria-label="Marked">
          {records.map((record) => (
            <li key={record.id} className={css.value}>
              <One record={record} zone={props.zone} />
              <Button
                size="small"
                icon
                look="quiet"
                aria-label={`Unmark ${line(record).slice(0, 80)}`}
                onPress={() => props.onUnmark(record)}
              >
                ×
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
