// Notices in words, and up to which they were looked at in this browser: the server keeps no such mark.

import { queryOptions } from "@tanstack/react-query";
import type { Notice } from "../api/people";
import { queries } from "../api/queries";
import { flat } from "../kit/text";

const WORDS: Record<string, (notice: Notice) => string> = {
  account_attacked: ({ failures }) =>
    `Somebody tried ${failures} times or more to sign in to your account, and did not get in.`,
  unusual_sign_in: ({ address, agent }) =>
    `You signed in from a new place: ${address ?? "an unknown address"}, ${agent}. ` +
    "If that was not you, end that session and change how you sign in.",
  passphrase_changed: () => "Your passphrase was set, changed or removed.",
  passkey_added: ({ name }) => `The passkey “${name}” was added.`,
  passkey_removed: ({ name }) => `The passkey “${name}” was removed.`,
  totp_enabled: () => "One-time codes were turned on.",
  totp_disabled: () => "One-time codes were turned off.",
  recovery_codes_made: () => "New recovery codes were made; those before are void.",
  recovery_code_used: ({ left }) => `A recovery code was used; ${left} are left.`,
  provider_ended: ({ name }) =>
    `You can no longer sign in through “${name}”; what you were signed in with through it ended.`,
  staff_access_configured: ({ level }) => `What staff may ask was set to: ${String(level).replaceAll("_", " ")}.`,
  staff_access_requested: () => "Staff ask to read a source of your organization.",
  staff_access_started: () => "Staff began to read a source of your organization.",
  staff_access_ended: ({ readings }) => `Staff ended reading; ${readings} questions were asked.`,
  audit_retention_changed: ({ days }) => `The audit trail of your organization is kept for ${days} days from now on.`,
  audit_stream_added: ({ to }) => `The audit trail of your organization is carried to ${to} from now on.`,
  quota_reached: ({ percent, source }) =>
    `${percent} percent of what may come in to ${source ? "a source" : "all sources"} of your organization have.`,
  archive_failing: ({ code }) =>
    `Nothing of a source's daily archive could be written for a day (${code}). What retention ends before it works again is in no archive.`,
  archive_stopped: () =>
    "The daily archive of a source stopped: whoever set it may not read the source any more. Set it anew.",
  break_glass_used: () => "Staff used the emergency way into your organization. Review it within 72 hours.",
  statement_ends: ({ title, claim, until }) =>
    `What you signed for “${title}” (${claim}) ends on ${String(until).slice(0, 10)}. ` +
    "The page says so by itself then; sign it anew before, and there is no gap.",
};

// Such as what a browser says of itself.
export const said = (notice: Notice): string =>
  flat(WORDS[notice.notice]?.(notice) ?? notice.notice.replaceAll("_", " "));

const place = (person: string) => `blockhouse-notices:${person}`;
const DAY_MS = 86_400_000;

/** The time of the newest notice that was looked at; where none was, what is older than a day is no news. */
export const lookedAt = (person: string) =>
  queryOptions({
    queryKey: ["notices-looked-at", person],
    queryFn: () => localStorage.getItem(place(person)) ?? new Date(Date.now() - DAY_MS).toISOString(),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function lookAt(person: string, all: readonly Notice[]) {
  const newest = all.reduce(
    (newest, { at }) => (Date.parse(at) > Date.parse(newest) ? at : newest),
    "1970-01-01T00:00:00Z",
  );
  localStorage.setItem(place(person), newest);
  queries.setQueryData(lookedAt(person).queryKey, newest);
}

export const unseen = (all: readonly Notice[], until: string | undefined): number =>
  until === undefined ? 0 : all.filter(({ at }) => Date.parse(at) > Date.parse(until)).length;
