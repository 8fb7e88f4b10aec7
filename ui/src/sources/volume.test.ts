import { expect, test } from "vitest";
import type { Quota } from "../api/described";
import { atMark, bytesOf, percentOf, refusesAtOnce, type Unit, volumeWords, written } from "./volume";

const quota = (used: number, bytes: number | null, more: Partial<Quota> = {}): Quota => ({
  bytes,
  used,
  period: "month",
  resets_at: "2026-12-01T00:00:00Z",
  state: "ok",
  ...more,
});

test("a percent counts when it is full, and not before", () => {
  const check = (used: number, bytes: number, percent: number) => expect(percentOf(used, bytes)).toBe(percent);
  check(0, 1_000, 0);
  check(29, 100, 29);
  check(799_999_999, 1_000_000_000, 79);
  check(800_000_000, 1_000_000_000, 80);
  check(7, 1, 700);
  check(7, 0, 0);
});

test("a mark is the first byte that reaches it", () => {
  expect([atMark(80, 1_000), atMark(120, 1_000), atMark(80, 1), atMark(80, 57)]).toEqual([800, 1_200, 1, 46]);
});

test("what came in is said in a sentence, with the share of what may", () => {
  const check = (one: Quota, words: string) => expect(volumeWords(one)).toBe(words.replace(" %", "\u00a0%"));
  check(quota(812_345_678, 1_000_000_000), "812 MB of 1.0 GB came in this month: 81 %.");
  check(quota(104, 1_000_000_000, { period: "day" }), "104 B of 1.0 GB came in today: less than 1 %.");
  check(quota(0, 1_000), "0 B of 1.0 KB came in this month: 0 %.");
  check(quota(104, null), "104 B came in this month.");
});

test("a quota that refuses at once is known before it is saved, where it can be", () => {
  const check = (now: Quota, bytes: number | null, period: "day" | "month", expected: boolean) =>
    expect(refusesAtOnce(now, { bytes, period })).toBe(expected);
  const used = quota(1_200, null);
  check(used, 1_000, "month", true);
  check(used, 1_001, "month", false);
  check(used, null, "month", false);
  check(used, 1_000, "day", false);
  check(quota(1_200, null, { period: "day" }), 1_000, "month", true);
  check(quota(1_200, 1_000, { state: "refusing" }), 900, "month", false);
});

test("an amount is read as it is written, and written as it is read", () => {
  const check = (text: string, unit: Unit, bytes: number | null) => expect(bytesOf(text, unit)).toBe(bytes);
  check("500", "MB", 500_000_000);
  check(" 1.5 ", "GB", 1_500_000_000);
  check("1.1", "GB", 1_100_000_000);
  check("0", "MB", 0);
  for (const text of ["", "-1", "1e9", "1,000", "1.", ".5", "many", "0x10", "9".repeat(17)]) check(text, "MB", null);
  check("9007199254740991", "B", 9_007_199_254_740_991);
  check("9007199254740992", "B", null);
  check("9008", "TB", null);
  for (const bytes of [1, 57, 999, 1_000, 1_500, 1_234_567, 500_000_000, 1_000_000_000, 2 ** 53 - 1]) {
    const { text, unit } = written(bytes);
    expect(bytesOf(text, unit), `${text} ${unit}`).toBe(bytes);
  }
  expect(written(1_500_000_000)).toEqual({ text: "1.5", unit: "GB" });
  expect(written(1_234_567)).toEqual({ text: "1234.567", unit: "KB" });
});
