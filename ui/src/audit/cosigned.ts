// What witnesses signed under a checkpoint: C2SP tlog-cosignature, with Ed25519.
//
// Always holds: a witness is known by a key that whoever looks has given this browser. The server hands out none: one that
// shows two histories would hand out a witness of its own.

import { type Checkpoint, COSIGNATURE, isSignature, parseKey, type Signed, type VerifierKey } from "./checkpoint";
import { same } from "./merkle";

/** A witness that signed, and when, as far as it says so itself. */
export type Cosigned = { name: string; keyId: Uint8Array; at: string; is: Signed | "not-known" };

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
// Of a time that a date can hold.
const SECONDS_MAX = 8_640_000_000_000;
const KNOWN_MAX = 16;
const PLACE = "blockhouse-witnesses";

const timeOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);

/** Reads a witness's `NAME+HASH+KEY`. */
export const parseWitness = (text: string) => parseKey(text, COSIGNATURE);

/** Who cosigned a checkpoint, each once; that counts only for witnesses whose keys are known. */
export async function cosigned(checkpoint: Checkpoint, known: readonly VerifierKey[]): Promise<Cosigned[]> {
  const lines = checkpoint.signatures.filter((one) => one.signature.length === TIME_BYTES + SIGNATURE_BYTES);
  const found = new Map<string, Cosigned>();
  for (const { name, keyId, signature } of lines) {
    const seconds = timeOf(signature);
    if (seconds > SECONDS_MAX) continue;
    const key = known.find((one) => one.name === name && same(one.keyId, keyId));
    const message = new TextEncoder().encode(`cosignature/v1\ntime ${seconds}\n${checkpoint.body}`);
    const is = key ? await isSignature(key, signature.slice(TIME_BYTES), message) : "not-known";
    const at = new Date(Number(seconds) * 1_000).toISOString();
    const id = `${name} ${keyId}`;
    const before = found.get(id);
    // All lines of a witness have to be its own, and the latest says when.
    if (!before) found.set(id, { name, keyId, at, is });
    else if (is === before.is || is === "does-not")
      found.set(id, { ...before, is, at: at > before.at ? at : before.at });
  }
  return [...found.values()];
}

// --- the witnesses that this browser knows ---

export function knownWitnesses(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(PLACE) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, KNOWN_MAX) : [];
  } catch {
    return [];
  }
}

export function keepWitnesses(keys: readonly string[]): string[] {
  const kept = [...new Set(keys)].slice(-KNOWN_MAX);
  localStorage.setItem(PLACE, JSON.stringify(kept));
  return kept;
}
