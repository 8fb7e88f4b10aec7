// A live tail: server-sent events, read so that a refusal can be told from a connection that broke.

import { address, ask, Problem } from "./client";
import type { Heartbeat, LogRecord } from "./types";

export type TailEvents = {
  onRecords: (records: LogRecord[]) => void;
  onHeartbeat: (beat: Heartbeat) => void;
  /** The connection broke; it is made again from where it was. */
  onBroken: () => void;
  onOpen: () => void;
  /** It does not go on, and why. */
  onEnd: (problem: Problem) => void;
};

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 15_000;
// The server says something every 2 seconds.
const SILENCE_MS = 15_000;

/** Follows a source from `after` (or from now) until the signal says to stop. */
export async function tail(
  source: string,
  query: string,
  after: number | undefined,
  events: TailEvents,
  signal: AbortSignal,
): Promise<void> {
  let sequence = after;
  let wait = RETRY_MS;
  while (!signal.aborted) {
    const silence = new AbortController();
    try {
      const path = address(`/v1/sources/${source}/tail`, { q: query, after: sequence });
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
            const records = JSON.parse(event.data) as LogRecord[];
            sequence = records.at(-1)?.sequence ?? sequence;
            events.onRecords(records);
          } else if (event.name === "heartbeat") {
            const beat = JSON.parse(event.data) as Heartbeat;
            sequence = beat.sequence;
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
      if (error instanceof Problem && error.status >= 400 && error.status !== 503) {
        events.onEnd(error);
        return;
      }
    }
    if (signal.aborted) return;
    events.onBroken();
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
