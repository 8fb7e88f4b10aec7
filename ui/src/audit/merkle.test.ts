import { describe, expect, test } from "vitest";
import { isSigned, parseCheckpoint, parseKey } from "./checkpoint";
import { base64Of, bytesOf, climb, extendsTo, type Hash, leafHash, nodeHash, same } from "./merkle";

const entry = (at: number) => new TextEncoder().encode(`entry ${at}`);
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

// As RFC 6962 defines them, from the whole list: slow, and plain enough to be believed.
const split = (size: number) => 2 ** (Math.ceil(Math.log2(size)) - 1);
async function root(leaves: Hash[]): Promise<Hash> {
  const [first] = leaves;
  if (leaves.length === 1 && first) return first;
  const at = split(leaves.length);
  return nodeHash(await root(leaves.slice(0, at)), await root(leaves.slice(at)));
}
async function path(entry: number, leaves: Hash[]): Promise<Hash[]> {
  if (leaves.length === 1) return [];
  const at = split(leaves.length);
  return entry < at
    ? [...(await path(entry, leaves.slice(0, at))), await root(leaves.slice(at))]
    : [...(await path(entry - at, leaves.slice(at))), await root(leaves.slice(0, at))];
}
async function growth(old: number, leaves: Hash[], isWhole = true): Promise<Hash[]> {
  if (old === leaves.length) return isWhole ? [] : [await root(leaves)];
  const at = split(leaves.length);
  return old <= at
    ? [...(await growth(old, leaves.slice(0, at), isWhole)), await root(leaves.slice(at))]
    : [...(await growth(old - at, leaves.slice(at), false)), await root(leaves.slice(0, at))];
}

const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 21];
const leavesOf = (size: number) => Promise.all(Array.from({ length: size }, (_, at) => leafHash(entry(at))));
const flipped = (hash: Hash) => hash.map((byte, at) => (at === 7 ? byte ^ 1 : byte));

async function climbed(leaf: Hash, at: number, size: number, proof: Hash[]): Promise<Hash> {
  let made = leaf;
  for await (const step of climb(leaf, at, size, proof)) made = step.made;
  return made;
}

describe("a proof of an entry", () => {
  test("an empty leaf has the hash of the standard", async () => {
    expect(hex(await leafHash(new Uint8Array()))).toBe(
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    );
  });

  test("leads to the root, for every entry of logs of many sizes", async () => {
    for (const size of SIZES) {
      const leaves = await leavesOf(size);
      const top = await root(leaves);
      for (const [at, leaf] of leaves.entries())
        expect(same(await climbed(leaf, at, size, await path(at, leaves)), top), `${at} of ${size}`).toBe(true);
    }
  });

  test("leads elsewhere with another leaf, another hash, another place", async () => {
    const leaves = await leavesOf(13);
    const [top, proof] = [await root(leaves), await path(5, leaves)];
    const leaf = leaves[5] as Hash;
    expect(same(await climbed(flipped(leaf), 5, 13, proof), top)).toBe(false);
    for (const at of proof.keys()) {
      const changed = proof.map((hash, place) => (place === at ? flipped(hash) : hash));
      expect(same(await climbed(leaf, 5, 13, changed), top)).toBe(false);
    }
    expect(same(await climbed(leaf, 4, 13, proof), top)).toBe(false);
    await expect(climbed(leaf, 5, 13, proof.slice(1))).rejects.toThrow("ends before the root");
    await expect(climbed(leaf, 5, 13, [...proof, leaf])).rejects.toThrow("longer");
    await expect(climbed(leaf, 13, 13, proof)).rejects.toThrow("no entry");
  });
});

describe("a proof of growth", () => {
  test("holds between all sizes, and for no other root", async () => {
    for (const size of SIZES) {
      const leaves = await leavesOf(size);
      const top = await root(leaves);
      for (let old = 1; old <= size; old += 1) {
        const [before, proof] = [await root(leaves.slice(0, old)), await growth(old, leaves)];
        expect(await extendsTo([old, before], [size, top], proof), `${old} of ${size}`).toBe(true);
        expect(await extendsTo([old, flipped(before)], [size, top], proof)).toBe(false);
        expect(await extendsTo([old, before], [size, flipped(top)], proof)).toBe(false);
        if (proof.length) expect(await extendsTo([old, before], [size, top], proof.slice(1))).toBe(false);
      }
    }
  });

  test("no log grows by becoming shorter", async () => {
    const leaves = await leavesOf(8);
    const top = await root(leaves);
    expect(await extendsTo([9, top], [8, top], [])).toBe(false);
  });
});

describe("a checkpoint", () => {
  async function signedNote(body: string) {
    const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const typed = new Uint8Array([1, ...raw]);
    const named = new Uint8Array([...new TextEncoder().encode("blockhouse-x\n"), ...typed]);
    const id = new Uint8Array(await crypto.subtle.digest("SHA-256", named)).slice(0, 4);
    const signature = new Uint8Array(
      await crypto.subtle.sign("Ed25519", pair.privateKey, new TextEncoder().encode(body)),
    );
    const note = `${body}\n\u2014 blockhouse-x ${base64Of(new Uint8Array([...id, ...signature]))}\n`;
    return { note, key: `blockhouse-x+${hex(id)}+${base64Of(typed)}` };
  }
  const body = `blockhouse-x/public\n3\n${base64Of(new Uint8Array(32))}\n`;

  test("counts with the key that signed it, and with no other", async () => {
    const [one, other] = [await signedNote(body), await signedNote(body)];
    const checkpoint = parseCheckpoint(one.note);
    expect([checkpoint.origin, checkpoint.size]).toEqual(["blockhouse-x/public", 3]);
    expect(await isSigned(checkpoint, await parseKey(one.key))).toBe("counts");
    expect(await isSigned(checkpoint, await parseKey(other.key))).toBe("does-not");
    const changed = parseCheckpoint(one.note.replace("\n3\n", "\n4\n"));
    expect(await isSigned(changed, await parseKey(one.key))).toBe("does-not");
  });

  test("a key whose hash is of another name or key is not read", async () => {
    const { key } = await signedNote(body);
    await expect(parseKey(key.replace("blockhouse-x", "blockhouse-y"))).rejects.toThrow("hash");
    await expect(parseKey("x")).rejects.toThrow("cannot be read");
  });

  test("what is no checkpoint is not read", () => {
    for (const note of ["", "a\n1\n", `${body}\n- x y\n`, body.replace("3", "-3"), "\u2014".repeat(70_000)])
      expect(() => parseCheckpoint(note)).toThrow();
    expect(bytesOf(base64Of(Uint8Array.of(0, 255)))).toEqual(Uint8Array.of(0, 255));
  });
});
