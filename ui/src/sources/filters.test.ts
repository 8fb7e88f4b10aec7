import { expect, test } from "vitest";
import { Problem } from "../api/client";
import { searchFor, wouldDrop, wrongField } from "./filters";

test("a filter's text is searched for as any part of a message", () => {
  expect(searchFor("GET /health")).toBe('*"GET /health"*');
  expect(searchFor('say "no" \\ *all*')).toBe('*"say \\"no\\" \\\\ *all*"*');
  const found = new URL(wouldDrop("s1", "a&b=c #1"), "https://localhost").searchParams;
  expect(Object.fromEntries(found)).toEqual({ s: "s1", q: '*"a&b=c #1"*', from: "now-24h" });
});

test("a refusal stands beside the field that it is about", () => {
  const check = (code: string, name: string, contains: string, field: "name" | "contains" | null) =>
    expect(wrongField(new Problem(422, { code }), { name, contains }, [{ name: "old", contains: "x" }])).toBe(field);
  check("name_invalid", " new", "x", "name");
  check("filter_invalid", "old", "y", "name");
  check("filter_invalid", "new", "  ", "contains");
  check("filter_invalid", "new", "ä".repeat(257), "contains");
  check("filter_invalid", "new", "ä".repeat(256), null);
  check("permission_missing", "old", "", null);
});
