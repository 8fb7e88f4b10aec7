// Times in the zone that whoever looks has chosen: once, for all screens of this browser.

import { useSyncExternalStore } from "react";

/** `utc`, `local`, or a name such as `Europe/Berlin`. */
export type Zone = string;

const STORED = "blockhouse-zone";
// The last one that was not UTC.
const OTHER = "blockhouse-zone-other";
const formats = new Map<Zone, Intl.DateTimeFormat>();
const listeners = new Set<() => void>();

function formatOf(zone: Zone): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const timeZone = zone === "utc" ? "UTC" : zone === "local" ? undefined : zone;
    const two = "2-digit";
    // The one language whose order is that of ISO 8601.
    const all = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
    format = new Intl.DateTimeFormat("sv-SE", { ...all, hourCycle: "h23", timeZone });
    formats.set(zone, format);
  }
  return format;
}

/** Whether this browser knows it. */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** `Europe/Berlin` also where it is called local. */
export const zoneName = (zone: Zone) => (zone === "utc" ? "UTC" : formatOf(zone).resolvedOptions().timeZone);

/** `10:42:07.113` of a time, in this zone. */
export function clock(at: string, zone: Zone): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  if (zone === "utc") return time.toISOString().slice(11, 23);
  return `${formatOf(zone).format(time).slice(11)}.${String(time.getUTCMilliseconds()).padStart(3, "0")}`;
}

/** The same with the sign of UTC. */
export const stamp = (at: string, zone: Zone) => clock(at, zone) + (zone === "utc" ? "Z" : "");

export function day(at: string, zone: Zone): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "";
  return (zone === "utc" ? time.toISOString() : formatOf(zone).format(time)).slice(0, 10);
}

/** The moment at which clocks of a zone show this: `2026-01-31T10:00`. */
export function momentOf(text: string, zone: Zone): number {
  const shown = Date.parse(`${text}Z`);
  if (zone === "utc" || Number.isNaN(shown)) return shown;
  const ahead = (at: number) =>
    Date.parse(`${formatOf(zone).format(at).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
  // What the zone is ahead by may be another then than it is now.
  return shown - ahead(shown - ahead(shown));
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  // Another tab chose.
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}

function stored(key: string): Zone | null {
  const zone = localStorage.getItem(key);
  return zone !== null && isZone(zone) ? zone : null;
}

const kept = () => stored(STORED) ?? "utc";

/** What UTC is turned into. */
export const otherZone = (): Zone => stored(STORED) ?? stored(OTHER) ?? "local";

export const useZone = (): Zone => useSyncExternalStore(subscribe, kept);

export function keepZone(zone: Zone) {
  const other = zone === "utc" ? kept() : zone;
  if (other !== "utc") localStorage.setItem(OTHER, other);
  if (zone === "utc") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, zone);
  for (const listener of listeners) listener();
}
