// What is said of long work. Pure.

import type { ImportCompression, ImportFormat, Job } from "../api/jobs";
import type { Tone } from "../kit/states";
import { count } from "../kit/time";
import { percent } from "./pace";

const exceptions = (refused: number) => `${count.format(refused)} ${refused === 1 ? "exception" : "exceptions"}`;

export function standing(job: Pick<Job, "state" | "records" | "waits">): { word: string; tone?: Tone } {
  switch (job.state) {
    case "receiving":
      return { word: "receiving", tone: "info" };
    case "waiting":
      return { word: "waits for its turn" };
    case "running":
      return job.waits ? { word: "stands still", tone: "warn" } : { word: "running", tone: "info" };
    case "done":
      return job.records.refused > 0
        ? { word: `done with ${exceptions(job.records.refused)}`, tone: "warn" }
        : { word: "done", tone: "good" };
    case "failed":
      return { word: "failed", tone: "bad" };
    case "cancelled":
      return { word: "cancelled" };
  }
}

const PHASES: Record<string, string> = { receive: "receive the file", store: "store its records" };
export const phaseName = (name: string) => PHASES[name] ?? name;

/** `phase 2 of 2, 24 %`; nothing where none is under way. */
export function progressWords(job: Pick<Job, "phases" | "phase">): string {
  const at = job.phases.findIndex((phase) => phase.name === job.phase);
  const phase = job.phases[at];
  if (!phase) return "";
  const share = percent(phase.done, phase.total);
  return `phase ${at + 1} of ${job.phases.length}${share ? `, ${share}` : ""}`;
}

const WAITS: Record<string, string> = {
  busy: "the server is busy with what comes in",
  disk_full: "there is no room on the disk",
  no_data_key: "there is no data key to seal with",
  journal_failed: "the journal could not be written",
  internal: "something failed inside the server; its own log says what",
};
export const waitWords = (code: string) => WAITS[code] ?? code;

const REFUSED: Record<string, string> = {
  record_too_large: "larger than a record may be",
  not_an_object: "no JSON object",
  too_deep: "nested more deeply than a record may be",
  too_many_fields: "more fields than a record may have",
  invalid_utf8: "no UTF-8",
};
/** Why a record was refused; a code that is not known here stands for itself. */
export const refusedWords = (code: string) => REFUSED[code];

type Choice<K> = { id: K; name: string; help: string };
const FORMATS: readonly Choice<Exclude<ImportFormat, "auto">>[] = [
  { id: "ndjson", name: "NDJSON", help: "A JSON object a line; other lines are refused." },
  { id: "json", name: "JSON", help: "Objects one after another or in an array, over as many lines as they like." },
  { id: "plain", name: "plain text", help: "Each line is a message, whatever it looks like." },
  { id: "syslog", name: "syslog", help: "A message of syslog a line; other lines are messages." },
];
const COMPRESSIONS: readonly Choice<Exclude<ImportCompression, "auto">>[] = [
  { id: "none", name: "none", help: "" },
  { id: "gzip", name: "gzip", help: "" },
  { id: "zstd", name: "zstd", help: "" },
];

export const formatName = (id: ImportFormat) => FORMATS.find((one) => one.id === id)?.name ?? "as it looks";

/** How a file can be read; what it looks like is the first choice, and stays the server's to tell. */
export function formats(looks: ImportFormat | null): readonly Choice<ImportFormat>[] {
  const guess = FORMATS.find((one) => one.id === looks)?.name;
  const help =
    looks === "json"
      ? "It begins as JSON that goes over several lines, or as an array."
      : "Each line is read for what it looks like: JSON, syslog, or a message.";
  return [{ id: "auto", name: guess ? `as it looks: ${guess}` : "as it looks", help }, ...FORMATS];
}

export function compressions(looks: ImportCompression | null): readonly Choice<ImportCompression>[] {
  const guess = looks && looks !== "auto" ? `as it begins: ${looks}` : "as it begins";
  return [{ id: "auto", name: guess, help: "" }, ...COMPRESSIONS];
}

export const FILTERS = [
  { id: "all", name: "all jobs" },
  { id: "open", name: "under way" },
  { id: "done", name: "done" },
  { id: "failed", name: "failed" },
  { id: "cancelled", name: "cancelled" },
] as const;
export type Filter = (typeof FILTERS)[number]["id"];
