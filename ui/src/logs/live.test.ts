import { expect, test } from "vitest";
import type { LogRecord } from "../api/types";
import { HELD_MAX, type Live, NOTHING, next, ROWS_MAX } from "./live";

const records = (from: number, count: number): LogRecord[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `${from + at}`,
    timestamp: "",
    level: null,
    message: null,
    attributes: {},
    sequence: from + at,
  }));

const after = (...events: Parameters<typeof next>[1][]) => events.reduce(next, NOTHING);

/** All that came is shown, held, or counted. */
const accounted = (live: Live) => live.rows.length + live.held.length + live.beyond + live.skipped + live.letGo;

test("rows are bounded, and what is let go is counted", () => {
  const live = after(
    { kind: "records", records: records(0, ROWS_MAX) },
    { kind: "records", records: records(ROWS_MAX, 10) },
  );
  expect(live.rows.length).toBe(ROWS_MAX);
  expect(live.rows.at(-1)?.id).toBe(`${ROWS_MAX + 9}`);
  expect([live.letGo, accounted(live)]).toEqual([10, ROWS_MAX + 10]);
});

test("a held tail stands still, keeps what comes, and counts what it cannot keep", () => {
  const came = { kind: "records" as const, records: records(0, 5) };
  const held = after(
    came,
    { kind: "hold" },
    { kind: "records", records: records(5, HELD_MAX) },
    { kind: "records", records: records(HELD_MAX + 5, 7) },
  );
  expect(held.rows).toHaveLength(5);
  expect([held.held.length, held.beyond, accounted(held)]).toEqual([HELD_MAX, 7, HELD_MAX + 12]);
  const on = next(held, { kind: "resume" });
  expect([on.isHeld, on.held.length, on.beyond, accounted(on)]).toEqual([false, 0, 0, HELD_MAX + 12]);
  expect(on.rows.at(-1)?.id).toBe(`${HELD_MAX + 4}`);
  // The seven are newer than all rows: they are a hole behind the last one, not older ones that were let go.
  expect([on.skipped, on.letGo]).toEqual([7, HELD_MAX + 5 - ROWS_MAX]);
  expect([...on.holes]).toEqual([[`${HELD_MAX + 4}`, 7]]);
  const later = next(on, { kind: "records", records: records(HELD_MAX + 12, 3) });
  expect([...later.holes.keys()]).toEqual([`${HELD_MAX + 4}`]);
  const gone = next(later, { kind: "records", records: records(HELD_MAX + 15, ROWS_MAX) });
  expect([gone.holes.size, gone.skipped, accounted(gone)]).toEqual([0, 7, HELD_MAX + 15 + ROWS_MAX]);
});

test("what the server left out is summed, and its rate said", () => {
  const beat = { kind: "beat" as const, beat: { sequence: 9, dropped: 300, rate: 500 } };
  const live = after(beat, beat, { kind: "beat", beat: { sequence: 9, dropped: 0, rate: 2 } });
  expect([live.dropped, live.droppedRate, live.rate]).toEqual([600, 0, 2]);
  expect(after(beat).droppedRate).toBe(150);
  expect(next(live, { kind: "dropped", count: 5 }).dropped).toBe(605);
});

test("a tail that goes on keeps what it has; another begins with nothing", () => {
  const stopped = after({ kind: "records", records: records(0, 3) }, { kind: "stop" });
  expect(next(stopped, { kind: "begin", isAgain: true }).rows).toHaveLength(3);
  expect(next(stopped, { kind: "begin", isAgain: false })).toEqual(NOTHING);
});
