import { expect, test } from "vitest";
import { COSIGNATURE, parseCheckpoint } from "./checkpoint";
import { cosigned, parseWitness } from "./cosigned";
import { base64Of } from "./merkle";

const NAME = "witness.example/w1";
const bytes = (text: string) => new TextEncoder().encode(text);
const BODY = (size: number) => `example.org/log\n${size}\n${base64Of(new Uint8Array(32))}\n`;

async function witness() {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const typed = new Uint8Array([COSIGNATURE, ...new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))]);
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array([...bytes(`${NAME}\n`), ...typed]));
  const id = new Uint8Array(digest).slice(0, 4);
  const hex = [...id].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const line = async (body: string, seconds: number, said = seconds) => {
    const signed = await crypto.subtle.sign(
      "Ed25519",
      pair.privateKey,
      bytes(`cosignature/v1\ntime ${seconds}\n${body}`),
    );
    const time = new Uint8Array(8);
    new DataView(time.buffer).setBigUint64(0, BigInt(said));
    return `\u2014 ${NAME} ${base64Of(new Uint8Array([...id, ...time, ...new Uint8Array(signed)]))}\n`;
  };
  return { key: `${NAME}+${hex}+${base64Of(typed)}`, line };
}

async function looked(body: string, lines: string, keys: readonly string[]) {
  const own = `\u2014 example.org ${base64Of(new Uint8Array(68))}\n`;
  const known = await Promise.all(keys.map(parseWitness));
  return (await cosigned(parseCheckpoint(`${body}\n${own}${lines}`), known)).map(({ name, at, is }) => [name, at, is]);
}

const AT = 1_790_000_000;
const TIME = "2026-09-21T14:13:20.000Z";

test("a cosignature counts for its checkpoint and time, of a witness that is known", async () => {
  const { key, line } = await witness();
  expect(await looked(BODY(42), await line(BODY(42), AT), [key])).toEqual([[NAME, TIME, "counts"]]);
  expect(await looked(BODY(42), await line(BODY(42), AT), [])).toEqual([[NAME, TIME, "not-known"]]);
  expect(await looked(BODY(43), await line(BODY(42), AT), [key])).toEqual([[NAME, TIME, "does-not"]]);
  expect(await looked(BODY(42), await line(BODY(42), AT - 1, AT), [key])).toEqual([[NAME, TIME, "does-not"]]);
  expect(await looked(BODY(42), "", [key])).toEqual([]);
});

test("another key of the same name is not that witness, and a forged line beside a right one counts for nothing", async () => {
  const [one, other] = [await witness(), await witness()];
  const right = await one.line(BODY(42), AT);
  expect(await looked(BODY(42), right, [other.key])).toEqual([[NAME, TIME, "not-known"]]);
  const forged = await one.line(BODY(41), AT);
  for (const lines of [right + forged, forged + right])
    expect(await looked(BODY(42), lines, [one.key])).toEqual([[NAME, TIME, "does-not"]]);
});

test("a time that no date can hold, and a key of a log, are not taken", async () => {
  const { key, line } = await witness();
  expect(await looked(BODY(42), await line(BODY(42), 9e15), [key])).toEqual([]);
  await expect(parseWitness(key.replace(/\+B/, "+A"))).rejects.toThrow();
  await expect(parseWitness("not a key")).rejects.toThrow();
});
