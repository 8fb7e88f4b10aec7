// Rules of a pipeline: what a form has of them and back, their words, and what a trial showed. Pure.

import type { Problem } from "../api/client";
import type { PipelineAction, PipelineCondition, PipelineFormat, PipelineRule, PipelineValue } from "../api/described";
import { flat } from "../kit/text";

// --- values ---

/** What a value is, which its text alone does not say. */
export type ValueKind = "text" | "number" | "true" | "false";

export const VALUE_KINDS: readonly { id: ValueKind; name: string }[] = [
  { id: "text", name: "the text" },
  { id: "number", name: "the number" },
  { id: "true", name: "true" },
  { id: "false", name: "false" },
];

export const kindOf = (value: PipelineValue): ValueKind =>
  typeof value === "boolean" ? (value ? "true" : "false") : typeof value === "number" ? "number" : "text";

/** A number as JSON writes it; nothing for what is none. */
export function numberOf(text: string): number | null {
  const trimmed = text.trim();
  if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(trimmed)) return null;
  const number = Number(trimmed);
  // One that would become another on its way is none.
  return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number)) ? number : null;
}

const typed = (kind: ValueKind, text: string): PipelineValue | null =>
  kind === "text" ? text : kind === "number" ? numberOf(text) : kind === "true";

// --- conditions ---

export type Test =
  | "is"
  | "is_not"
  | "contains"
  | "starts_with"
  | "matches"
  | "at_least"
  | "less_than"
  | "there"
  | "missing";

export const TESTS: readonly { id: Test; name: string }[] = [
  { id: "is", name: "is" },
  { id: "is_not", name: "is not" },
  { id: "contains", name: "contains" },
  { id: "starts_with", name: "starts with" },
  { id: "matches", name: "matches the pattern" },
  { id: "at_least", name: "is at least" },
  { id: "less_than", name: "is less than" },
  { id: "there", name: "is there" },
  { id: "missing", name: "is not there" },
];

/** A condition as its form has it. */
export type ConditionFields = { field: string; test: Test; kind: ValueKind; text: string };

export const NO_CONDITION: ConditionFields = { field: "", test: "is", kind: "text", text: "" };

/** Whether it is a test of a whole value, which may be no text. */
export const ofValue = (test: Test) => test === "is" || test === "is_not";
export const ofNothing = (test: Test) => test === "there" || test === "missing";

export function conditionFields(condition: PipelineCondition): ConditionFields {
  const { field, exists } = condition;
  if (exists !== undefined && exists !== null)
    return { field, test: exists ? "there" : "missing", kind: "text", text: "" };
  for (const { id } of TESTS) {
    if (id === "there" || id === "missing") continue;
    const value = condition[id];
    if (value === undefined || value === null) continue;
    return { field, test: id, kind: kindOf(value), text: String(value) };
  }
  return { ...NO_CONDITION, field };
}

/** The condition; nothing where a number is meant and none is written. */
export function conditionOf({ field, test, kind, text }: ConditionFields): PipelineCondition | null {
  const of = field.trim();
  switch (test) {
    case "there":
    case "missing":
      return { field: of, exists: test === "there" };
    case "is":
    case "is_not": {
      const value = typed(kind, text);
      return value === null ? null : { field: of, [test]: value };
    }
    case "at_least":
    case "less_than":
      // The name of a level, where it is one of those.
      return { field: of, [test]: numberOf(text) ?? text.trim() };
    case "contains":
    case "starts_with":
    case "matches":
      return { field: of, [test]: text };
  }
}

// --- actions ---

export type ActionKind = "parse" | "rename" | "set" | "remove" | "mask" | "drop" | "route";

export const ACTIONS: readonly { id: ActionKind; name: string; help: string }[] = [
  { id: "parse", name: "Parse", help: "reads a text into fields" },
  { id: "rename", name: "Rename", help: "gives a field another name" },
  { id: "set", name: "Set", help: "gives a field a value" },
  { id: "remove", name: "Remove", help: "removes a field and what is inside it" },
  { id: "mask", name: "Mask", help: "puts a mask in place of what a pattern finds" },
  { id: "drop", name: "Drop", help: "keeps nothing of the record" },
  { id: "route", name: "Route", help: "gives the record a stream, and ends its rules" },
];

