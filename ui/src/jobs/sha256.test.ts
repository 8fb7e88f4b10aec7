import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Sha256 } from "./sha256";

const known = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const some = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 131 + (at >> 3)) & 0xff);

test("it is the SHA-256 that everybody computes, whatever the length", () => {
  for (let length = 0; length < 300; length += 1)
    expect(new Sha256().update(some(length)).digest(), `${length} bytes`).toBe(known(some(length)));
});

test("pieces of any size make the same as the whole", () => {
  const whole = some(100_003);
  for (const size of [1, 63, 64, 65, 1_000, 65_536]) {
    const hash = new Sha256();
    for (let at = 0; at < whole.length; at += size) hash.update(whole.subarray(at, at + size));
    expect(hash.digest(), `pieces of ${size}`).toBe(known(whole));
  }
});
