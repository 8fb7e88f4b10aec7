// What became of the questions of an access. Pure.

import type { Entry } from "../api/people";

/** A question is in the trail when it is asked, and once more, with its text, when something of it is shown. */
export function countAnswers(entries: readonly Pick<Entry, "event">[]): { asked: number; answered: number } {
  const asked = new Map<unknown, number>();
  const shown = new Map<unknown, number>();
  for (const { event } of entries) {
    const counts = event.type === "records_read" ? asked : event.type === "staff_question_asked" ? shown : null;
    counts?.set(event.question, (counts.get(event.question) ?? 0) + 1);
  }
  let [all, answered] = [0, 0];
  for (const [question, times] of asked) {
    all += times;
    // One tail is told as often as it shows something.
    answered += Math.min(times, shown.get(question) ?? 0);
  }
  return { asked: all, answered };
}

/** How many were asked and answered, and what became of the others. */
export function answersWords(entries: readonly Pick<Entry, "event">[]): string {
  const { asked, answered } = countAnswers(entries);
  if (asked === 0) return "";
  const all = asked === 1 ? "1 question was asked" : `${asked} questions were asked`;
  if (answered === asked) return `${all}, and ${asked === 1 ? "it was" : "all were"} answered.`;
  const rest = asked - answered;
  return (
    `${all}, of which ${answered} ${answered === 1 ? "was" : "were"} answered. ` +
    `The other ${rest === 1 ? "one" : rest} showed nothing: stopped, overtaken while a query was written, or refused.`
  );
}