export const FORMATS: readonly { id: PipelineFormat; name: string }[] = [
  { id: "any", name: "whichever fits" },
  { id: "json", name: "JSON" },
  { id: "logfmt", name: "logfmt" },
  { id: "nginx", name: "nginx" },
  { id: "apache", name: "Apache" },
  { id: "syslog", name: "syslog" },
  { id: "heroku", name: "Heroku" },
  { id: "java", name: "Java" },
  { id: "klog", name: "klog" },
  { id: "lambda", name: "Lambda" },
  { id: "python", name: "Python" },
  { id: "rails", name: "Rails" },
  { id: "rust", name: "Rust" },
  { id: "zap", name: "zap" },
];

/** An action as its form has it: what every kind may need, so that a change of kind loses nothing that was written. */
export type ActionFields = {
  kind: ActionKind;
  field: string;
  by: "format" | "pattern";
  format: PipelineFormat;
  pattern: string;
  into: string;
  to: string;
  valueKind: ValueKind;
  value: string;
  mask: string;
  stream: string;
};

export const NO_ACTION: ActionFields = {
  kind: "parse",
  field: "",
  by: "format",
  format: "any",
  pattern: "",
  into: "",
  to: "",
  valueKind: "text",
  value: "",
  mask: "",
  stream: "",
};

export const kindOfAction = (action: PipelineAction): ActionKind =>
  ACTIONS.find(({ id }) => id in action)?.id ?? "drop";

export function actionFields(action: PipelineAction): ActionFields {
  if ("parse" in action) {
    const { field, as, pattern, into } = action.parse;
    const by = pattern ? ("pattern" as const) : ("format" as const);
    return {
      ...NO_ACTION,
      kind: "parse",
      field: field === "message" ? "" : (field ?? ""),
      by,
      format: as ?? "any",
      pattern: pattern ?? "",
      into: into ?? "",
    };
  }
  if ("rename" in action) return { ...NO_ACTION, kind: "rename", field: action.rename.from, to: action.rename.to };
  if ("set" in action) {
    const { field, value } = action.set;
    return { ...NO_ACTION, kind: "set", field, valueKind: kindOf(value), value: String(value) };
  }
  if ("remove" in action) return { ...NO_ACTION, kind: "remove", field: action.remove.field };
  if ("mask" in action) {
    const { field, pattern, name } = action.mask;
    return { ...NO_ACTION, kind: "mask", field: field ?? "", pattern, mask: name };
  }
  if ("route" in action) return { ...NO_ACTION, kind: "route", stream: action.route.stream };
  return { ...NO_ACTION, kind: "drop" };
}

/** The action; nothing where a number is meant and none is written. */
export function actionOf(fields: ActionFields): PipelineAction | null {
  const [field, into] = [fields.field.trim(), fields.into.trim()];
  switch (fields.kind) {
    case "parse": {
      const how = fields.by === "format" ? { as: fields.format } : { pattern: fields.pattern };
      return { parse: { field: field || "message", ...how, ...(into ? { into } : {}) } };
    }
    case "rename":
      return { rename: { from: field, to: fields.to.trim() } };
    case "set": {
      const value = typed(fields.valueKind, fields.value);
      return value === null ? null : { set: { field, value } };
    }
    case "remove":
      return { remove: { field } };
    case "mask":
      return { mask: { ...(field ? { field } : {}), pattern: fields.pattern, name: fields.mask.trim() } };
    case "drop":
      return { drop: true };
    case "route":
      return { route: { stream: fields.stream.trim() } };
  }
}

/** Whether everything is there that an action cannot do without; whether it is well formed says the server. */
export function isWhole(fields: ActionFields): boolean {
  const { kind, field, by, pattern, to, mask, stream } = fields;
  switch (kind) {
    case "parse":
      return by === "format" || pattern !== "";
    case "rename":
      return field.trim() !== "" && to.trim() !== "";
    case "set":
    case "remove":
      return field.trim() !== "";
    case "mask":
      return pattern !== "" && mask.trim() !== "";
    case "drop":
      return true;
    case "route":
      return stream.trim() !== "";
  }
}

