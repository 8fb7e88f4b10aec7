// A record as rows and details show it.

import type { Json, LogRecord } from "../api/types";

/** Fields of a record by their dotted names; what is inside of an array stays there. */
export function flatten(attributes: { [name: string]: Json } | undefined): [string, Json][] {
  const found: [string, Json][] = [];
  const walk = (value: Json, name: string) => {
    if (value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) walk(inner, name ? `${name}.${key}` : key);
    } else found.push([name, value]);
  };
  if (attributes) for (const [name, value] of Object.entries(attributes)) walk(value, name);
  return found;
}

export function field(record: LogRecord, name: string): Json | undefined {
  if (name === "message" || name === "level" || name === "timestamp" || name === "id") return record[name] ?? undefined;
  let at: Json | undefined = record.attributes;
  // A dotted name may be one key, or lead through several.
  if (at && typeof at === "object" && !Array.isArray(at) && name in at) return at[name];
  for (const part of name.split(".")) {
    if (at === null || typeof at !== "object" || Array.isArray(at)) return undefined;
    at = at[part];
  }
  return at;
}

export const written = (value: Json | undefined): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

export type Severity = "error" | "warn" | "info" | "debug";

export function severity(level: string | null | undefined): Severity {
  const name = (level ?? "").toLowerCase();
  if (/^(error|err|critical|crit|alert|emerg|emergency|fatal|panic|severe)$/.test(name)) return "error";
  if (/^(warn|warning)$/.test(name)) return "warn";
  if (/^(debug|trace|verbose|fine)/.test(name)) return "debug";
  return "info";
}

/** A record as one line of text. */
export const line = (record: LogRecord): string =>
  [record.timestamp, record.level?.toUpperCase(), written(field(record, "service")), record.message]
    .filter(Boolean)
    .join(" ");

/** As it is kept; its place in a tail is none of it. */
export const bare = ({ sequence: _, ...rest }: LogRecord) => rest;

export const json = (record: LogRecord): string => JSON.stringify(bare(record), null, 2);

/** When the record was that an id is of, which begins with its nanoseconds since 1970 with the sign turned. */
export function timeOf(id: string): number | undefined {
  if (!/^[0-9a-f]{16}-[0-9a-f]{1,16}$/i.test(id)) return undefined;
  return Number(BigInt.asIntN(64, BigInt(`0x${id.slice(0, 16)}`) ^ (1n << 63n)) / 1_000_000n);
}
