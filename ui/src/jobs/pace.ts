// How far long work is, in words: how fast, how long yet, and how long nothing was heard. Pure.
//
// Always holds: what is left is told as a range or not at all; where nothing moved, silence is told, and no movement.

import { size } from "../data-keys/life";
import { count } from "../kit/time";

const QUIET_SECONDS = 10;

/** `168 MB`, `4,096 records`. */
export const amountOf = (value: number, unit: string) =>
  unit === "bytes" ? size(value) : `${count.format(value)} ${unit}`;

/** `2.1 MB a second`; nothing while nothing moves. */
export const rateWords = (rate: number | null, unit: string) =>
  rate === null || rate <= 0 ? null : `${amountOf(unit === "bytes" ? rate : Math.ceil(rate), unit)} a second`;

/** `2 to 4 min left`. */
export function leftWords({ least, most }: { least: number; most: number }): string {
  const units = [
    [1, 90, "s"],
    [60, 5_400, "min"],
    [3_600, 172_800, "h"],
    [86_400, Number.POSITIVE_INFINITY, "d"],
  ] as const;
  const [unit, , name] = units.find(([, until]) => most < until) ?? units[3];
  const step = unit === 1 ? 10 : 1;
  const low = Math.floor(least / unit / step) * step;
  const high = Math.max(low + step, Math.ceil(most / unit / step) * step);
  return low === 0
    ? `at most ${count.format(high)} ${name} left`
    : `${count.format(low)} to ${count.format(high)} ${name} left`;
}

/** `quiet for 40 s`, once it lasts long enough to wonder. */
export const quietWords = (seconds: number) => (seconds < QUIET_SECONDS ? null : `quiet for ${lasting(seconds)}`);

/** `40 s`, `3 min`, `2 h 5 min`. */
export function lasting(seconds: number): string {
  if (seconds < 1) return "less than 1 s";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** `24 %`; all only when it is all, and nothing of nothing. */
export function percent(done: number, total: number): string | null {
  if (total <= 0) return null;
  const share = Math.floor((done / total) * 100);
  return `${Math.min(100, share)} %`;
}
