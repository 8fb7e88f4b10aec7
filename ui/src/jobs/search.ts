// What the screens of jobs keep in their addresses.

const STATES = new Set(["open", "done", "failed", "cancelled"]);

export function jobsSearch(search: Record<string, unknown>): { state?: string } {
  return typeof search.state === "string" && STATES.has(search.state) ? { state: search.state } : {};
}

/** The source that a file is for. */
export function importSearch(search: Record<string, unknown>): { s?: string } {
  return typeof search.s === "string" && search.s !== "" ? { s: search.s } : {};
}
