// What arrived at a source, by UTC day, as the list of sources has it: no question about its records. Pure.

import type { Arrival } from "../api/described";
import { size } from "../data-keys/life";

const DAY_MS = 86_400_000;
const DAYS = 30;

export type Bar = { day: string; bytes: number };

/** One for each of the last days, the newest last; a day of the server's that has not begun here is the newest. */
export function byDay(arrivals: readonly Arrival[], now: number): Bar[] {
  const today = new Date(now).toISOString().slice(0, 10);
  const last = arrivals.at(-1)?.day ?? today;
  const end = Date.parse(last > today ? last : today);
  const came = new Map(arrivals.map(({ day, bytes }) => [day, bytes]));
  return Array.from({ length: DAYS }, (_, at) => {
    const day = new Date(end - (DAYS - 1 - at) * DAY_MS).toISOString().slice(0, 10);
    return { day, bytes: came.get(day) ?? 0 };
  });
}

/** In one sentence. */
export function arrivalWords(bars: readonly Bar[]): string {
  const total = bars.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = bars.reduce((most, bar) => (bar.bytes > most.bytes ? bar : most), { day: "", bytes: 0 });
  if (total === 0) return `Nothing came in within ${DAYS} days`;
  return `${size(total)} came in within ${DAYS} days; the most, ${size(most.bytes)}, on ${most.day}`;
}

/** Whether the newest that is known is more than a day old. Of a day alone, whether that ended more than a day ago. */
export function isQuiet(arrivals: readonly Arrival[], now: number): boolean {
  const newest = arrivals.at(-1);
  if (!newest) return true;
  return (newest.last_at ? Date.parse(newest.last_at) : Date.parse(newest.day) + DAY_MS) < now - DAY_MS;
}
