import { expect, test } from "vitest";
import { Problem } from "../api/client";
import type { PipelineAction, PipelineCondition, PipelineRule } from "../api/described";
import {
  actionFields,
  actionOf,
  changes,
  conditionFields,
  conditionOf,
  isWhole,
  losses,
  moved,
  NO_ACTION,
  numberOf,
  ruleWords,
  wrongRule,
} from "./pipeline";

const ACTIONS: PipelineAction[] = [
  { parse: { field: "message", as: "nginx" } },
  { parse: { field: "line", pattern: "^a(?<b>.)", into: "app" } },
  { rename: { from: "svc", to: "service.name" } },
  { set: { field: "env", value: "prod" } },
  { set: { field: "n", value: 0.5 } },
  { set: { field: "on", value: false } },
  { remove: { field: "secret" } },
  { mask: { pattern: "cust-\\d{6}", name: "customer" } },
  { mask: { field: "user", pattern: ".+", name: "user" } },
  { drop: true },
  { route: { stream: "errors" } },
];

test("what a form shows of an action is that action again", () => {
  for (const action of ACTIONS) {
    const fields = actionFields(action);
    expect(actionOf(fields)).toEqual(action);
    expect(isWhole(fields), JSON.stringify(action)).toBe(true);
  }
});

test("what a form shows of a condition is that condition again", () => {
  const all: PipelineCondition[] = [
    { field: "a", is: "x" },
    { field: "a", is: "" },
    { field: "a", is: 404 },
    { field: "a", is_not: true },
    { field: "a", contains: " x " },
    { field: "a", starts_with: "x" },
    { field: "a", matches: "^x" },
    { field: "n", at_least: 400 },
    { field: "level", at_least: "error" },
    { field: "n", less_than: -0.5 },
    { field: "a", exists: true },
    { field: "a", exists: false },
  ];
  for (const condition of all) expect(conditionOf(conditionFields(condition))).toEqual(condition);
});

test("a number is what JSON takes for one and keeps as it is", () => {
  const check = (text: string, number: number | null) => expect(numberOf(text)).toBe(number);
  check(" 404 ", 404);
  check("-0.5", -0.5);
  check("1e3", 1_000);
  for (const text of ["", "x", "0x10", "1,000", "1e999", "NaN", "12345678901234567890", "٣"]) check(text, null);
  expect(conditionOf({ field: "a", test: "is", kind: "number", text: "many" })).toBeNull();
  expect(actionOf({ ...NO_ACTION, kind: "set", field: "a", valueKind: "number", value: "many" })).toBeNull();
});

test("an action without what it needs is not whole", () => {
  for (const some of [
    { kind: "parse", by: "pattern" },
    { kind: "rename", field: "a" },
    { kind: "set" },
    { kind: "remove", field: " " },
    { kind: "mask", pattern: "x" },
    { kind: "route" },
  ] as const)
    expect(isWhole({ ...NO_ACTION, ...some })).toBe(false);
});

const rule = (name: string, then: PipelineAction, when: PipelineCondition[] = []): PipelineRule => ({
  name,
  when,
  then,
});

test("a rule is a sentence, in which nothing hides", () => {
  const check = (one: PipelineRule, words: string) => expect(ruleWords(one)).toBe(words);
  const when = [
    { field: "level", at_least: "error" },
    { field: "status", is: 500 },
    { field: "user", exists: false },
  ];
  check(
    rule("a", { route: { stream: "errors" } }, when),
    "Where level is at least “error” and status is 500 and user is not there: set log.stream to “errors”, and end here.",
  );
  check(
    rule("a", { parse: { field: "message", as: "json", into: "app" } }),
    "Always: parse message as JSON, under app.",
  );
  check(
    rule("a", { mask: { pattern: "x\u202ey", name: "m" } }),
    "Always: mask “x⟨202E⟩y” in all texts and numbers as [masked m].",
  );
  check(rule("a", { drop: true }, [{ field: "m\n", contains: "<b>" }]), "Where m  contains “<b>”: drop the record.");
});

test("a refusal leads to its rule", () => {
  const of = (code: string, detail: string) => wrongRule(new Problem(422, { code, detail }));
  expect(of("pipeline_invalid", "rule 3: the pattern is none: unclosed group")).toEqual({
    at: 2,
    why: "The pattern is none: unclosed group.",
  });
  expect(of("pipeline_invalid", "a pipeline has at most 50 rules")).toBeNull();
  expect(of("limit_invalid", "rule 3: no")).toBeNull();
});

test("what cannot be undone of a change is known before it is saved", () => {
  const [drop, mask] = [rule("noise", { drop: true }), rule("customers", { mask: { pattern: "x", name: "c" } })];
  expect(losses([], [drop, mask])).toEqual({ drops: ["noise"], unmasks: [] });
  expect(losses([drop, mask], [mask, { ...drop, name: "other" }])).toEqual({ drops: [], unmasks: [] });
  expect(losses([drop, mask], [])).toEqual({ drops: [], unmasks: ["customers"] });
  const wider = { ...drop, when: [{ field: "a", is: 1 }] };
  expect(losses([drop], [wider])).toEqual({ drops: ["noise"], unmasks: [] });
});

test("a rule moves to where it fits", () => {
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
  for (const to of [-1, 3]) expect(moved(["a", "b", "c"], 1, to)).toEqual(["a", "b", "c"]);
});

test("what changed of a record stands before what did not", () => {
  const before = { message: "order 7", level: "info", tags: ["a"], gone: 1 };
  const after = { message: "order 7", level: "warn", tags: ["a"], "order.id": 7 };
  expect(changes(before, after).map(({ field, how, before, after }) => [field, how, before, after])).toEqual([
    ["level", "changed", "info", "warn"],
    ["gone", "removed", "1", null],
    ["order.id", "added", null, "7"],
    ["message", "same", "order 7", "order 7"],
    ["tags", "same", '["a"]', '["a"]'],
  ]);
  expect(changes({ a: null }, null)).toEqual([{ field: "a", how: "removed", before: "null", after: null }]);
});
