import { expect, test } from "vitest";
import { clock, day, isZone, momentOf, stamp, zoneName } from "./zone";

test("a time is told in any zone", () => {
  const at = "2026-07-01T22:42:07.113Z";
  const told = (zone: string) => `${day(at, zone)} ${clock(at, zone)}`;
  expect(told("utc")).toBe("2026-07-01 22:42:07.113");
  expect(told("Europe/Berlin")).toBe("2026-07-02 00:42:07.113");
  expect(told("Asia/Kathmandu")).toBe("2026-07-02 04:27:07.113");
  expect(told("America/New_York")).toBe("2026-07-01 18:42:07.113");
  expect([stamp(at, "utc"), stamp(at, "Europe/Berlin")]).toEqual(["22:42:07.113Z", "00:42:07.113"]);
  expect([clock("never", "utc"), day("never", "local")]).toEqual(["never", ""]);
});

test("what clocks of a zone show is a moment, in summer and in winter", () => {
  const check = (text: string, zone: string, time: string) =>
    expect(new Date(momentOf(text, zone)).toISOString()).toBe(time);
  check("2026-01-31T10:00", "utc", "2026-01-31T10:00:00.000Z");
  check("2026-01-31T10:00", "Europe/Berlin", "2026-01-31T09:00:00.000Z");
  check("2026-07-31T10:00:00.5", "Europe/Berlin", "2026-07-31T08:00:00.500Z");
  // An hour before and after the clocks change.
  check("2026-03-29T01:30", "Europe/Berlin", "2026-03-29T00:30:00.000Z");
  check("2026-03-29T03:30", "Europe/Berlin", "2026-03-29T01:30:00.000Z");
  expect(momentOf("2026-01-31T10:00", "local")).toBe(new Date(2026, 0, 31, 10).getTime());
});

test("only what is a zone is one", () => {
  expect(["utc", "local", "Europe/Berlin", "Mars/Base"].map(isZone)).toEqual([true, true, true, false]);
  expect(zoneName("utc")).toBe("UTC");
});
