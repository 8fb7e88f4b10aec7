// What a live tail holds and says of itself. Pure: events in, state out.
//
// Always holds: every record that came is shown, held, or counted as one that is not; what the server left out, what there was
// no room for, and what was let go here, are told apart.

import type { Problem } from "../api/client";
import type { Heartbeat, LogRecord } from "../api/types";

/** Rows on the screen; older ones are let go, except while the tail is held. */
export const ROWS_MAX = 5_000;
/** Rows that wait while the tail is held; beyond, they are counted only. */
export const HELD_MAX = 20_000;
// The server's heartbeat.
const BEAT_SECONDS = 2;

export type Live = {
  /** Oldest first. */
  rows: readonly LogRecord[];
  held: readonly LogRecord[];
  isHeld: boolean;
  /** Came while held, after there was no more room: counted, not kept. */
  beyond: number;
  /** The same of earlier times that the tail was held. */
  skipped: number;
  /** Where in the rows those are missing: after this row so many. */
  holes: ReadonlyMap<string, number>;
  /** Came, was shown, and was let go to make room. */
  letGo: number;
  /** What the server left out since the tail began, because more came than it sends. */
  dropped: number;
  /** What came and was left out in a second, as of the last heartbeat. */
  rate: number;
  droppedRate: number;
  state: "connecting" | "open" | "broken" | "ended" | "stopped";
  problem: Problem | null;
};

export type LiveEvent =
  | { kind: "records"; records: LogRecord[] }
  | { kind: "beat"; beat: Heartbeat }
  | { kind: "dropped"; count: number }
  | { kind: "hold" }
  | { kind: "resume" }
  | { kind: "open" }
  | { kind: "broken"; busy: Problem | null }
  | { kind: "stop" }
  | { kind: "ended"; problem: Problem }
  | { kind: "begin"; isAgain: boolean };

export const NOTHING: Live = {
  rows: [],
  held: [],
  isHeld: false,
  beyond: 0,
  skipped: 0,
  holes: new Map(),
  letGo: 0,
  dropped: 0,
  rate: 0,
  droppedRate: 0,
  state: "connecting",
  problem: null,
};

export function next(live: Live, event: LiveEvent): Live {
  switch (event.kind) {
    case "records": {
      if (!live.isHeld) return shown(live, event.records);
      const room = Math.max(0, HELD_MAX - live.held.length);
      const kept = event.records.slice(0, room);
      const beyond = live.beyond + event.records.length - kept.length;
      return { ...live, held: kept.length ? [...live.held, ...kept] : live.held, beyond };
    }
    case "beat":
      return {
        ...live,
        state: "open",
        dropped: live.dropped + event.beat.dropped,
        rate: event.beat.rate,
        droppedRate: event.beat.dropped / BEAT_SECONDS,
      };
    case "dropped":
      return { ...live, dropped: live.dropped + event.count };
    case "hold":
      return live.isHeld ? live : { ...live, isHeld: true };
    case "resume": {
      if (!live.isHeld) return live;
      const on = shown(live, live.held);
      const last = on.rows.at(-1);
      const holes = live.beyond > 0 && last ? new Map(on.holes).set(last.id, live.beyond) : on.holes;
      return { ...on, held: [], isHeld: false, beyond: 0, skipped: live.skipped + live.beyond, holes };
    }
    case "open":
      return { ...live, state: "open", problem: null };
    case "broken":
      return { ...live, state: "broken", problem: event.busy, rate: 0, droppedRate: 0 };
    case "stop":
      return { ...live, state: "stopped", rate: 0, droppedRate: 0 };
    case "ended":
      return { ...live, state: "ended", problem: event.problem, rate: 0, droppedRate: 0 };
    case "begin":
      return event.isAgain ? { ...live, state: "connecting", problem: null } : NOTHING;
  }
}

function shown(live: Live, more: readonly LogRecord[]): Live {
  const all = [...live.rows, ...more];
  const over = Math.max(0, all.length - ROWS_MAX);
  const rows = over ? all.slice(over) : all;
  return {
    ...live,
    rows,
    holes: live.holes.size && over ? within(live.holes, rows) : live.holes,
    letGo: live.letGo + over,
  };
}

/** Without the holes after rows that are not there any more. */
function within(holes: ReadonlyMap<string, number>, rows: readonly LogRecord[]): ReadonlyMap<string, number> {
  const ids = new Set(rows.map((row) => row.id));
  return new Map([...holes].filter(([id]) => ids.has(id)));
}
