// An upload in pieces, which goes on after whatever came between.
//
// Always holds: what the server says it has is where the next piece begins; a piece that did not get through is sent again,
// for as long as it takes; what the server refuses is not tried again.

import { Problem } from "../api/client";
import type { JobState, Received } from "../api/jobs";

/** How pieces reach the server; tests have one of their own. */
export type Way = {
  send: (offset: number, piece: ArrayBuffer, tell: (sent: number) => void, signal: AbortSignal) => Promise<Received>;
  /** Where the server is now. */
  look: (signal: AbortSignal) => Promise<Received>;
  /** Comes back after so long, or sooner when trying again makes sense. */
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** How far it is: what the server has, and what of the next piece is on its way. */
export type Progress = { received: number; sending: number; trouble: { problem: Problem; ms: number } | null };

const WAIT_MS = 1_000;
const WAIT_MS_MAX = 30_000;
// A server that says "go on there" again and again without ever taking anything is not one to go on with.
const ASTRAY_MAX = 5;
// The server is elsewhere than whoever sends believes: it took a piece whose answer was lost, or it was ended.
const STRAY = new Set(["offset_wrong", "job_not_receiving"]);

export async function upload(of: {
  file: Blob;
  from: number;
  pieceBytes: number;
  way: Way;
  tell: (progress: Progress) => void;
  signal: AbortSignal;
}): Promise<JobState> {
  const { file, pieceBytes, way, tell, signal } = of;
  let received = of.from;
  let isAstray = false;
  let strayed = 0;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    tell({ received, sending: 0, trouble: null });
    // Into memory first: a file that was changed meanwhile cannot be read, and that is no fault of the network.
    const piece = isAstray ? null : await read(file.slice(received, received + pieceBytes));
    try {
      const answer = piece
        ? await way.send(received, piece, (sending) => tell({ received, sending, trouble: null }), signal)
        : await way.look(signal);
      if (answer.state !== "receiving") return answer.state;
      isAstray = false;
      if (answer.received > received) {
        failures = 0;
        strayed = 0;
      }
      received = answer.received;
    } catch (error) {
      signal.throwIfAborted();
      const problem = Problem.of(error);
      if (STRAY.has(problem.code) && strayed < ASTRAY_MAX) {
        strayed += 1;
        isAstray = true;
        continue;
      }
      if (!passes(problem)) throw problem;
      const ms = Math.max(problem.wait * 1000, Math.min(WAIT_MS_MAX, WAIT_MS * 2 ** failures));
      failures += 1;
      tell({ received, sending: 0, trouble: { problem, ms } });
      await way.wait(ms, signal);
    }
  }
}

/** What is not so any more after a while. */
const passes = ({ status }: Problem) => status === 0 || status === 408 || status === 429 || status >= 500;

async function read(piece: Blob): Promise<ArrayBuffer> {
  try {
    return await piece.arrayBuffer();
  } catch {
    throw new Problem(400, {
      detail: "the file cannot be read any more: it was changed, moved or deleted; what was uploaded is kept for a day",
      code: "file_changed",
    });
  }
}
