// What the Logs screen shows, as its address says it: readable, and the whole of it.

import { isZone, momentOf, type Zone } from "../kit/zone";
import { DEFAULT_FROM, type View } from "./search";

/** In the memory of this browser: where somebody looked last. */
export const LAST_SOURCE = "blockhouse-source";

/** That of the address, or the one that was chosen before. */
export const zone = (view: View, kept: Zone): Zone => (view.tz && isZone(view.tz) ? view.tz : kept);
export const columns = (view: View): string[] => view.cols?.split(",").filter(Boolean) ?? [];

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * The moment that a text names, if it names one that does not need the server: `now`, `now-1h30m`, or RFC 3339, of which
 * the zone may be left out, and a space may stand for the T.
 */
export function moment(text: string, now: number, zone: Zone = "utc"): number | undefined {
  const relative = /^now((?:[-+]\d{1,9}[smhdw])(?:\d{1,9}[smhdw])*)?$/.exec(text);
  if (relative) {
    const offset = relative[1] ?? "";
    const sign = offset.startsWith("-") ? -1 : 1;
    let sum = 0;
    for (const [, amount, unit] of offset.matchAll(/(\d+)([smhdw])/g))
      sum += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
    return now + sign * sum;
  }
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const [, date = "", clock = "00:00", given = ""] = /^(\S{10})(?:[T ](\S+?))?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text) ?? [];
  // No zone means UTC in an address, as it does to the server.
  const written = `${date}T${clock}`;
  const time = given ? Date.parse(`${written}${given.toUpperCase()}`) : momentOf(written, zone);
  return Number.isNaN(time) ? undefined : time;
}

/** From when to when, at the moment of asking: all questions of one look are about the same time. */
export type Window = { from: string; to: string };

export function window(view: View, now: number): Window {
  const absolute = (text: string) => {
    const time = moment(text, now);
    return time === undefined ? text : new Date(time).toISOString();
  };
  const from = view.from ?? DEFAULT_FROM;
  return { from: from === "all" ? "" : absolute(from), to: view.to ? absolute(view.to) : "" };
}

/** What somebody else is given: the same look, whenever it is opened, and the record that it is about within it. */
export function shared(view: View, shown: Window, now: number, record?: { id: string; timestamp: string }): View {
  let { from, to } = { from: shown.from || "all", to: shown.to || new Date(now).toISOString() };
  const at = record ? Date.parse(record.timestamp) : Number.NaN;
  if (at < Date.parse(from)) from = new Date(at).toISOString();
  // The end is not part of it.
  if (at >= Date.parse(to)) to = new Date(at + 1).toISOString();
  return { ...view, from, to, live: undefined, ...(record ? { at: record.id } : {}) } as View;
}

// --- text of queries ---

const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.@#$/-]*$/;
const NAME = /^[A-Za-z0-9#$_@.-]+$/;
const WORDS = new Set(["AND", "OR", "NOT", "TO"]);

/** `name:value` in the language of queries, whatever is in either. */
export function term(name: string, value: unknown): string {
  const field = NAME.test(name) && !name.startsWith("-") ? name : quoted(name);
  if (value === null || value === undefined) return `missing:${field}`;
  if (typeof value === "number" || typeof value === "boolean") {
    // A minus after the colon would mean "not".
    return typeof value === "number" && value < 0 ? `${field}:"${value}"` : `${field}:${value}`;
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `${field}:${PLAIN.test(text) && !WORDS.has(text) ? text : quoted(text)}`;
}

const quoted = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;

/** The query with one more condition; the same condition or its opposite is replaced. */
export function narrowed(query: string, condition: string, keep: "in" | "out"): string {
  const wanted = keep === "in" ? condition : `-${condition}`;
  const opposite = keep === "in" ? `-${condition}` : condition;
  const trimmed = query.trim();
  if (!trimmed || trimmed === "*") return wanted;
  const parts = trimmed.split(" ");
  if (parts.includes(wanted)) return trimmed;
  if (parts.includes(opposite)) return parts.map((part) => (part === opposite ? wanted : part)).join(" ");
  // AND binds tighter than OR.
  return /\sOR\s|\|\|/.test(trimmed) ? `(${trimmed}) ${wanted}` : `${trimmed} ${wanted}`;
}

/** The place in a text where a byte of it stands. */
export function placeOf(text: string, byte: number): number {
  const bytes = new TextEncoder().encode(text);
  return new TextDecoder().decode(bytes.slice(0, byte)).length;
}
