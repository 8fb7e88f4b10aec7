import { expect, test } from "vitest";
import { timeOf } from "./record";
import { logsSearch } from "./search";
import { moment, narrowed, placeOf, shared, term, window } from "./view";

const NOW = Date.parse("2026-01-31T12:00:00Z");

test("an address gives a look, and what it does not know is left out", () => {
  expect(logsSearch({ q: "a", s: "x", tz: "mars", live: "on", more: "1", at: "" })).toEqual({
    q: "a",
    s: "x",
    live: "on",
  });
  expect(logsSearch({ tz: "America/Argentina/Buenos_Aires" }).tz).toBe("America/Argentina/Buenos_Aires");
});

test("times are read as the server reads them", () => {
  const check = (text: string, time: string | undefined) =>
    expect(moment(text, NOW)).toBe(time === undefined ? undefined : Date.parse(time));
  check("now", "2026-01-31T12:00:00Z");
  check("now-1h30m", "2026-01-31T10:30:00Z");
  check("now+1d", "2026-02-01T12:00:00Z");
  check("2026-01-31", "2026-01-31T00:00:00Z");
  check("2026-01-31T10:00", "2026-01-31T10:00:00Z");
  check("2026-01-31 10:00", "2026-01-31T10:00:00Z");
  check("2026-01-31 10:00:00.5", "2026-01-31T10:00:00.5Z");
  check("2026-01-31 10:00z", "2026-01-31T10:00:00Z");
  check("2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00Z");
  check("2026-01-31 10:00+0200", "2026-01-31T08:00:00Z");
  check("2026-01-31 late", undefined);
  check("2026-01-311", undefined);
  expect(moment("2026-01-31 10:00", NOW, "local")).toBe(new Date(2026, 0, 31, 10).getTime());
  expect(moment("2026-01-31 10:00", NOW, "Asia/Tokyo")).toBe(Date.parse("2026-01-31T01:00:00Z"));
  expect(moment("2026-01-31 10:00Z", NOW, "local")).toBe(Date.parse("2026-01-31T10:00:00Z"));
  check("yesterday", undefined);
  check("now-1x", undefined);
});

test("a link says the same time to whoever opens it, whenever", () => {
  const view = { q: "a", live: "on" as const };
  const made = shared(view, window(view, NOW), NOW);
  expect([made.from, made.to, made.live]).toEqual(["2026-01-31T11:00:00.000Z", "2026-01-31T12:00:00.000Z", undefined]);
});

test("a link to a record holds it, also where it came after the look began or is older than that", () => {
  const view = { live: "on" as const };
  const of = (timestamp: string) => shared(view, window(view, NOW), NOW, { id: "r", timestamp });
  const [fresh, old] = [of("2026-01-31T12:00:05.000Z"), of("2026-01-31T09:00:00.123456Z")];
  expect([fresh.from, fresh.to, fresh.at]).toEqual(["2026-01-31T11:00:00.000Z", "2026-01-31T12:00:05.001Z", "r"]);
  expect([old.from, old.to]).toEqual(["2026-01-31T09:00:00.123Z", "2026-01-31T12:00:00.000Z"]);
});

test("the id of a record tells when it was", () => {
  const id = (BigInt(NOW) * 1_000_000n + (1n << 63n)).toString(16);
  expect(timeOf(`${id}-2a`)).toBe(NOW);
  expect(timeOf("7fffffffffffffff-1")).toBe(0);
  expect(timeOf("elsewhere")).toBeUndefined();
});

test("a condition is written so that it is read as meant", () => {
  const check = (name: string, value: unknown, written: string) => expect(term(name, value)).toBe(written);
  check("service", "api", "service:api");
  check("service", "two words", 'service:"two words"');
  check("status", 502, "status:502");
  check("offset", -5, 'offset:"-5"');
  check("level", "-", 'level:"-"');
  check("f0<b>", 'x"y\\z', '"f0<b>":"x\\"y\\\\z"');
  check("user", null, "missing:user");
  check("word", "AND", 'word:"AND"');
  check("path", "/api/users", 'path:"/api/users"');
});

test("a query is narrowed, not changed otherwise", () => {
  const check = (query: string, condition: string, keep: "in" | "out", made: string) =>
    expect(narrowed(query, condition, keep)).toBe(made);
  check("", "a:1", "in", "a:1");
  check("b", "a:1", "out", "b -a:1");
  check("a:1 b", "a:1", "in", "a:1 b");
  check("a:1 b", "a:1", "out", "-a:1 b");
  check("b OR c", "a:1", "in", "(b OR c) a:1");
});

test("a place in bytes is a place in the text", () => {
  expect(placeOf("é:>>5", 3)).toBe(2);
});
