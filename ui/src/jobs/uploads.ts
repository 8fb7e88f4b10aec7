// Uploads of this tab: they go on while one looks at other screens, and are known by their job.

import { useSyncExternalStore } from "react";
import { api, Problem } from "../api/client";
import { type Job, jobPath, job as jobQuery, jobsKey, type Received } from "../api/jobs";
import { queries } from "../api/queries";
import { type Progress, upload, type Way } from "./upload";

export type Upload = Omit<Progress, "trouble"> & {
  /** Why it does not get on, and when it is tried again. */
  trouble: { problem: Problem; at: number } | null;
  /** Why it stopped. */
  error: unknown;
};

// A connection on which nothing moves for so long is given up.
const STALLED_MS = 60_000;

let all: ReadonlyMap<string, Upload> = new Map();
const wakes = new Map<string, () => void>();
const stops = new Map<string, AbortController>();
const listeners = new Set<() => void>();

function set(job: string, next: Upload | null) {
  const changed = new Map(all);
  if (next) changed.set(job, next);
  else changed.delete(job);
  all = changed;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useUpload = (job: string) => useSyncExternalStore(subscribe, () => all.get(job));

/** Whoever closes the tab is asked, as long as it uploads something. */
const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();

export function begin(job: Pick<Job, "id" | "upload">, file: Blob, tenant: string | null) {
  const { id } = job;
  if (stops.has(id)) return;
  const stop = new AbortController();
  stops.set(id, stop);
  if (stops.size === 1) addEventListener("beforeunload", onLeave);
  const tell = ({ trouble, ...rest }: Progress) =>
    set(id, { ...rest, trouble: trouble && { problem: trouble.problem, at: Date.now() + trouble.ms }, error: null });
  const { received: from, piece_bytes: pieceBytes } = job.upload;
  void upload({ file, from, pieceBytes, way: wayOf(id), tell, signal: stop.signal })
    .then(() => set(id, null))
    .catch((error: unknown) => {
      if (stop.signal.aborted) return set(id, null);
      const received = all.get(id)?.received ?? from;
      set(id, { received, sending: 0, trouble: null, error });
      // Whoever is not signed in any more is led to where one signs in.
      if (error instanceof Problem && error.status === 401) void api("GET", jobPath(id)).catch(() => {});
    })
    .finally(() => {
      stops.delete(id);
      if (stops.size === 0) removeEventListener("beforeunload", onLeave);
      void queries.invalidateQueries({ queryKey: jobQuery(id).queryKey });
      void queries.invalidateQueries({ queryKey: jobsKey(tenant) });
    });
}

export const stop = (job: string) => stops.get(job)?.abort();
export const tryNow = (job: string) => wakes.get(job)?.();

function wayOf(job: string): Way {
  return {
    send: (offset, piece, tell, signal) => put(jobPath(job, `/content?offset=${offset}`), piece, tell, signal),
    look: async (signal) => {
      const { upload, state } = await api<Job>("GET", jobPath(job), undefined, signal);
      return { received: upload.received, state };
    },
    wait: (ms, signal) =>
      new Promise((done) => {
        const wake = () => {
          clearTimeout(timer);
          removeEventListener("online", wake);
          signal.removeEventListener("abort", wake);
          wakes.delete(job);
          done();
        };
        const timer = setTimeout(wake, ms);
        addEventListener("online", wake);
        signal.addEventListener("abort", wake);
        wakes.set(job, wake);
      }),
  };
}

/** One piece; only this way of asking tells how much of it is on its way. */
function put(path: string, piece: ArrayBuffer, tell: (sent: number) => void, signal: AbortSignal): Promise<Received> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    let stalled = setTimeout(stop, STALLED_MS);
    const lost = () => failed(new Problem(0, { detail: "the server cannot be reached", code: "unreachable" }));
    request.upload.onprogress = ({ loaded }) => {
      clearTimeout(stalled);
      stalled = setTimeout(stop, STALLED_MS);
      tell(loaded);
    };
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status === 200 && answer) done(answer as Received);
      else failed(new Problem(request.status, answer ?? {}, Number(request.getResponseHeader("retry-after")) || 0));
    };
    request.onerror = lost;
    request.onabort = lost;
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
    };
    signal.addEventListener("abort", stop);
    request.open("PUT", path);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(piece);
  });
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
