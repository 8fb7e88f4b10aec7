import { afterEach, expect, test, vi } from "vitest";
import { Place, parse, tail } from "./tail";
import type { LogRecord } from "./types";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function check(pieces: string[], wanted: [string, string][]) {
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (const piece of pieces) stream.enqueue(new TextEncoder().encode(piece));
      stream.close();
    },
  });
  const found: [string, string][] = [];
  for await (const event of parse(body)) found.push([event.name, event.data]);
  expect(found).toEqual(wanted);
}

test("events are whole however they are cut", async () => {
  await check(
    ["event: records\ndata: [1", "]\n\n: still here\n\nevent:heart", "beat\r\ndata:{}\r\n\r\n"],
    [
      ["records", "[1]"],
      ["heartbeat", "{}"],
    ],
  );
  await check(["data: a\ndata: b\n\ndata: not ended"], [["message", "a\nb"]]);
});

const records = (...sequences: number[]) =>
  sequences.map((sequence): LogRecord => ({ id: `${sequence}`, timestamp: "", attributes: {}, sequence }) as LogRecord);

test("after a broken connection nothing is shown twice, and what was left out is counted", () => {
  const place = new Place();
  place.account(10);
  expect(place.take(records(11, 12, 15)).fresh).toHaveLength(3);
  // The connection breaks here; 13 and 14 were left out, which no heartbeat told.
  const { fresh, dropped } = place.take(records(11, 12, 13, 14, 15, 16));
  expect([fresh.map((one) => one.sequence), dropped]).toEqual([[16], 2]);
  // A heartbeat in the middle of a replay.
  place.account(12);
  expect(place.take(records(13, 14)).dropped).toBe(0);
  expect(place.mark).toBe(12);
});

test("a server that restarts behind a proxy does not end a tail, and one that is busy says when", async () => {
  vi.useFakeTimers();
  const asked: string[] = [];
  const answers = [502, 504, 429, 503, 403];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    const status = answers[asked.length - 1] ?? 500;
    return new Response("{}", { status, headers: status === 429 ? { "retry-after": "30" } : {} });
  });
  const told: unknown[] = [];
  const events = {
    onRecords: () => {},
    onHeartbeat: () => {},
    onDropped: () => {},
    onOpen: () => {},
    onBroken: (busy: unknown) => told.push(busy === null ? "broken" : "busy"),
    onEnd: () => told.push("ended"),
  };
  const place = new Place();
  place.account(7);
  const over = tail("s", "q", place, events, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(asked).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(60_000);
  await over;
  expect(told).toEqual(["broken", "broken", "busy", "broken", "ended"]);
  expect(asked.every((path) => path.endsWith("after=7"))).toBe(true);
});
