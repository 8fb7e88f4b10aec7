// What somebody may be about to write: the name of a field, or a value of one. Pure.

import { term } from "./view";

export type Place =
  | { kind: "name"; from: number; to: number; written: string }
  | { kind: "value"; name: string; from: number; to: number; written: string };

const NAME = /^-?([A-Za-z0-9#$_@.-]*)$/;
const VALUE = /^-?([A-Za-z0-9#$_@.-]+):(.*)$/s;

/** The word before the caret, if something can be said about it; none inside of quotes or after an operator. */
export function placeAt(text: string, caret: number): Place | null {
  let from = caret;
  while (from > 0 && !/[\s()]/.test(text.charAt(from - 1))) from -= 1;
  const before = text.slice(0, from);
  if ((before.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 1) return null;
  const word = text.slice(from, caret);
  let to = caret;
  while (to < text.length && !/[\s()]/.test(text.charAt(to))) to += 1;
  const value = VALUE.exec(word);
  if (value) {
    const [, name = "", written = ""] = value;
    if (/^[<>=[{(/"]/.test(written) || name === "has" || name === "missing") return null;
    return { kind: "value", name, from: from + word.length - written.length, to, written };
  }
  const name = NAME.exec(word);
  if (!name || word === "") return null;
  const written = name[1] ?? "";
  return { kind: "name", from: caret - written.length, to, written };
}

export type Suggestion = { text: string; shown: string; count: number };

/** Those that begin with what is written, then those that hold it, each the more frequent first. */
export function matching(all: readonly Suggestion[], written: string, most: number): Suggestion[] {
  const wanted = written.toLowerCase();
  const rank = (one: Suggestion) => {
    const at = one.shown.toLowerCase().indexOf(wanted);
    return at < 0 ? 2 : Math.min(at, 1);
  };
  const found = all.filter((one) => rank(one) < 2 && one.text !== written && one.text !== `${written}:`);
  return found.sort((a, b) => rank(a) - rank(b) || b.count - a.count || a.shown.localeCompare(b.shown)).slice(0, most);
}

/** A value as it has to be written after `name:`. */
export const valueText = (name: string, value: unknown): string => {
  const whole = term(name, value);
  return whole.startsWith("missing:") ? "" : whole.slice(whole.lastIndexOf(`${name}:`) + name.length + 1);
};

/** The text with a suggestion in its place, and where the caret is then. */
export function completed(text: string, place: Place, suggestion: Suggestion): { text: string; caret: number } {
  const gap = place.kind === "value" && place.to === text.length ? " " : "";
  const made = `${text.slice(0, place.from)}${suggestion.text}${gap}${text.slice(place.to)}`;
  return { text: made, caret: place.from + suggestion.text.length + gap.length };
}
