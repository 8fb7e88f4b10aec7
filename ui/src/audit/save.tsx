// The entries that match, as a file. The server writes it while the browser saves it, however many they are.

import { address, ask, Problem } from "../api/client";
import { Button, Menu } from "../kit/controls";
import { toast } from "../kit/toast";
import type { Conditions } from "./view";

const FORMATS = [
  { id: "ndjson", name: "NDJSON", help: "the entries as they are", ending: "ndjson" },
  { id: "csv", name: "CSV", help: "for a spreadsheet", ending: "csv" },
  { id: "cef", name: "CEF", help: "Common Event Format", ending: "cef" },
  { id: "ocsf", name: "OCSF", help: "Open Cybersecurity Schema Framework", ending: "ocsf.ndjson" },
] as const;

export function Save({ base, conditions }: { base: string; conditions: Conditions }) {
  const save = async (format: (typeof FORMATS)[number]) => {
    const path = address(`${base}/download`, { ...conditions, format: format.id });
    // Asked first and broken off, so that a refusal is read here and not saved as a file.
    const stop = new AbortController();
    try {
      await ask(path, { signal: stop.signal });
    } catch (error) {
      toast(Problem.of(error).detail, { kind: "failed" });
      return;
    } finally {
      stop.abort();
    }
    const link = document.createElement("a");
    link.href = path;
    link.download = `audit-${new Date().toISOString().slice(0, 10)}.${format.ending}`;
    link.click();
  };
  return (
    <Menu
      label="Download as"
      button={<Button size="small">Download ▾</Button>}
      entries={FORMATS.map((format) => ({
        id: format.id,
        name: format.name,
        help: format.help,
        onAction: () => void save(format),
      }))}
    />
  );
}
