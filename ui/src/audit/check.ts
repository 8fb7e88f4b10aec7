// What the browser finds out by itself: that an entry is in the log, and that the log only grew since it looked last.
//
// Always holds: what was seen first (the key, and the newest checkpoint) is kept in this browser and never given up
// because the server says something else.

import { address, api, ask, Problem } from "../api/client";
import { type Checkpoint, isSigned, parseCheckpoint, parseKey, type VerifierKey } from "./checkpoint";
import { base64Of, climb, extendsTo, type Hash, hashOf, leafHash, same } from "./merkle";

type Proved = { proof: string[]; checkpoint: string };

const WIDTH = 256;
const HASH_BYTES = 32;

const text = async (path: string, signal?: AbortSignal) => (await ask(path, signal ? { signal } : {})).text();
const bytes = async (path: string) => new Uint8Array(await (await ask(path, {})).arrayBuffer());

// --- the log only grew ---

/** What this browser saw of a log when it looked last. */
export type Seen = { key: string; note: string; at: string; first: string };

export type Growth =
  | { is: "first" | "grew"; checkpoint: Checkpoint; before: Seen | null; signature: "counts" | "cannot-look" }
  | { is: "broken"; why: string; before: Seen | null; note: string };

const place = (base: string) => `blockhouse-trail:${base}`;

export function seen(base: string): Seen | null {
  try {
    const kept = JSON.parse(localStorage.getItem(place(base)) ?? "null") as Seen | null;
    return kept && typeof kept.note === "string" && typeof kept.key === "string" ? kept : null;
  } catch {
    return null;
  }
}

export const forget = (base: string) => localStorage.removeItem(place(base));

/** Holds the log against what this browser saw last, and keeps what it is now. */
export async function growth(base: string, signal?: AbortSignal): Promise<Growth> {
  const before = seen(base);
  const keyText = (await text("/log/key", signal)).trim();
  const key = await parseKey(keyText);
  const old = before && parseCheckpoint(before.note);
  let proof: string[] = [];
  let note: string;
  try {
    if (old)
      ({ proof, checkpoint: note } = await api<Proved>(
        "GET",
        address(`${base}/proof`, { since: old.size }),
        undefined,
        signal,
      ));
    else note = await text(`${base}/log/checkpoint`, signal);
  } catch (error) {
    // So many entries as were seen are not there any more.
    if (!old || !(error instanceof Problem) || error.status !== 404) throw error;
    note = await text(`${base}/log/checkpoint`, signal);
  }
  const broken = (why: string): Growth => ({ is: "broken", why, before, note });
  const now = parseCheckpoint(note);
  if (before && before.key !== keyText)
    return broken("It is signed with another key than the one that this browser saw first.");
  const signature = await isSigned(now, key);
  if (signature === "does-not") return broken("The newest checkpoint is not signed with the log's key.");
  if (old) {
    if (old.origin !== now.origin) return broken("It is another log than the one that this browser saw before.");
    if (old.size > now.size)
      return broken(`It has ${now.size} entries, and had ${old.size} when this browser looked last.`);
    if (!(await extendsTo([old.size, old.root], [now.size, now.root], proof.map(hashOf))))
      return broken(`The first ${old.size} entries are not those that this browser saw before: history was rewritten.`);
  }
  const at = new Date().toISOString();
  localStorage.setItem(place(base), JSON.stringify({ key: keyText, note, at, first: before?.first ?? at }));
  return { is: old ? "grew" : "first", checkpoint: now, before, signature };
}

// --- an entry is in the log ---

export type Found = {
  name: string;
  /** What was computed or compared. */
  detail: string;
  ok: boolean | "cannot-look";
  /** A hash on the way, for the figure. */
  step?: { side: "left" | "right"; given: Hash; made: Hash };
};

/** What the server gives to check an entry with. */
export type Given = {
  entry: number;
  checkpoint: Checkpoint;
  note: string;
  proof: Hash[];
  /** `null` where the body has ended: its hash stays. */
  body: Uint8Array | null;
  hash: Hash | null;
  key: VerifierKey;
};

const group = (value: number) => String(value).padStart(3, "0");

/** Where a bundle or tile lies (C2SP tlog-tiles). */
export function tilePath(kind: "entries" | "0", index: number, width: number): string {
  let path = group(index % 1_000);
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000))
    path = `x${group(rest % 1_000)}/${path}`;
  return `tile/${kind}/${path}${width < WIDTH ? `.p/${width}` : ""}`;
}

