// What a live tail holds and says of itself. Pure: events in, state out.
//
// Always holds: every record that came is shown, held, or counted as one that is not; what the server left out, and what
// was let go here, are told apart.

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
  /** Came, was shown, and was let go to make room. */
  letGo: number;
  /** What the server left out since the tail began, because more came than it sends. */
  dropped: number;
  /** What came and was left out in a second, as of the last heartbeat. */
  rate: number;
  droppedRate: number;
  state: "connecting" | "open" | "broken" | "ended" | "stopped";
  problem: Problem | null;
  /** The last sequence seen: where to go on from. */
  sequence: number | undefined;
};

export type LiveEvent =
  | { kind: "records"; records: LogRecord[] }
  | { kind: "beat"; beat: Heartbeat }
  | { kind: "hold" }
  | { kind: "resume" }
  | { kind: "open" }
  | { kind: "broken" }
  | { kind: "stop" }
  | { kind: "ended"; problem: Problem }
  | { kind: "begin"; after: number | undefined };

export const NOTHING: Live = {
  rows: [],
  held: [],
  isHeld: false,
  beyond: 0,
  letGo: 0,
  dropped: 0,
  rate: 0,
  droppedRate: 0,
  state: "connecting",
  problem: null,
  sequence: undefined,
};

export function next(live: Live, event: LiveEvent): Live {
  switch (event.kind) {
    case "records": {
      const sequence = event.records.at(-1)?.sequence ?? live.sequence;
      if (!live.isHeld) return { ...shown(live, event.records), sequence };
      const room = Math.max(0, HELD_MAX - live.held.length);
      const kept = event.records.slice(0, room);
      const beyond = live.beyond + event.records.length - kept.length;
      return { ...live, held: kept.length ? [...live.held, ...kept] : live.held, beyond, sequence };
    }
    case "beat":
      return {
        ...live,
        state: "open",
        dropped: live.dropped + event.beat.dropped,
        rate: event.beat.rate,
        droppedRate: event.beat.dropped / BEAT_SECONDS,
        sequence: event.beat.sequence,
      };
    case "hold":
      return live.isHeld ? live : { ...live, isHeld: true };
    case "resume": {
      if (!live.isHeld) return live;
      const on = shown(live, live.held);
      return { ...on, held: [], isHeld: false, beyond: 0, letGo: on.letGo + live.beyond };
    }
    case "open":
      return { ...live, state: "open", problem: null };
    case "broken":
      return { ...live, state: "broken", rate: 0, droppedRate: 0 };
    case "stop":
      return { ...live, state: "stopped", rate: 0, droppedRate: 0 };
    case "ended":
      return { ...live, state: "ended", problem: event.problem, rate: 0, droppedRate: 0 };
    case "begin":
      return event.after === undefined ? NOTHING : { ...live, state: "connecting", problem: null };
  }
}

function shown(live: Live, more: readonly LogRecord[]): Live {
  const all = [...live.rows, ...more];
  const over = Math.max(0, all.length - ROWS_MAX);
  return { ...live, rows: over ? all.slice(over) : all, letGo: live.letGo + over };
}
