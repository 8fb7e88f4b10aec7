// Hashes of a log that only grows (RFC 6962, section 2.1), computed by the browser's own SHA-256.
//
// Always holds: nothing here asks the server, and no step is taken for granted: what is returned was computed.

export type Hash = Uint8Array<ArrayBuffer>;

/** One step up the tree: what was computed so far, what the server gave for the other side, and what both make. */
export type Step = { side: "left" | "right"; given: Hash; computed: Hash; made: Hash };

const HASH_BYTES = 32;
const LEAF = 0;
const NODE = 1;
// A log of more entries than this would need hours of hashes on any way up.
const SIZE_MAX = 2 ** 50;

async function sha256(...pieces: Uint8Array[]): Promise<Hash> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export const leafHash = (entry: Uint8Array) => sha256(Uint8Array.of(LEAF), entry);
export const nodeHash = (left: Hash, right: Hash) => sha256(Uint8Array.of(NODE), left, right);

export const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at]);

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export const base64Of = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));

export function hashOf(base64: string): Hash {
  const bytes = bytesOf(base64);
  if (bytes.length !== HASH_BYTES) throw new Error(`a hash has ${HASH_BYTES} bytes, not ${bytes.length}`);
  return bytes;
}

function checked(size: number): number {
  if (!Number.isSafeInteger(size) || size < 0 || size > SIZE_MAX) throw new Error(`${size} is no size of a log`);
  return size;
}

/** The way from the leaf of an entry to the root of a log of so many entries, one step after the other. */
export async function* climb(leaf: Hash, entry: number, size: number, proof: readonly Hash[]): AsyncGenerator<Step> {
  if (checked(entry) >= checked(size)) throw new Error(`a log of ${size} entries has no entry ${entry}`);
  let [node, last, computed] = [entry, size - 1, leaf];
  for (const given of proof) {
    if (last === 0) throw new Error("the proof is longer than the way to the root");
    // The last node of a level without a partner rises as it is.
    while (node % 2 === 0 && node === last) {
      node = Math.floor(node / 2);
      last = Math.floor(last / 2);
    }
    const side = node % 2 === 1 ? "left" : "right";
    const made = side === "left" ? await nodeHash(given, computed) : await nodeHash(computed, given);
    yield { side, given, computed, made };
    computed = made;
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  while (last > 0 && node === last && node % 2 === 0) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0) throw new Error("the proof ends before the root");
}

/** Whether a log of `size` entries and this root begins with the `old` entries of that root (RFC 9162, 2.1.4.2). */
export async function extendsTo(
  [old, oldRoot]: readonly [number, Hash],
  [size, root]: readonly [number, Hash],
  proof: readonly Hash[],
): Promise<boolean> {
  if (checked(old) > checked(size)) return false;
  if (old === size) return proof.length === 0 && same(oldRoot, root);
  if (old === 0) return proof.length === 0;
  let [node, last] = [old - 1, size - 1];
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  const rest = [...proof];
  const first = node === 0 ? oldRoot : rest.shift();
  if (!first) return false;
  let [before, after] = [first, first];
  for (const given of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      before = await nodeHash(given, before);
      after = await nodeHash(given, after);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else after = await nodeHash(after, given);
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && same(before, oldRoot) && same(after, root);
}
