// How much came in against a quota: its marks, its words, and what somebody writes as an amount. Pure.

import type { Quota, QuotaInput, QuotaPeriod } from "../api/described";
import { size } from "../data-keys/life";

/** From so many percent on, and what happens then; as the server has it. */
export const MARKS = [
  { percent: 80, what: "owners and admins are told" },
  { percent: 100, what: "owners and admins are told" },
  { percent: 120, what: "owners and admins are told, and what comes is refused" },
] as const;

/** Where a figure of it ends: a little beyond the last mark. */
export const AXIS_PERCENT = 130;

const REFUSING_PERCENT = 120;

/** How much of a quota is used; whole percents count when they are full. Of none that somebody may be writing nothing is. */
export const percentOf = (used: number, bytes: number) =>
  bytes > 0 ? Number((BigInt(used) * 100n) / BigInt(bytes)) : 0;

/** `80 %`, which no end of a line tears apart. */
export const percents = (percent: number) => `${percent}\u00a0%`;

/** The first byte that reaches a mark. */
export const atMark = (percent: number, bytes: number) => Number((BigInt(bytes) * BigInt(percent) + 99n) / 100n);

export const THIS: Record<QuotaPeriod, string> = { day: "today", month: "this month" };

/** What came in, in one sentence. */
export function volumeWords({ bytes, used, period }: Pick<Quota, "bytes" | "used" | "period">): string {
  if (bytes === null) return `${size(used)} came in ${THIS[period]}.`;
  const percent = percentOf(used, bytes);
  const share = used > 0 && percent === 0 ? `less than ${percents(1)}` : percents(percent);
  return `${size(used)} of ${size(bytes)} came in ${THIS[period]}: ${share}.`;
}

/** Whether this quota refuses from the moment on in which it is saved, as far as that is known before. */
export function refusesAtOnce(now: Quota, wanted: Required<QuotaInput>): boolean {
  if (wanted.bytes === null || now.state === "refusing") return false;
  // In a month came at least what came today; how much of a month's came today is not known.
  if (wanted.period === "day" && now.period === "month") return false;
  return percentOf(now.used, wanted.bytes) >= REFUSING_PERCENT;
}

export type Unit = "B" | "KB" | "MB" | "GB" | "TB";
const UNITS: Record<Unit, number> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
export const UNIT_NAMES = (["MB", "GB", "TB", "KB", "B"] as const).map((id) => ({
  id,
  name: id === "B" ? "bytes" : id,
}));

/** The bytes that somebody wrote; nothing where it is no amount that a number can hold. */
export function bytesOf(text: string, unit: Unit): number | null {
  if (!/^\d{1,16}(\.\d{1,12})?$/.test(text.trim())) return null;
  const bytes = Math.round(Number(text) * UNITS[unit]);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** The same amount as somebody would write it, exactly. */
export function written(bytes: number): { text: string; unit: Unit } {
  for (const unit of ["TB", "GB", "MB", "KB"] as const) {
    const text = String(bytes / UNITS[unit]);
    if (/^\d+(\.\d{1,3})?$/.test(text) && !text.startsWith("0") && bytesOf(text, unit) === bytes) return { text, unit };
  }
  return { text: String(bytes), unit: "B" };
}
