// A live tail of a source while a screen shows it.

import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { tail } from "../api/tail";
import { NOTHING, next } from "./live";

// A tab that nobody looks at for this long stops following, and can go on from there.
const HIDDEN_MS_MAX = 30 * 60_000;

export function useLive(source: string | undefined, query: string, isOn: boolean) {
  const [live, tell] = useReducer(next, NOTHING);
  const [from, setFrom] = useState<{ after: number | undefined; turn: number }>({ after: undefined, turn: 0 });
  const sequence = useRef<number | undefined>(undefined);
  sequence.current = live.sequence;
  const isStopped = live.state === "stopped";

  // biome-ignore lint/correctness/useExhaustiveDependencies: another query is another tail, from now on
  useEffect(() => setFrom((was) => ({ after: undefined, turn: was.turn + 1 })), [source, query, isOn]);

  useEffect(() => {
    if (!isOn || !source || from.turn === 0) return;
    const over = new AbortController();
    tell({ kind: "begin", after: from.after });
    void tail(
      source,
      query,
      from.after,
      {
        onOpen: () => tell({ kind: "open" }),
        onBroken: () => tell({ kind: "broken" }),
        onRecords: (records) => tell({ kind: "records", records }),
        onHeartbeat: (beat) => tell({ kind: "beat", beat }),
        onEnd: (problem) => tell({ kind: "ended", problem }),
      },
      over.signal,
    );
    let timer: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      clearTimeout(timer);
      if (!document.hidden) return;
      timer = setTimeout(() => {
        over.abort();
        tell({ kind: "stop" });
      }, HIDDEN_MS_MAX);
    };
    document.addEventListener("visibilitychange", changed);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", changed);
      over.abort();
    };
  }, [isOn, source, query, from]);

  const hold = useCallback(() => tell({ kind: "hold" }), []);
  const resume = useCallback(() => tell({ kind: "resume" }), []);
  /** Goes on where it stopped: what came meanwhile is sent first. */
  const goOn = useCallback(() => setFrom((was) => ({ after: sequence.current, turn: was.turn + 1 })), []);
  return { live, hold, resume, goOn, isStopped };
}
