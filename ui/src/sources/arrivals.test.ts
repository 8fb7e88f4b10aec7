import { expect, test } from "vitest";
import { arrivalWords, byDay, isQuiet } from "./arrivals";

const NOW = Date.parse("2026-03-02T10:00:00Z");
const arrival = (day: string, bytes: number, last_at: string | null = null) => ({ day, bytes, last_at });

test("each of thirty days has a bar, and today is the last", () => {
  const bars = byDay([arrival("2026-02-28", 5), arrival("2026-03-02", 7)], NOW);
  expect(bars).toHaveLength(30);
  expect(bars[0]).toEqual({ day: "2026-02-01", bytes: 0 });
  expect(bars.slice(-3)).toEqual([
    { day: "2026-02-28", bytes: 5 },
    { day: "2026-03-01", bytes: 0 },
    { day: "2026-03-02", bytes: 7 },
  ]);
  expect(byDay([], NOW).at(-1)).toEqual({ day: "2026-03-02", bytes: 0 });
});

test("a server whose day has begun before that of the browser is believed", () => {
  const bars = byDay([arrival("2026-03-03", 7)], NOW);
  expect(bars.at(-1)).toEqual({ day: "2026-03-03", bytes: 7 });
  expect(bars[0]?.day).toBe("2026-02-02");
});

test("what came in is one sentence", () => {
  expect(arrivalWords(byDay([], NOW))).toBe("Nothing came in within 30 days");
  const bars = byDay([arrival("2026-02-28", 1_000), arrival("2026-03-02", 500)], NOW);
  expect(arrivalWords(bars)).toBe("1.5 KB came in within 30 days; the most, 1.0 KB, on 2026-02-28");
});

test("a source is quiet a day after the last that came, as far as that is known", () => {
  expect(isQuiet([], NOW)).toBe(true);
  expect(isQuiet([arrival("2026-03-01", 1, "2026-03-01T10:00:01Z")], NOW)).toBe(false);
  expect(isQuiet([arrival("2026-03-01", 1, "2026-03-01T09:59:59Z")], NOW)).toBe(true);
  expect(isQuiet([arrival("2026-03-01", 1)], NOW)).toBe(false);
  expect(isQuiet([arrival("2026-02-28", 1)], NOW)).toBe(true);
});
