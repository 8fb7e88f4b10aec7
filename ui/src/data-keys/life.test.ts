import { expect, test } from "vitest";
import { age, ends, size, until } from "./life";

test("the next keys are made at midnight in UTC", () => {
  expect(until("2026-11-26T03:12:00Z")).toBe("20 h 48 min");
  expect(until("2026-11-26T23:59:30.5Z")).toBe("1 min");
  expect(until("2026-11-26T00:00:00Z")).toBe("24 h 0 min");
});

test("the keys of a day are as old as the day in UTC", () => {
  expect(age("2026-11-26T03:12:00Z")).toBe("3 h");
  expect(age("2026-11-26T00:00:30Z")).toBe("0 min");
  expect(age("2026-11-26T23:59:59Z")).toBe("23 h");
});

test("a day's records are kept for so many days, over the ends of months and years", () => {
  expect(ends("2026-11-26", 30)).toBe("2026-12-26");
  expect(ends("2028-02-28", 1)).toBe("2028-02-29");
  expect(ends("2026-12-31", 365)).toBe("2027-12-31");
});

test("sizes have one unit", () => {
  expect([0, 999, 1_500, 123_456_789, 2.5e15].map(size)).toEqual(["0 B", "999 B", "1.5 KB", "123 MB", "2.5 PB"]);
});
