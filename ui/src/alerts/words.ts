// What is said of alerts, and where what they counted can be read. Pure.

import type { Alert, AlertChange, AlertMessage, AlertPreview, AlertRule, Comparison } from "../api/watching";
import type { Point } from "../kit/scale";
import { ago, count } from "../kit/time";

/** The last seconds of a window are left to records that are on their way. */
const SETTLE_MS = 10_000;

export const COMPARISONS: readonly { id: Comparison; name: string }[] = [
  { id: "at_least", name: "at least" },
  { id: "at_most", name: "at most" },
];

export function minutes(number: number): string {
  if (number % 60 === 0) return number === 60 ? "an hour" : `${number / 60} hours`;
  return number === 1 ? "a minute" : `${number} minutes`;
}

const HOUR_MS = 3_600_000;

/** How long something went on: "less than a minute", "12 minutes", "3 hours", "2 days". */
export function lasted(ms: number): string {
  const [unit, length] =
    ms < 2 * HOUR_MS ? ["minute", 60_000] : ms < 48 * HOUR_MS ? ["hour", HOUR_MS] : ["day", 24 * HOUR_MS];
  const number = Math.round(ms / Number(length));
  return number === 0 ? "less than a minute" : `${number} ${unit}${number === 1 ? "" : "s"}`;
}

/** For how long it had alerted when it was over; nothing where that is not known any more. */
export function alertedFor(
  changes: readonly Pick<AlertChange, "number" | "state" | "at">[],
  number: number,
): string | null {
  const change = changes.find((one) => one.number === number);
  if (change?.state !== "ok") return null;
  const before = changes.filter((one) => one.number < number).sort((a, b) => b.number - a.number)[0];
  return before?.state === "alerting" ? lasted(Date.parse(change.at) - Date.parse(before.at)) : null;
}

/** "At least 20 records in 5 minutes". */
export function ruleWords({ comparison, threshold, window_minutes }: Omit<AlertRule, "source" | "query">): string {
  const bound = comparison === "at_least" ? "At least" : "At most";
  return `${bound} ${count.format(threshold)} ${threshold === 1 ? "record" : "records"} in ${minutes(window_minutes)}`;
}

export const fires = ({ comparison, threshold }: Pick<AlertRule, "comparison" | "threshold">, number: number) =>
  comparison === "at_least" ? number >= threshold : number <= threshold;

/** Where the records are that were counted from here to there. */
export function logsOf(rule: Pick<AlertRule, "source" | "query">, from: string, to: string): string {
  const params = new URLSearchParams({ s: rule.source, ...(rule.query ? { q: rule.query } : {}), from, to });
  return `/app/logs?${params}`;
}

/** Where the records are that a look at this moment counted. */
export function countedAt(rule: AlertRule, at: string): string {
  const to = Date.parse(at) - SETTLE_MS;
  const time = (ms: number) => new Date(ms).toISOString();
  return logsOf(rule, time(to - rule.window_minutes * 60_000), time(to));
}

export type Standing = { word: string; tone?: "good" | "warn" | "bad" };

/** A new one is in no state that anybody has seen. */
export const isLookedAt = ({ state, last }: Pick<Alert, "state" | "last">) => last !== null || state === "alerting";

/** The state in a word: one of the two, unless nobody can tell. */
export function standing(alert: Pick<Alert, "state" | "stopped" | "trouble" | "last">): Standing {
  if (alert.stopped) return { word: "stopped", tone: "warn" };
  if (alert.trouble && !isLookedAt(alert)) return { word: "no count yet", tone: "warn" };
  if (alert.trouble) return { word: `${alert.state}, no count`, tone: alert.state === "ok" ? "warn" : "bad" };
  if (!isLookedAt(alert)) return { word: "not looked at yet" };
  return alert.state === "alerting" ? { word: "alerting", tone: "bad" } : { word: "ok", tone: "good" };
}

const TROUBLES: Record<string, string> = {
  query_timeout: "the query takes longer than 10 seconds",
  query_invalid: "the query cannot be read any more",
  parts_unreadable: "a part of the logs cannot be read",
  busy: "the server was too busy with other questions",
};
export const troubleWords = (code: string) => TROUBLES[code] ?? "the server could not count";

const STOPS: Record<string, string> = {
  keeper_may_not_read: "Whoever kept it may not read the source any more.",
  source_gone: "The source is gone.",
};
export const stopWords = (code: string) => STOPS[code] ?? "Nobody keeps it any more.";

const FAILURES: Record<string, string> = {
  unreachable: "the address cannot be reached",
  slow: "no answer within 10 seconds",
  address_not_public: "the address is not public, and whoever runs the installation has not allowed it",
  address_invalid: "the address cannot be used",
  redirected: "it answered with a redirect, which is not followed",
  answer_too_large: "its answer was too large",
  mail_not_configured: "the installation has no mail server",
  mail_refused: "the mail server did not take it",
  message_invalid: "the message cannot be written as mail",
  not_confirmed: "the address is not confirmed",
};
export function failureWords(code: string): string {
  const status = /^status_(\d+)$/.exec(code)?.[1];
  return status ? `it answered ${status}` : (FAILURES[code] ?? "it could not be sent");
}

/** What became of a message. */
export function messageWords(message: AlertMessage, now = Date.now()): string {
  if (message.sent_at) return `arrived ${ago(message.sent_at, now)}`;
  const tries = message.tries === 1 ? "1 try" : `${message.tries} tries`;
  const next = message.retry_at ? `, next try ${ago(message.retry_at, now)}` : ", given up";
  if (!message.failure) return message.retry_at ? "on its way" : "not sent";
  return `not arrived after ${tries}: ${failureWords(message.failure)}${next}`;
}

/** What a rule would have done, in a sentence. */
export function previewWords(preview: AlertPreview, rule: Pick<AlertRule, "comparison">): string {
  const often = preview.fired === 1 ? "once" : `${count.format(preview.fired)} times`;
  const all = preview.alerting_minutes === 1 ? "1 minute" : `${count.format(preview.alerting_minutes)} minutes`;
  const would = preview.fired === 0 ? "Would not have alerted" : `Would have alerted ${often}, for ${all} in all,`;
  const extreme =
    rule.comparison === "at_least"
      ? `at most ${count.format(preview.most ?? 0)}`
      : `at least ${count.format(preview.least ?? 0)}`;
  return `${would} in the last ${preview.hours} hours; counted ${extreme}, now ${count.format(preview.now ?? 0)}.`;
}

export const previewPoints = (preview: AlertPreview): Point[] =>
  preview.points.map(({ time, count }) => ({ time, value: count }));
