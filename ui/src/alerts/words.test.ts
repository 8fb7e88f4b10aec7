import { expect, test } from "vitest";
import type { AlertRule } from "../api/watching";
import {
  alertedFor,
  countedAt,
  failureWords,
  fires,
  lasted,
  logsOf,
  messageWords,
  previewWords,
  ruleWords,
  standing,
} from "./words";

const rule = {
  source: "s1",
  query: 'level:error "a b"',
  comparison: "at_least" as const,
  threshold: 20,
  window_minutes: 5,
};

test("a rule is one sentence", () => {
  const check = (change: Partial<AlertRule>, words: string) => expect(ruleWords({ ...rule, ...change })).toBe(words);
  check({}, "At least 20 records in 5 minutes");
  check({ threshold: 1, window_minutes: 1 }, "At least 1 record in a minute");
  check({ comparison: "at_most", threshold: 1_000, window_minutes: 120 }, "At most 1,000 records in 2 hours");
  check({ window_minutes: 60 }, "At least 20 records in an hour");
});

test("the threshold itself counts", () => {
  expect([19, 20].map((number) => fires(rule, number))).toEqual([false, true]);
  expect([20, 21].map((number) => fires({ comparison: "at_most", threshold: 20 }, number))).toEqual([true, false]);
});

test("the link leads to what was counted, and the query arrives whole", () => {
  const link = new URL(countedAt(rule, "2026-05-04T12:05:00Z"), "https://localhost");
  expect(Object.fromEntries(link.searchParams)).toEqual({
    s: "s1",
    q: 'level:error "a b"',
    from: "2026-05-04T11:59:50.000Z",
    to: "2026-05-04T12:04:50.000Z",
  });
  expect(logsOf({ source: "s1", query: "" }, "a", "b")).toBe("/app/logs?s=s1&from=a&to=b");
});

test("a state that nobody looks at any more is not said to be fine", () => {
  const last = { count: 0, at: "" };
  const base = { state: "ok" as const, stopped: null, trouble: null, last };
  expect(standing(base).word).toBe("ok");
  expect(standing({ ...base, state: "alerting" }).word).toBe("alerting");
  expect(standing({ ...base, trouble: { code: "busy", since: "", failures: 1 } }).word).toBe("ok, no count");
  expect(standing({ ...base, stopped: { code: "source_gone", at: "" } }).word).toBe("stopped");
});

test("what nobody has looked at yet is in no state", () => {
  const base = { state: "ok" as const, stopped: null, trouble: null, last: null };
  expect(standing(base)).toEqual({ word: "not looked at yet" });
  expect(standing({ ...base, trouble: { code: "busy", since: "", failures: 1 } }).word).toBe("no count yet");
});

test("what became of a message is said with its reason", () => {
  const now = Date.parse("2026-05-04T12:00:00Z");
  const message = {
    id: "m",
    destination: "d",
    created_at: "2026-05-04T11:50:00Z",
    tries: 3,
    sent_at: null,
    failure: "status_503",
    retry_at: "2026-05-04T12:02:00Z",
  };
  expect(messageWords(message, now)).toBe("not arrived after 3 tries: it answered 503, next try in 2 minutes");
  expect(messageWords({ ...message, tries: 12, failure: "slow", retry_at: null }, now)).toBe(
    "not arrived after 12 tries: no answer within 10 seconds, given up",
  );
  expect(messageWords({ ...message, failure: null, sent_at: "2026-05-04T11:57:00Z" }, now)).toBe(
    "arrived 3 minutes ago",
  );
  expect(failureWords("some_new_code")).toBe("it could not be sent");
});

test("a preview says how often and for how long", () => {
  const preview = { hours: 24, fired: 2, alerting_minutes: 41, now: 3, most: 57, least: 0, points: [], warnings: [] };
  expect(previewWords(preview, rule)).toBe(
    "Would have alerted 2 times, for 41 minutes in all, in the last 24 hours; counted at most 57, now 3.",
  );
  expect(previewWords({ ...preview, fired: 0, alerting_minutes: 0 }, { comparison: "at_most" })).toBe(
    "Would not have alerted in the last 24 hours; counted at least 0, now 3.",
  );
});

test("what is over says for how long it went on", () => {
  const changes = [
    { number: 3, state: "ok" as const, at: "2026-05-04T12:12:00Z" },
    { number: 2, state: "alerting" as const, at: "2026-05-04T12:00:00Z" },
    { number: 1, state: "ok" as const, at: "2026-05-04T09:00:00Z" },
  ];
  expect(changes.map((one) => alertedFor(changes, one.number))).toEqual(["12 minutes", null, null]);
  expect([20, 60, 7_000, 9_000, 200_000].map((seconds) => lasted(seconds * 1_000))).toEqual([
    "less than a minute",
    "1 minute",
    "117 minutes",
    "3 hours",
    "2 days",
  ]);
});
