import { expect, test } from "vitest";
import { daysWords, hasCountedNothing, isFirstLook, type Published, type State } from "./overview";

const MADE = "2026-11-28T10:00:00Z";
const claim = (state: State, since: string) => ({ state, since }) as Published;
const isFirst = (...claims: Published[]) => isFirstLook({ claims, made: MADE });

test("a first look is one of a server whose claims are all new, and not yet all measured", () => {
  const [now, before] = ["2026-11-28T09:59:00Z", "2026-11-27T10:00:00Z"];
  expect(isFirst(claim("UNKNOWN", now), claim("PASS", now))).toBe(true);
  expect(isFirst(claim("PASS", now))).toBe(false);
  expect(isFirst(claim("UNKNOWN", now), claim("PASS", before))).toBe(false);
  expect(isFirst(claim("UNKNOWN", before))).toBe(false);
});

test("each day is counted once, under a name that its colour has too", () => {
  const words = (...worst: (State | null)[]) =>
    daysWords(worst.map((one, at) => ({ day: `2026-11-0${at + 1}`, worst: one })));
  expect(words(null, null, "UNKNOWN")).toBe("3 days: 0 verified, 0 failing, 1 in doubt, 2 not measured");
  expect(words("PASS", "SEALED-FAIL", "FAIL", "WITHDRAWN")).toBe(
    "4 days: 1 verified, 2 failing (the last on 2026-11-03), 1 not measured",
  );
});

test("a look that had nothing to count is told from one that found everything well", () => {
  const counts = (...all: [number, number | null][]) => all.map(([counted, whole]) => ({ what: "", counted, whole }));
  expect(hasCountedNothing(counts([0, 0]))).toBe(true);
  expect(hasCountedNothing(counts([0, 0], [0, null]))).toBe(true);
  expect(hasCountedNothing(counts([0, 0], [3, 3]))).toBe(false);
  expect(hasCountedNothing(counts([0, 0], [3, null]))).toBe(false);
  expect(hasCountedNothing(counts([0, null]))).toBe(false);
  expect(hasCountedNothing([])).toBe(false);
});
