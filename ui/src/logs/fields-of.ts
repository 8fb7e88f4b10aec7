// Fields and values of records that are here, counted as the server counts those that it has. Pure.

import type { Json, LogRecord } from "../api/types";
import { field, flatten } from "./record";

const TOP = 10;

export function fieldsOf(records: readonly LogRecord[]): { name: string; records: number }[] {
  const counts = new Map<string, number>();
  const add = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const record of records) {
    for (const name of ["level", "message"] as const) if (record[name] != null) add(name);
    for (const [name, value] of flatten(record.attributes)) if (value !== null) add(name);
  }
  return [...counts].map(([name, records]) => ({ name, records })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function valuesOf(records: readonly LogRecord[], name: string) {
  const counts = new Map<string, { value: Json; count: number }>();
  let present = 0;
  for (const record of records) {
    const value = field(record, name);
    if (value === undefined || value === null) continue;
    present += 1;
    const key = JSON.stringify(value);
    const known = counts.get(key);
    if (known) known.count += 1;
    else counts.set(key, { value, count: 1 });
  }
  const top = [...counts.values()].sort((a, b) => b.count - a.count).slice(0, TOP);
  return { records: records.length, present, distinct: counts.size, top };
}
