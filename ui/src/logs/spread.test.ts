import { expect, test } from "vitest";
import type { HistogramAnswer } from "../api/types";
import { spread } from "./spread";

const NOW = Date.parse("2026-01-31T12:00:00Z");

function answer(step: number, times: string[]): HistogramAnswer {
  const buckets = times.map((time) => ({ time, count: 3, levels: { error: 1, info: 2 } }));
  const stats = {
    rows_scanned: 0,
    rows_matched: 0,
    parts_read: 0,
    parts_pruned: 0,
    parts_unreadable: 0,
    elapsed_ms: 0,
  };
  return { step_seconds: step, buckets, total: 3 * times.length, precision: "exact", stats, warnings: [] };
}

test("the time without events is shown, and no event is lost", () => {
  const window = { from: "2026-01-30T12:00:00Z", to: "2026-01-31T12:00:00Z" };
  const made = spread(
    answer(60, ["2026-01-31T11:00:00Z", "2026-01-31T11:01:00Z", "2026-01-31T11:59:00Z"]),
    window,
    NOW,
  );
  expect(made.step_seconds).toBe(1_800);
  expect(made.buckets).toHaveLength(48);
  expect(made.buckets.map((bucket) => bucket.count).filter(Boolean)).toEqual([6, 3]);
  expect(made.buckets.at(-1)).toEqual({ time: "2026-01-31T11:30:00.000Z", count: 3, levels: { error: 1, info: 2 } });
});

test("without a bound the server's steps stay", () => {
  const given = answer(60, ["2026-01-31T11:00:00Z"]);
  expect(spread(given, { from: "", to: "" }, NOW)).toBe(given);
});
