// The page as everybody gets it, signed; read, and its signature checked, in this browser.

import { queryOptions } from "@tanstack/react-query";
import { api, ask, Problem } from "../api/client";
import type { Given } from "../audit/check";
import { isSignature, parseCheckpoint, parseKey, type Signed } from "../audit/checkpoint";
import { bytesOf, hashOf } from "../audit/merkle";

export type State = "PASS" | "FAIL" | "STALE" | "UNKNOWN" | "EXPIRED" | "SEALED-FAIL" | "NOT-CLAIMED" | "WITHDRAWN";
export type LogProof = { entry: number; leaf: string; proof: string[] };
export type Counted = { what: string; counted: number; whole: number | null };
export type Signatory = { name: string; role: string; at: string };
export type Document = { issuer: string; id: string; scope: string; validUntil: string };

export type Published = {
  id: string;
  group: string;
  title: string;
  /** Empty while a failure is sealed. */
  sentence: string;
  speaks: string;
  class: string;
  state: State;
  since: string;
  denominator: string | null;
  control: string;
  falsifier: string;
  limits: string;
  frameworks: string[];
  measured: {
    at: string;
    budgetMinutes: number;
    reason: string;
    checks: {
      check: string;
      vantage: "inside" | "outside";
      look: { verdict: string; summary: string; counts: Counted[] };
      twin: string;
    }[];
    statement: string;
    proof: LogProof;
  } | null;
  sealed?: { since: string; until: string; commitment: string; proof: LogProof };
  attested: {
    by: Signatory[];
    needed: number;
    from: string;
    until: string;
    document: Document | null;
    attachments: string[];
    proof: LogProof;
  } | null;
  days: { day: string; worst: State | null }[];
};

export type Overview = {
  publisher: string;
  url: string;
  made: string;
  log: { origin: string; key: string; checkpoint: string };
  claims: Published[];
  notClaimed: { id: string; group: string; title: string; reason: string }[];
  withheld: number;
};

type Envelope = { payload: string; payloadType: string; signatures: { keyid: string; sig: string }[] };