/** The entry at a place of a bundle: each stands behind its length in two bytes. */
export function ofBundle(bundle: Uint8Array, at: number): Uint8Array | null {
  let offset = 0;
  for (let place = 0; offset + 2 <= bundle.length; place += 1) {
    const length = ((bundle[offset] ?? 0) << 8) | (bundle[offset + 1] ?? 0);
    if (place === at) return length === 0 ? null : bundle.slice(offset + 2, offset + 2 + length);
    offset += 2 + length;
  }
  return null;
}

export async function given(base: string, entry: number): Promise<Given> {
  const key = await parseKey(await text("/log/key"));
  const proved = await api<Proved>("GET", address(`${base}/proof`, { entry }));
  const checkpoint = parseCheckpoint(proved.checkpoint);
  const index = Math.floor(entry / WIDTH);
  const width = Math.min(WIDTH, checkpoint.size - index * WIDTH);
  const bundle = await bytes(`${base}/log/${tilePath("entries", index, width)}`).catch((error: unknown) => {
    // Retention ended all of it.
    if (error instanceof Problem && error.status === 404) return new Uint8Array();
    throw error;
  });
  const body = ofBundle(bundle, entry % WIDTH);
  let hash: Hash | null = null;
  if (!body) {
    const tile = await bytes(`${base}/log/${tilePath("0", index, width)}`);
    const from = (entry % WIDTH) * HASH_BYTES;
    hash = tile.slice(from, from + HASH_BYTES);
  }
  return { entry, checkpoint, note: proved.checkpoint, proof: proved.proof.map(hashOf), body, hash, key };
}

/** Walks from the entry to the signed root; stops at what does not fit. */
export async function* check(base: string, got: Given, shown: object | null): AsyncGenerator<Found> {
  const { checkpoint, key } = got;
  if (got.body && shown) {
    const ok = isSame(JSON.parse(new TextDecoder().decode(got.body)), shown);
    yield { name: "The table shows what the log holds", detail: `${got.body.length} bytes, field by field`, ok };
    if (!ok) return;
  }
  const leaf = got.body ? await leafHash(got.body) : got.hash;
  if (!leaf || leaf.length !== HASH_BYTES) {
    yield { name: "The entry is not there", detail: "neither its body nor its hash was given", ok: false };
    return;
  }
  const about = got.body ? "SHA-256 of a zero byte and the entry" : "given: the entry's body has ended, its hash stays";
  yield { name: `Leaf ${base64Of(leaf)}`, detail: about, ok: true };
  let root = leaf;
  let level = 0;
  try {
    for await (const step of climb(leaf, got.entry, checkpoint.size, got.proof)) {
      level += 1;
      root = step.made;
      const detail = `level ${level}: SHA-256 with the given hash on the ${step.side}, ${base64Of(step.given)}`;
      yield {
        name: base64Of(step.made),
        detail,
        ok: true,
        step: { side: step.side, given: step.given, made: step.made },
      };
    }
  } catch (error) {
    yield { name: "The proof does not lead to a root", detail: error instanceof Error ? error.message : "", ok: false };
    return;
  }
  const leads = same(root, checkpoint.root);
  yield {
    name: "The computed root is the checkpoint's",
    detail: `${base64Of(checkpoint.root)}, of ${checkpoint.size} entries`,
    ok: leads,
  };
  if (!leads) return;
  const signature = await isSigned(checkpoint, key);
  if (signature === "cannot-look") {
    const detail = "this browser has no Ed25519; the command below checks it";
    yield { name: "The signature was not checked", detail, ok: "cannot-look" };
  } else {
    yield { name: "The checkpoint is signed", detail: `Ed25519, by ${key.name}`, ok: signature === "counts" };
    if (signature !== "counts") return;
  }
  const before = seen(base);
  if (!before) return;
  const known = await parseKey(before.key);
  const ok = same(known.bytes, key.bytes);
  yield { name: "The key is the one that this browser saw first", detail: `since ${before.first.slice(0, 10)}`, ok };
}

/** The same values; what the table adds of the person is not in the log. */
function isSame(kept: unknown, shown: unknown, isTop = true): boolean {
  if (typeof kept !== "object" || kept === null || typeof shown !== "object" || shown === null) return kept === shown;
  const names = (value: object) =>
    Object.entries(value).filter(([name, one]) => one !== undefined && !(isTop && name === "address"));
  const [a, b] = [names(kept), new Map(names(shown))];
  return a.length === b.size && a.every(([name, value]) => isSame(value, b.get(name), false));
}
