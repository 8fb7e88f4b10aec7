// What the Logs screen shows, as its address says it: readable, and the whole of it.

import type { Zone } from "../kit/time";

/** In the memory of this browser: where somebody looked last. */
export const LAST_SOURCE = "blockhouse-source";

export type View = {
  /** The source's id. */
  s?: string;
  q?: string;
  from?: string;
  to?: string;
  tz?: "local";
  /** Fields that are shown as columns, with commas between them. */
  cols?: string;
  /** The record that is open. */
  at?: string;
  wrap?: "on";
  live?: "on";
};

const NAMES = ["s", "q", "from", "to", "cols", "at"] as const;

export function logsSearch(search: Record<string, unknown>): View {
  const view: View = {};
  for (const name of NAMES) {
    const value = search[name];
    if (typeof value === "string" && value !== "") view[name] = value;
  }
  if (search.tz === "local") view.tz = "local";
  if (search.wrap === "on") view.wrap = "on";
  if (search.live === "on") view.live = "on";
  return view;
}

export const RANGES = [
  { id: "now-15m", name: "Last 15 min" },
  { id: "now-1h", name: "Last hour" },
  { id: "now-6h", name: "Last 6 hours" },
  { id: "now-24h", name: "Last 24 hours" },
  { id: "now-7d", name: "Last 7 days" },
  { id: "now-30d", name: "Last 30 days" },
  { id: "all", name: "All time" },
] as const;

export const DEFAULT_FROM = "now-1h";

export const zone = (view: View): Zone => (view.tz === "local" ? "local" : "utc");
export const columns = (view: View): string[] => view.cols?.split(",").filter(Boolean) ?? [];

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The moment that a text names, if it names one that does not need the server: `now`, `now-1h30m`, or RFC 3339. */
export function moment(text: string, now: number): number | undefined {
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
  // No zone means UTC, as it does to the server.
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const time = Date.parse(text.includes("T") && !hasZone ? `${text}Z` : text);
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

/** What somebody else is given: the same look, whenever it is opened. */
export function shared(view: View, shown: Window, now: number): View {
  return { ...view, from: shown.from || "all", to: shown.to || new Date(now).toISOString(), live: undefined } as View;
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
