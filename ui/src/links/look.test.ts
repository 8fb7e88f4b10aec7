import { expect, test } from "vitest";
import type { View } from "../logs/search";
import { formOf, lookOf } from "./look";

test("a short link leads to the look that it was made of", () => {
  const times = { from: "2026-01-31T10:00:00.000Z", to: "2026-01-31T11:00:00.000Z" };
  const looks: View[] = [
    { s: "0000000000000001", ...times },
    { s: "0000000000000001", q: 'a:"b c" OR d', from: "all", to: times.to, tz: "Europe/Berlin", cols: "x,http.path" },
    { s: "0000000000000001", ...times, at: "98b2c5d3f1e40000-7", wrap: "on", tz: "utc" },
  ];
  for (const look of looks) expect(lookOf(formOf(look))).toEqual(look);
});

test("what a link says never leads out of Logs", () => {
  const { zone, ...given } = formOf({ s: "0000000000000001", from: "all" });
  expect(lookOf({ ...given, zone: "//evil.example" })).toEqual({ s: "0000000000000001", from: "all" });
  expect(zone).toBe("");
});
