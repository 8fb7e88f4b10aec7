import { expect, test } from "vitest";
import type { Series } from "../api/watching";
import { logsAddress, measureWords, savedFrom, seriesWords, timeWords } from "./words";

test("what is saved of a look leads back to the same look", () => {
  const look = { s: "s1", q: 'level:error "a&b"', from: "now-6h", cols: "http.status,ms", wrap: "on" as const };
  const saved = savedFrom("s1", look);
  expect(saved).toEqual({
    source: "s1",
    query: 'level:error "a&b"',
    columns: ["http.status", "ms"],
    from: "now-6h",
    to: "",
  });
  const back = Object.fromEntries(new URL(logsAddress(saved), "https://localhost").searchParams);
  expect(back).toEqual({ s: "s1", q: 'level:error "a&b"', from: "now-6h", cols: "http.status,ms" });
  expect(savedFrom("s1", {}).from).toBe("now-1h");
  expect(savedFrom("s1", { from: "all" }).from).toBe("");
  expect(logsAddress(savedFrom("s1", { from: "all" }))).toBe("/app/logs?s=s1&from=all");
});

test("the time of a view is said in words", () => {
  const check = (from: string, to: string, words: string) => expect(timeWords({ from, to })).toBe(words);
  check("now-1h", "", "Last hour");
  check("", "", "All time");
  check("now-17m", "", "from now-17m");
  check("now-2h", "now-1h", "now-2h to now-1h");
  check("", "2026-05-04", "until 2026-05-04");
});

test("a graph is one sentence, and nothing is not zero", () => {
  const graph = { shape: "line" as const, measure: "avg" as const, field: "ms", percentile: null };
  const series: Omit<Series, "stats"> = {
    measure: "avg",
    step_seconds: 300,
    points: [
      { time: "2026-05-04T12:00:00Z", count: 2, value: 12.5 },
      { time: "2026-05-04T12:05:00Z", count: 0, value: null },
    ],
    count: 2,
    value: 12.5,
    precision: "exact",
    warnings: [],
  };
  expect(seriesWords(series, graph)).toBe("Average of ms: 12.5 over the whole time; at most 12.5 in 5 min.");
  expect(seriesWords({ ...series, count: 0, points: [] }, graph)).toBe("Average of ms: no records in this time.");
  const none = { ...series, points: [{ time: "", count: 2, value: null }] };
  expect(seriesWords(none, graph)).toBe("Average of ms: none of 2 records has a number there.");
  expect(measureWords({ ...graph, measure: "percentile", percentile: 99.5 })).toBe("Percentile 99.5 of ms");
  expect(seriesWords({ ...series, measure: "count", value: 2 }, { ...graph, measure: "count", field: null })).toBe(
    "Records: 2 in all; at most 12.5 in 5 min.",
  );
});