/** The signed page below `/security` or `/security/t/NAME`, and whether the log's key signed it. */
export const overview = (path: string) =>
  queryOptions({
    queryKey: ["overview", path],
    queryFn: async ({ signal }): Promise<{ overview: Overview; signed: Signed } | null> => {
      try {
        const envelope = await api<Envelope>("GET", `${path}.json`, undefined, signal);
        const payload = bytesOf(envelope.payload);
        const key = (await (await ask("/log/key", { signal })).text()).trim();
        const { predicate } = JSON.parse(new TextDecoder().decode(payload)) as { predicate: Overview };
        return { overview: predicate, signed: await signedBy(envelope, payload, key) };
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: 30_000,
    refetchInterval: ({ state: { data } }) => (data && isFirstLook(data.overview) ? 10_000 : 60_000),
  });

const FIRST_LOOK_MS = 180_000;

/** Whether the server began so lately that claims are still to be measured: none of them is older than its first minutes. */
export const isFirstLook = ({ claims, made }: Pick<Overview, "claims" | "made">) =>
  claims.some((one) => one.state === "UNKNOWN") &&
  claims.every((one) => Date.parse(made) - Date.parse(one.since) < FIRST_LOOK_MS);

/** DSSE 1.0: the signature is over the type and the payload, each behind its length. */
async function signedBy(envelope: Envelope, payload: Uint8Array, key: string): Promise<Signed> {
  const own = envelope.signatures.find((one) => one.keyid === key);
  if (!own) return "does-not";
  const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `;
  const bytes = new Uint8Array([...new TextEncoder().encode(head), ...payload]);
  return isSignature(await parseKey(key), bytesOf(own.sig), bytes);
}

/** A claim's newest result as a proof that the browser can walk. */
export async function provable({ log }: Overview, proof: LogProof): Promise<Given> {
  return {
    entry: proof.entry,
    checkpoint: parseCheckpoint(log.checkpoint),
    note: log.checkpoint,
    proof: proof.proof.map(hashOf),
    body: bytesOf(proof.leaf),
    hash: null,
    key: await parseKey(log.key),
  };
}

// --- what a claim is shown as ---

export type Standing = "failing" | "unmeasured" | "stale" | "ended" | "withdrawn" | "verified" | "follows" | "signed";

/** In the order in which they are shown: what is in doubt comes before what stands. */
export const STANDINGS: readonly {
  id: Standing;
  word: string;
  sign: string;
  tone: "good" | "bad" | "warn" | "info";
}[] = [
  { id: "failing", word: "Failing", sign: "✕", tone: "bad" },
  { id: "unmeasured", word: "Could not be measured", sign: "?", tone: "warn" },
  { id: "stale", word: "Not measured lately", sign: "…", tone: "warn" },
  { id: "ended", word: "Ended", sign: "–", tone: "warn" },
  { id: "withdrawn", word: "Withdrawn", sign: "–", tone: "warn" },
  { id: "verified", word: "Verified", sign: "✓", tone: "good" },
  { id: "follows", word: "Follows from others", sign: "→", tone: "info" },
  { id: "signed", word: "Signed by people", sign: "✎", tone: "info" },
];

/** Only what was looked at lately, held, and whose broken twin was found out is verified. */
export function standing(one: Published, made: string): Standing {
  switch (one.state) {
    case "FAIL":
    case "SEALED-FAIL":
      return "failing";
    case "UNKNOWN":
    case "NOT-CLAIMED":
      return "unmeasured";
    case "STALE":
      return "stale";
    case "EXPIRED":
      return "ended";
    case "WITHDRAWN":
      return "withdrawn";
    case "PASS":
      break;
  }
  if (one.attested) return "signed";
  if (!one.measured) return "follows";
  const { at, budgetMinutes, checks } = one.measured;
  const isFound = checks.length > 0 && checks.every(({ look, twin }) => look.verdict === "held" && twin === "broken");
  if (!isFound) return "unmeasured";
  return Date.parse(made) - Date.parse(at) > budgetMinutes * 60_000 ? "stale" : "verified";
}

// --- the days of a claim ---

export type Day = "verified" | "failing" | "in doubt" | "not measured";
/** In the order in which they are told. */
const DAYS: readonly Day[] = ["verified", "failing", "in doubt", "not measured"];

/** What a day was at its worst, as the page in public says it. */
export function dayOf(worst: State | null): Day {
  switch (worst) {
    case "PASS":
      return "verified";
    case "FAIL":
    case "SEALED-FAIL":
      return "failing";
    case "STALE":
    case "UNKNOWN":
    case "EXPIRED":
      return "in doubt";
    case "NOT-CLAIMED":
    case "WITHDRAWN":
    case null:
      return "not measured";
  }
}

/** `90 days: 45 verified, 1 failing (the last on 2026-11-02), 44 not measured`. */
export function daysWords(days: Published["days"]): string {
  const failed = days.filter((one) => dayOf(one.worst) === "failing");
  const told = DAYS.map((kind) => ({ kind, number: days.filter((one) => dayOf(one.worst) === kind).length }))
    .filter(({ kind, number }) => number > 0 || kind === "verified" || kind === "failing")
    .map(({ kind, number }) =>
      kind === "failing" && number > 0 ? `${number} failing (the last on ${failed.at(-1)?.day})` : `${number} ${kind}`,
    );
  return `${days.length} days: ${told.join(", ")}`;
}

/** Whether a look held only since there was nothing yet that it could have counted. */
export const hasCountedNothing = (counts: readonly Counted[]) =>
  counts.some(({ whole }) => whole === 0) && counts.every(({ counted, whole }) => (whole ?? counted) === 0);

const GROUPS: Record<string, string> = {
  "in-transit": "In transit",
  "at-rest": "At rest",
  isolation: "Isolation",
  "api-keys": "API keys",
  network: "Network",
  users: "Protection of people's accounts",
  "staff-access": "Access by staff",
  monitoring: "Monitoring and attacks",
  incidents: "Incidents",
  backups: "Backups",
  retention: "Retention",
  development: "Development",
  disclosure: "Disclosure",
  infrastructure: "Infrastructure",
  organisation: "Organization",
  compliance: "Compliance",
  page: "About this page",
};
export const GROUP_IDS = Object.keys(GROUPS);
export const groupName = (id: string) => GROUPS[id] ?? id.replaceAll("-", " ");