// --- words ---

const quoted = (value: PipelineValue) => (typeof value === "string" ? `“${flat(value)}”` : String(value));

function conditionWords(condition: PipelineCondition): string {
  const { field, test, text, kind } = conditionFields(condition);
  const name = TESTS.find(({ id }) => id === test)?.name ?? test;
  const value = ofNothing(test) ? "" : ` ${kind === "text" ? quoted(text) : text}`;
  return `${flat(field)} ${name}${value}`;
}

function actionWords(action: PipelineAction): string {
  if ("parse" in action) {
    const { field, as, pattern, into } = action.parse;
    const how = pattern ? `by the pattern ${quoted(pattern)}` : `as ${FORMATS.find(({ id }) => id === as)?.name ?? as}`;
    return `parse ${flat(field ?? "message")} ${how}${into ? `, under ${flat(into)}` : ""}`;
  }
  if ("rename" in action) return `rename ${flat(action.rename.from)} to ${flat(action.rename.to)}`;
  if ("set" in action) return `set ${flat(action.set.field)} to ${quoted(action.set.value)}`;
  if ("remove" in action) return `remove ${flat(action.remove.field)}`;
  if ("mask" in action) {
    const { field, pattern, name } = action.mask;
    return `mask ${quoted(pattern)} in ${field ? flat(field) : "all texts and numbers"} as [masked ${name}]`;
  }
  if ("route" in action) return `set log.stream to ${quoted(action.route.stream)}, and end here`;
  return "drop the record";
}

/** What a rule does, in one sentence. */
export function ruleWords({ when, then }: PipelineRule): string {
  const conditions = (when ?? []).map(conditionWords);
  const words = actionWords(then);
  return conditions.length ? `Where ${conditions.join(" and ")}: ${words}.` : `Always: ${words}.`;
}

/** Which rule a refusal is about, counted from 0, and why; the server counts from 1. */
export function wrongRule(problem: Problem): { at: number; why: string } | null {
  const found = problem.code === "pipeline_invalid" && /^rule (\d+): (.*)$/is.exec(problem.detail);
  if (!found) return null;
  const why = found[2] ?? "";
  return { at: Number(found[1]) - 1, why: why.charAt(0).toUpperCase() + why.slice(1) };
}

/** What cannot be undone of a change: records that are dropped from then on, and values that are masked no more. */
export function losses(
  before: readonly PipelineRule[],
  after: readonly PipelineRule[],
): { drops: string[]; unmasks: string[] } {
  const said = (rules: readonly PipelineRule[]) => new Set(rules.map(({ when, then }) => JSON.stringify([when, then])));
  const [old, now] = [said(before), said(after)];
  const only = (rules: readonly PipelineRule[], kind: ActionKind, others: Set<string>) =>
    rules
      .filter((rule) => kindOfAction(rule.then) === kind && !others.has(JSON.stringify([rule.when, rule.then])))
      .map(({ name }) => name);
  return { drops: only(after, "drop", old), unmasks: only(before, "mask", now) };
}

/** The list with one of it moved; the same where it cannot go there. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const one = list[from];
  if (one === undefined || to < 0 || to >= list.length) return list;
  return list.toSpliced(from, 1).toSpliced(to, 0, one);
}

// --- trials ---

type Fields = { [name: string]: unknown };
export type Change = {
  field: string;
  how: "changed" | "added" | "removed" | "same";
  before: string | null;
  after: string | null;
};

const said = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** What of a record became another: what is its own first, then what changed, then the rest. */
export function changes(before: Fields, after: Fields | null): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after ?? {})])];
  const all = names.map((field): Change => {
    const [was, is] = [before[field], after?.[field]];
    const [old, now] = [was === undefined ? null : said(was), is === undefined ? null : said(is)];
    const isSame = JSON.stringify(was) === JSON.stringify(is);
    return {
      field,
      how: isSame ? "same" : old === null ? "added" : now === null ? "removed" : "changed",
      before: old,
      after: now,
    };
  });
  return all.sort((a, b) => Number(a.how === "same") - Number(b.how === "same"));
}
