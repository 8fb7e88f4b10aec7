// The address of Logs.

export type View = {
  /** The source's id. */
  s?: string;
  q?: string;
  from?: string;
  to?: string;
  /** `utc`, `local`, or the name of a zone. */
  tz?: string;
  /** Fields that are shown as columns, with commas between them. */
  cols?: string;
  /** The record that is open. */
  at?: string;
  wrap?: "on";
  live?: "on";
};

const ZONE = /^(utc|local|[A-Z]\w+\/[\w/+-]+)$/;
const NAMES = ["s", "q", "from", "to", "cols", "at"] as const;

export function logsSearch(search: Record<string, unknown>): View {
  const view: View = {};
  for (const name of NAMES) {
    const value = search[name];
    if (typeof value === "string" && value !== "") view[name] = value;
  }
  if (typeof search.tz === "string" && ZONE.test(search.tz)) view.tz = search.tz;
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
