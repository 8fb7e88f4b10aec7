// The trail as the server answers it, and as the address of the screen names a part of it.

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { address, api } from "../api/client";
import type { Json } from "../api/types";
import { flat } from "../kit/text";
import { CONDITIONS, type Conditions, type View } from "./view";

export type Actor = { kind: string; id?: string };
export type Entry = {
  log: string;
  sequence: number;
  time: string;
  event: { type: string; [name: string]: Json };
  outcome: { result: "done" } | { result: "refused"; code: string };
  actor: Actor;
  on_behalf_of?: Actor;
  signed_in_by?: string[];
  source?: string;
  request?: string;
  /** Where the request came from, unless that was forgotten. */
  address?: string | null;
};
type Page = { entries: Entry[]; next: number | null };

export const conditionsOf = (view: View): Conditions =>
  Object.fromEntries(CONDITIONS.flatMap((name) => (view[name] === undefined ? [] : [[name, view[name]]])));

const PAGE = 100;

export const entries = (base: string, conditions: Conditions) =>
  infiniteQueryOptions({
    queryKey: ["audit", base, conditions],
    queryFn: ({ pageParam, signal }) =>
      api<Page>("GET", address(base, { ...conditions, limit: PAGE, cursor: pageParam }), undefined, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** One entry, with what is known of the person. */
export const entry = (base: string, sequence: number) =>
  queryOptions({
    queryKey: ["audit-entry", base, sequence],
    queryFn: async ({ signal }) => {
      const page = await api<Page>("GET", address(base, { limit: 1, cursor: sequence + 1 }), undefined, signal);
      return page.entries.find((one) => one.sequence === sequence) ?? null;
    },
  });

/** `api_key_created` as people read it; what the API calls a tenant is an organization on every screen. */
export const spoken = (name: string) =>
  name
    .replaceAll("_", " ")
    .replace(/^api /, "API ")
    .replace(/\btenant\b/, "organization");

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const WAYS: Record<string, string> = {
  totp: "one-time code",
  single_sign_on: "single sign-on",
  shell: "link of the shell",
};

/** How somebody signed in. */
export const ways = (methods: readonly string[]) =>
  methods.map((method) => WAYS[method] ?? spoken(method)).join(" and ");

/** What belongs to an event, in a line; ids by their names where those are known here. Any of it may be a stranger's. */
export function details(event: Entry["event"], names: ReadonlyMap<string, string>): string {
  const word = (value: Json): string => {
    if (Array.isArray(value)) return value.map(word).join(", ");
    const text = String(value);
    if (TIME.test(text)) return `${text.slice(0, 16).replace("T", " ")} UTC`;
    return flat(names.get(text) ?? text);
  };
  return Object.entries(event)
    .filter(([name, value]) => name !== "type" && value !== null && value !== "")
    .map(([name, value]) => `${spoken(name)} ${word(value)}`)
    .join(" · ");
}

const KINDS: Record<string, string> = {
  server: "the server",
  shell: "the machine's shell",
  setup_link: "the setup link",
  stranger: "nobody known",
  api_key: "API key",
  person: "person",
  service_account: "service account",
  staff: "staff",
  access_request: "access request",
};

/** Who, by name where it is known here, else by kind and id. */
export function who(actor: Actor, names: ReadonlyMap<string, string>): string {
  const name = actor.id ? names.get(actor.id) : undefined;
  const kind = KINDS[actor.kind] ?? spoken(actor.kind);
  if (name) return actor.kind === "person" ? name : `${kind} “${name}”`;
  return actor.id ? `${kind} ${actor.id}` : kind;
}

/** Kinds of events that people look for together. */
export const GROUPS: readonly { id: string; name: string; events: string }[] = [
  { id: "readings", name: "Records read", events: "records_read,staff_question_asked" },
  {
    id: "refusals",
    name: "Attempts without a right",
    events: "permission_refused,api_key_refused,strangers_refused,sign_in_refused,account_attacked",
  },
  {
    id: "sign-ins",
    name: "Sign-ins",
    events: "signed_in,sign_in_refused,stepped_up,signed_out,session_ended,tenant_entered,recovery_code_used",
  },
  {
    id: "keys",
    name: "API keys",
    events:
      "api_key_created,api_key_revoked,api_key_rotated,api_key_refused,shared_key_shown,service_key_created,service_key_revoked",
  },
  {
    id: "people",
    name: "People and roles",
    events:
      "invitation_made,invitation_resent,invitation_revoked,member_joined,member_changed,member_removed,role_created,role_changed,role_deleted,service_account_created,service_account_changed,service_account_deleted,account_created,account_disabled,account_enabled,account_recovered",
  },
  {
    id: "factors",
    name: "Ways to sign in",
    events:
      "passphrase_set,passkey_added,passkey_removed,totp_enabled,totp_disabled,recovery_codes_made,sign_in_rules_changed,provider_added,provider_changed,provider_removed",
  },
  {
    id: "staff",
    name: "Access of staff",
    events:
      "staff_access_configured,staff_access_requested,staff_access_approved,staff_access_denied,staff_access_started,staff_question_asked,staff_access_ended,break_glass_opened,break_glass_reviewed",
  },
  {
    id: "settings",
    name: "Sources and retention",
    events:
      "tenant_created,source_created,source_renamed,retention_changed,treatment_changed,filters_changed,pipeline_changed,quota_changed,quota_reached,retention_ended,archive_changed,archive_removed,archive_asked,archive_written,archive_failing,archive_stopped,archive_missed,audit_retention_changed,audit_retention_ended,audit_stream_added,audit_stream_removed,subject_forgotten",
  },
  {
    id: "root-key",
    name: "Recovery of the root key",
    events: "root_key_kit_made,root_key_proved,root_key_proof_refused,root_key_restored",
  },
  { id: "jobs", name: "Long work", events: "job_begun,job_ended,job_cancelled" },
  {
    id: "claims",
    name: "What is said in public",
    events:
      "attestation_proposed,attestation_file_attached,attestation_discarded,attestation_signed,claim_attested,attestation_withdrawn,attestation_expired,own_page_founded,own_claim_written,own_claim_discarded,own_claim_published,own_claim_taken_back,own_host_added,own_host_asked,own_host_removed,template_kept,template_answered,template_discarded",
  },
];
