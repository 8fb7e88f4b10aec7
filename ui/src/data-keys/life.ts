// When a data key begins and ends.

export type { DataKey, DataKeysOfSource as KeyedSource } from "../api/described";

const DAY_MS = 86_400_000;

export const dayNumber = (day: string) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

/** From now to the next midnight in UTC, as `20 h 48 min`. */
export function until(now: string): string {
  const minutes = Math.ceil((DAY_MS - (Date.parse(now) % DAY_MS)) / 60_000);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/** How long the keys of this UTC day may have been sealing: from midnight, as `3 h`. */
export function age(now: string): string {
  const minutes = Math.floor((Date.parse(now) % DAY_MS) / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** The last day on which what was received on `day` is kept. */
export const ends = (day: string, retention: number) =>
  new Date((dayNumber(day) + retention) * DAY_MS).toISOString().slice(0, 10);

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"];

/** `1.2 MB`. */
export function size(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
