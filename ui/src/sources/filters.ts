// What filters drop, as a question to Logs, and which field a refusal is about. Pure.

import type { Problem } from "../api/client";
import type { DropFilter } from "../api/described";

/** The records that a filter's text is found in: any part of a message, in whatever case. */
export const searchFor = (text: string) => `*"${text.replace(/[\\"]/g, "\\$&")}"*`;

/** The Logs screen with what a filter would have dropped of the last day. */
export function wouldDrop(source: string, text: string): string {
  return `/app/logs?${new URLSearchParams({ s: source, q: searchFor(text), from: "now-24h" })}`;
}

const BYTES_MAX = 512;

/** Beside which field a refusal of a new filter stands; `null` for none of them. */
export function wrongField(problem: Problem, made: DropFilter, others: readonly DropFilter[]): keyof DropFilter | null {
  if (problem.code === "name_invalid") return "name";
  if (problem.code !== "filter_invalid") return null;
  if (!made.contains.trim() || new TextEncoder().encode(made.contains).length > BYTES_MAX) return "contains";
  return others.some((other) => other.name === made.name) ? "name" : null;
}
