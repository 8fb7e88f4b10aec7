// Signed checkpoints and the key that signs them: C2SP tlog-checkpoint and signed-note, with Ed25519.

import { bytesOf, type Hash, hashOf, same } from "./merkle";

export type Checkpoint = {
  origin: string;
  size: number;
  root: Hash;
  /** What is signed. */
  body: string;
  signatures: { name: string; keyId: Uint8Array; signature: Uint8Array<ArrayBuffer> }[];
};

export type VerifierKey = { name: string; keyId: Uint8Array; bytes: Uint8Array<ArrayBuffer> };

/** A signature that could not be looked at is not a signature that counts. */
export type Signed = "counts" | "does-not" | "cannot-look";

const ED25519 = 1;
/** Of a witness, which signs the time as well. */
export const COSIGNATURE = 4;
const KEY_ID_BYTES = 4;
const KEY_BYTES = 32;
const NOTE_CHARS_MAX = 64 * 1024;

export function parseCheckpoint(note: string): Checkpoint {
  if (note.length > NOTE_CHARS_MAX) throw new Error("the checkpoint is too long to be one");
  const end = note.lastIndexOf("\n\n");
  if (end < 0) throw new Error("the checkpoint has no signature");
  const body = note.slice(0, end + 1);
  const [origin, size, root] = body.split("\n");
  if (!origin || !size || !root || !/^(0|[1-9]\d{0,15})$/.test(size)) throw new Error("the checkpoint cannot be read");
  const signatures = note
    .slice(end + 2)
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const parts = /^\u2014 (\S+) (\S+)$/.exec(line);
      if (!parts?.[1] || !parts[2]) throw new Error("a signature of the checkpoint cannot be read");
      const bytes = bytesOf(parts[2]);
      return { name: parts[1], keyId: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
    });
  return { origin, size: Number(size), root: hashOf(root), body, signatures };
}

/** Reads `NAME+HASH+KEY`; the hash has to be the one of the name and the key. */
export async function parseKey(text: string, kind = ED25519): Promise<VerifierKey> {
  const parts = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim());
  if (!parts?.[1] || !parts[2] || !parts[3]) throw new Error("the key cannot be read");
  const typed = bytesOf(parts[3]);
  if (typed[0] !== kind || typed.length !== KEY_BYTES + 1) throw new Error("the key is not one of Ed25519");
  const keyId = await idOf(parts[1], typed);
  const said = Uint8Array.from(parts[2].match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  if (!same(keyId, said)) throw new Error("the key's hash is not the one of its name and bytes");
  return { name: parts[1], keyId, bytes: typed.slice(1) };
}

async function idOf(name: string, typed: Uint8Array): Promise<Uint8Array> {
  const bytes = new Uint8Array([...new TextEncoder().encode(`${name}\n`), ...typed]);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, KEY_ID_BYTES);
}

/** Whether this key signed the checkpoint, as far as this browser can tell. */
export async function isSigned(checkpoint: Checkpoint, key: VerifierKey): Promise<Signed> {
  const own = checkpoint.signatures.filter((one) => one.name === key.name && same(one.keyId, key.keyId));
  const signed = new TextEncoder().encode(checkpoint.body);
  for (const one of own) {
    const verified = await isSignature(key, one.signature, signed);
    if (verified !== "does-not") return verified;
  }
  return "does-not";
}

/** Whether a signature of these bytes is the key's. */
export async function isSignature(
  key: VerifierKey,
  signature: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Signed> {
  let imported: CryptoKey;
  try {
    imported = await crypto.subtle.importKey("raw", key.bytes, "Ed25519", false, ["verify"]);
  } catch {
    return "cannot-look";
  }
  return (await crypto.subtle.verify("Ed25519", imported, signature, bytes)) ? "counts" : "does-not";
}
