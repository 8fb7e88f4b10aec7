import { expect, test } from "vitest";
import type { Job } from "../api/jobs";
import { importSearch, jobsSearch } from "./search";
import { compressions, formats, progressWords, refusedWords, standing, waitWords } from "./words";

const job = (changed: Partial<Job>) =>
  ({ state: "done", records: { stored: 1, dropped: 0, refused: 0 }, waits: null, ...changed }) as Job;

test("a job is done, or done with what was refused", () => {
  expect(standing(job({}))).toEqual({ word: "done", tone: "good" });
  const refused = (many: number) => standing(job({ records: { stored: 1, dropped: 0, refused: many } }));
  expect(refused(1)).toEqual({ word: "done with 1 exception", tone: "warn" });
  expect(refused(1_241).word).toBe("done with 1,241 exceptions");
  expect(standing(job({ state: "failed" })).tone).toBe("bad");
  expect(standing(job({ state: "running" })).word).toBe("running");
  expect(standing(job({ state: "running", waits: { code: "busy", since: "" } })).word).toBe("stands still");
});

test("a phase is told by its place among all", () => {
  const phases = [
    { name: "receive", unit: "bytes", done: 10, total: 10 },
    { name: "store", unit: "bytes", done: 2, total: 10 },
  ];
  expect(progressWords({ phases, phase: "store" })).toBe("phase 2 of 2, 20 %");
  expect(progressWords({ phases: [{ name: "x", unit: "rows", done: 0, total: 0 }], phase: "x" })).toBe("phase 1 of 1");
  expect(progressWords({ phases, phase: null })).toBe("");
});

test("a code that is not known here stands for itself", () => {
  expect(waitWords("disk_full")).toContain("disk");
  expect(waitWords("from_tomorrow")).toBe("from_tomorrow");
  expect(refusedWords("from_tomorrow")).toBeUndefined();
});

test("what a file looks like is the first choice, and not the only one", () => {
  expect(formats("ndjson")[0]?.name).toBe("as it looks: NDJSON");
  expect(formats(null)[0]?.name).toBe("as it looks");
  expect(formats("json")[0]?.help).not.toBe(formats("plain")[0]?.help);
  expect(compressions("gzip").map((one) => one.name)).toEqual(["as it begins: gzip", "none", "gzip", "zstd"]);
});

test("an address says nothing that a screen cannot show", () => {
  expect(jobsSearch({ state: "failed", x: "y" })).toEqual({ state: "failed" });
  expect(jobsSearch({ state: "<script>" })).toEqual({});
  expect(importSearch({ s: "0h" })).toEqual({ s: "0h" });
  expect(importSearch({ s: "" })).toEqual({});
});
