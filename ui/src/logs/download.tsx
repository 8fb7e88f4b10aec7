// What was found, as a file.

import { useRef, useState } from "react";
import { address, api } from "../api/client";
import type { LogRecord, SearchPage } from "../api/types";
import { Button, Select } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { ErrorBox } from "../kit/states";
import { count } from "../kit/time";
import { toast } from "../kit/toast";
import type { Asked } from "./fields-panel";
import css from "./logs.module.css";
import { line } from "./record";

type Format = "ndjson" | "text" | "markdown";

const FORMATS = [
  { id: "ndjson" as const, name: "NDJSON, everything" },
  { id: "text" as const, name: "Text, a line each" },
  { id: "markdown" as const, name: "Markdown, for a ticket" },
];
const LIMITS = [
  { id: "1000", name: "1,000" },
  { id: "10000", name: "10,000" },
  { id: "100000", name: "100,000" },
];
const ENDINGS: Record<Format, string> = { ndjson: "ndjson", text: "txt", markdown: "md" };
const PAGE = 10_000;

function written(records: readonly LogRecord[], format: Format): string {
  if (format === "ndjson") return records.map((record) => `${JSON.stringify(record)}\n`).join("");
  return records.map((record) => `${line(record)}\n`).join("");
}

/** A fence that nothing in these texts ends. */
function fenceOf(pieces: readonly string[]): string {
  let longest = 2;
  for (const piece of pieces) for (const [ticks] of piece.matchAll(/`{3,}/g)) longest = Math.max(longest, ticks.length);
  return "`".repeat(longest + 1);
}

export function Download({ asked, isOpen, onClose }: { asked: Asked; isOpen: boolean; onClose: () => void }) {
  const [format, setFormat] = useState<Format>("ndjson");
  const [limit, setLimit] = useState("1000");
  const [got, setGot] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const over = useRef<AbortController | null>(null);
  const close = () => {
    over.current?.abort();
    setGot(null);
    setError(null);
    onClose();
  };
  const run = async () => {
    const stop = new AbortController();
    over.current = stop;
    setError(null);
    setGot(0);
    try {
      const pieces: string[] = [];
      let [taken, cursor] = [0, undefined as string | undefined];
      do {
        const params = { q: asked.query, ...asked.window, limit: Math.min(PAGE, Number(limit) - taken), cursor };
        const page = await api<SearchPage>(
          "GET",
          address(`/v1/sources/${asked.source}/search`, params),
          undefined,
          stop.signal,
        );
        pieces.push(written(page.records, format));
        taken += page.records.length;
        cursor = page.next ?? undefined;
        setGot(taken);
      } while (cursor && taken < Number(limit));
      const fence = format === "markdown" ? `${fenceOf(pieces)}\n` : "";
      save(
        new Blob([fence, ...pieces, fence], { type: "text/plain" }),
        `logs-${new Date().toISOString().replace(/[:.]/g, "-")}.${ENDINGS[format]}`,
      );
      toast(
        cursor ? `${count.format(taken)} records saved; there are more` : `All ${count.format(taken)} records saved`,
      );
      close();
    } catch (failed) {
      setGot(null);
      if (!stop.signal.aborted) setError(failed);
    }
  };
  return (
    <Dialog title="Download records" isOpen={isOpen} onClose={close}>
      {error !== null && <ErrorBox error={error} />}
      <div className={css.form}>
        <Select label="As" options={FORMATS} value={format} onChange={setFormat} />
        <Select label="At most" options={LIMITS} value={limit} onChange={setLimit} help="Records, the newest first." />
      </div>
      {got !== null && <p role="status">{count.format(got)} records so far</p>}
      <Actions>
        <Button onPress={close}>Cancel</Button>
        <Button look="primary" onPress={run} isPending={got !== null}>
          Download records
        </Button>
      </Actions>
    </Dialog>
  );
}

function save(blob: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
