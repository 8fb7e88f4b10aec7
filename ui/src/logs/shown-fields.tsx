// The fields of a live tail: counted here, of the rows that are on the screen, since no answer of the server is about those.

import { useEffect, useMemo, useRef, useState } from "react";
import type { LogRecord } from "../api/types";
import { counted } from "../kit/time";
import { type FieldActions, FieldList, ValueList } from "./field-list";
import { fieldsOf, valuesOf } from "./fields-of";
import css from "./logs.module.css";

// Rows come four times a second; to count all of them as often would cost more than to draw them.
const COUNT_MS = 2_000;

export function ShownFields({ records, actions }: { records: readonly LogRecord[]; actions: FieldActions }) {
  const rows = useNowAndThen(records);
  const fields = useMemo(() => fieldsOf(rows), [rows]);
  return (
    <>
      <h2>
        Fields <span className={css.small}>of the {counted(rows.length, "row")} shown</span>
      </h2>
      <FieldList
        {...actions}
        fields={fields}
        none="No row is shown yet."
        values={(name) => <Values rows={rows} name={name} actions={actions} />}
      />
    </>
  );
}

function Values({ rows, name, actions }: { rows: readonly LogRecord[]; name: string; actions: FieldActions }) {
  const of = useMemo(() => valuesOf(rows, name), [rows, name]);
  return <ValueList {...actions} name={name} of={of} />;
}

/** The rows as they were at most so long ago. */
function useNowAndThen(records: readonly LogRecord[]): readonly LogRecord[] {
  const [rows, setRows] = useState(records);
  const latest = useRef(records);
  latest.current = records;
  useEffect(() => {
    const timer = setInterval(() => setRows(latest.current), COUNT_MS);
    return () => clearInterval(timer);
  }, []);
  // The first rows are counted at once, and so is a tail that began anew.
  return rows.length === 0 || records.length < rows.length ? records : rows;
}
