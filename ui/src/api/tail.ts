// A live tail: server-sent events, read so that a refusal can be told from a connection that broke.

import { address, ask, Problem } from "./client";
import type { Heartbeat, LogRecord } from "./types";

export type TailEvents = {
  onRecords: (records: LogRecord[]) => void;
  onHeartbeat: (beat: Heartbeat) => void;
  /** So many were left out before the connection broke, which no heartbeat told. */
  onDropped?: (count: number) => void;
  /** The connection broke, or the server is too busy; it is made again from where it was. */
  onBroken: (busy: Problem | null) => void;
  onOpen: () => void;
  /** It does not go on, and why. */
  onEnd: (problem: Problem) => void;
};

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 15_000;
// The server says something every 2 seconds.
const SILENCE_MS = 15_000;
// What a server says while it starts, and a proxy before it meanwhile.
const PASSING = new Set([429, 502, 503, 504]);

/**
 * How far a tail is, over all of its connections.
 *
 * A heartbeat accounts for what was left out, a record does not: so a tail goes on from the last heartbeat, and what comes
 * a second time is told from what was left out.
 */
export class Place {
  /** Up to here all is accounted for; from now on where there is none. */
  mark: number | undefined;
  #newest = -1;
  readonly #since = new Set<number>();

  /** Those that are new, and how many others had been left out before. */
  take(records: readonly LogRecord[]): { fresh: LogRecord[]; dropped: number } {
    let dropped = 0;
    const fresh = records.filter(({ sequence = 0 }) => {
      const isNew = sequence > this.#newest;
      if (!isNew && !this.#since.has(sequence)) dropped += 1;
      this.#since.add(sequence);
      return isNew;
    });
    this.#newest = Math.max(this.#newest, fresh.at(-1)?.sequence ?? -1);
    return { fresh, dropped };
  }

  account(sequence: number) {
    this.mark = sequence;
    for (const one of this.#since) if (one <= sequence) this.#since.delete(one);
  }
}

/** Follows a source from a place, or from now on, until the signal says to stop. */
export async function tail(
  source: string,
  query: string,
  place: Place | undefined,
  events: TailEvents,
  signal: AbortSignal,
): Promise<void> {
  const at = place ?? new Place();
  let wait = RETRY_MS;
  while (!signal.aborted) {
    const silence = new AbortController();
    let busy: Problem | null = null;
    try {
      const path = address(`/v1/sources/${source}/tail`, { q: query, after: at.mark });
      const response = await ask(path, {
        signal: AbortSignal.any([signal, silence.signal]),
        headers: { accept: "text/event-stream" },
      });
      events.onOpen();
      let timer = setTimeout(() => silence.abort(), SILENCE_MS);
      try {
        for await (const event of parse(response.body)) {
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), SILENCE_MS);
          wait = RETRY_MS;
          if (event.name === "records") {
            const { fresh, dropped } = at.take(JSON.parse(event.data) as LogRecord[]);
            if (fresh.length) events.onRecords(fresh);
            if (dropped) events.onDropped?.(dropped);
          } else if (event.name === "heartbeat") {
            const beat = JSON.parse(event.data) as Heartbeat;
            at.account(beat.sequence);
            events.onHeartbeat(beat);
          } else if (event.name === "ended") {
            events.onEnd(new Problem(403, JSON.parse(event.data)));
            return;
          }
        }
      } finally {
        clearTimeout(timer);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status >= 400) {
        if (!PASSING.has(error.status)) {
          events.onEnd(error);
          return;
        }
        if (error.status === 429) busy = error;
        wait = Math.max(wait, error.wait * 1_000);
      }
    }
    if (signal.aborted) return;
    events.onBroken(busy);
    await pause(wait, signal);
    wait = Math.min(wait * 2, RETRY_MS_MAX);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export type ServerEvent = { name: string; data: string };

/** Events of a stream of bytes; a comment keeps the line open and says nothing. */
export async function* parse(body: ReadableStream<Uint8Array> | null): AsyncGenerator<ServerEvent> {
  if (!body) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  let name = "";
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length) yield { name: name || "message", data: data.join("\n") };
          name = "";
          data = [];
        } else if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
