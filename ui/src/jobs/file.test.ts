import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { digestOf, looksOf, titleOf } from "./file";

const bytes = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

test("a title is what the server takes for a name, whatever a file is called", () => {
  expect(titleOf("access.log.gz")).toBe("access.log.gz");
  expect(titleOf("invoice\u202efdp.exe\u0000")).toBe("invoicefdp.exe");
  expect(titleOf("  \u200b ")).toBe("file");
  expect(titleOf("")).toBe("file");
  const long = titleOf(`${"a".repeat(200)}.2026-05-04.log.gz`);
  expect([...long]).toHaveLength(64);
  expect(long).toMatch(/^a+…a*\.2026-05-04\.log\.gz$/);
  expect([...titleOf("👩".repeat(100))]).toHaveLength(64);
});

test("what a file is shows by how it begins", async () => {
  const check = async (head: Uint8Array<ArrayBuffer>, compression: string, format: string | null) => {
    const looks = await looksOf(head);
    expect([looks.compression, looks.format]).toEqual([compression, format]);
    return looks;
  };
  await check(bytes('{"message":"a"}\n{"message":"b"}\n'), "none", "ndjson");
  await check(bytes(`{"message":"${"a".repeat(70_000)}`), "none", "ndjson");
  await check(bytes('{\n  "message": "a"\n}'), "none", "json");
  await check(bytes('\n [{"message":"a"},'), "none", "json");
  await check(bytes("<34>1 2026-05-04T12:00:00Z host app - - - hello\n"), "none", "syslog");
  await check(bytes("10.0.0.1 - - GET /\n"), "none", "plain");
  await check(bytes(""), "none", "plain");
  const packed = gzipSync(bytes('{"message":"a"}\n'.repeat(50_000)));
  // The end is missing.
  const head = await check(new Uint8Array(packed.subarray(0, packed.length - 20)), "gzip", "ndjson");
  expect(head.lines).toEqual(Array(3).fill('{"message":"a"}'));
});

test("what cannot be read is said before it is uploaded", async () => {
  expect((await looksOf(bytes("PK\u0003\u0004rest"))).doubt).toContain("a zip archive");
  expect((await looksOf(bytes("BZh91AY"))).doubt).toContain("bzip2");
  expect((await looksOf(Uint8Array.from({ length: 900 }, (_, at) => at % 9)))?.doubt).toContain("not look like text");
  expect((await looksOf(bytes("\u001b[31mred\u001b[0m line\n"))).doubt).toBeNull();
  // Few browsers unpack it; what it is shows all the same.
  expect((await looksOf(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0))).compression).toBe("zstd");
});

test("lines of strangers are cut, and empty ones are left out", async () => {
  const { lines } = await looksOf(bytes(`\r\n\n<script>x</script>\r\n${"b".repeat(9_000)}\nc\nd\n`));
  expect(lines).toEqual(["<script>x</script>", "b".repeat(500), "c"]);
});

test("the digest is that of the whole file, and stops when nobody wants it any more", async () => {
  const whole = new Uint8Array(2_500_000).fill(7);
  const read: number[] = [];
  const stop = new AbortController();
  const digest = await digestOf(new Blob([whole]), (bytes) => read.push(bytes), stop.signal);
  expect(digest).toBe(createHash("sha256").update(whole).digest("hex"));
  expect(read).toEqual([1 << 20, 2 << 20, 2_500_000]);
  stop.abort();
  await expect(digestOf(new Blob([whole]), () => {}, stop.signal)).rejects.toThrow();
});
