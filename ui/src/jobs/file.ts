// What somebody chose to import: its name as a title, what it looks like by its first bytes, and its digest.
//
// Always holds: nothing of the file is more than text here, and no more of it is in memory than a piece.

import type { ImportCompression, ImportFormat } from "../api/jobs";
import { Sha256 } from "./sha256";

const TITLE_CHARS_MAX = 64;
const END_CHARS = 20;
// As `model` has it: what is hidden in a name makes one look like another.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;

/** The file's name as a job can have it: without what is hidden, and with its end where it is too long. */
export function titleOf(name: string): string {
  const chars = [...name.replace(HIDDEN, "").trim()];
  if (chars.length === 0) return "file";
  if (chars.length <= TITLE_CHARS_MAX) return chars.join("");
  return [...chars.slice(0, TITLE_CHARS_MAX - END_CHARS - 1), "…", ...chars.slice(-END_CHARS)].join("");
}

export type Looks = {
  compression: Exclude<ImportCompression, "auto">;
  /** Nothing where the first bytes cannot be read here. */
  format: Exclude<ImportFormat, "auto"> | null;
  lines: readonly string[];
  /** Why it can hardly be what anybody wants to import. */
  doubt: string | null;
};

export const HEAD_BYTES = 64 * 1024;
const LINES_SHOWN = 3;
const LINE_CHARS_SHOWN = 500;

const MAGIC: readonly [readonly number[], Looks["compression"] | null, string][] = [
  [[0x1f, 0x8b], "gzip", "gzip"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd", "zstd"],
  [[0x50, 0x4b, 0x03, 0x04], null, "a zip archive"],
  [[0x42, 0x5a, 0x68], null, "bzip2"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], null, "xz"],
  [[0x50, 0x41, 0x52, 0x31], null, "Parquet"],
  [[0x25, 0x50, 0x44, 0x46], null, "a PDF"],
];

/** What a file looks like that begins with these bytes. */
export async function looksOf(head: Uint8Array<ArrayBuffer>): Promise<Looks> {
  const [, packed, called] = MAGIC.find(([magic]) => magic.every((byte, at) => head[at] === byte)) ?? [];
  if (packed === null)
    return {
      compression: "none",
      format: null,
      lines: [],
      doubt: `It looks like ${called}, which is not read: unpack it first.`,
    };
  const compression = packed ?? "none";
  const plain = compression === "none" ? head : await unpacked(head, compression);
  if (!plain) return { compression, format: null, lines: [], doubt: null };
  const text = new TextDecoder().decode(plain);
  const doubt = isText(text) ? null : "It does not look like text; each line would become a message as it is.";
  return { compression, format: formatOf(text), lines: firstLines(text), doubt };
}

/** As far as the bytes go, where this browser can. */
async function unpacked(head: Uint8Array<ArrayBuffer>, kind: "gzip" | "zstd"): Promise<Uint8Array | null> {
  const found: Uint8Array[] = [];
  let length = 0;
  try {
    const reader = new Blob([head])
      .stream()
      .pipeThrough(new DecompressionStream(kind as CompressionFormat))
      .getReader();
    // A few bytes may stand for very many.
    while (length < HEAD_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      found.push(value);
      length += value.length;
    }
    await reader.cancel();
  } catch {
    // The end is missing of course; that a browser cannot unpack it at all shows by there being nothing.
  }
  if (length === 0) return null;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of found) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function formatOf(text: string): Exclude<ImportFormat, "auto"> {
  const start = text.trimStart();
  // What stands in brackets is a time as often.
  if (/^\[\s*[{\]]/.test(start)) return "json";
  const line = start.split("\n", 1)[0] ?? "";
  if (start.startsWith("{")) return isObject(line) || line.length > LINE_CHARS_SHOWN ? "ndjson" : "json";
  return /^<\d{1,3}>/.test(start) ? "syslog" : "plain";
}

function isObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

const firstLines = (text: string) =>
  text
    .split("\n", LINES_SHOWN * 4)
    .map((line) => line.replace(/\r$/, "").slice(0, LINE_CHARS_SHOWN))
    .filter((line) => line.trim() !== "")
    .slice(0, LINES_SHOWN);

const ODD = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\ufffd]/g;
const isText = (text: string) => (text.match(ODD)?.length ?? 0) * 20 <= text.length;

const READ_BYTES = 1 << 20;

/** The SHA-256 of all of it, by which an upload is found again; `tell` hears how much was read. */
export async function digestOf(file: Blob, tell: (read: number) => void, signal: AbortSignal): Promise<string> {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += READ_BYTES) {
    const piece = new Uint8Array(await file.slice(at, at + READ_BYTES).arrayBuffer());
    signal.throwIfAborted();
    hash.update(piece);
    tell(at + piece.length);
  }
  return hash.digest();
}
