// A live tail of a source while a screen shows it.

import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { Place, tail } from "../api/tail";
import { NOTHING, next } from "./live";

// A tab that nobody looks at for this long stops following, and can go on from there.
const HIDDEN_MS_MAX = 30 * 60_000;

export function useLive(source: string | undefined, query: string, isOn: boolean) {
  const [live, tell] = useReducer(next, NOTHING);
  const [turn, setTurn] = useState({ isAgain: false, number: 0 });
  const place = useRef(new Place());
  const isStopped = live.state === "stopped";

  // biome-ignore lint/correctness/useExhaustiveDependencies: another query is another tail, from now on
  useEffect(() => setTurn((was) => ({ isAgain: false, number: was.number + 1 })), [source, query, isOn]);

  useEffect(() => {
    if (!isOn || !source || turn.number === 0) return;
    const over = new AbortController();
    if (!turn.isAgain) place.current = new Place();
    tell({ kind: "begin", isAgain: turn.isAgain });
    void tail(
      source,
      query,
      place.current,
      {
        onOpen: () => tell({ kind: "open" }),
        onBroken: (busy) => tell({ kind: "broken", busy }),
        onRecords: (records) => tell({ kind: "records", records }),
        onDropped: (count) => tell({ kind: "dropped", count }),
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
  }, [isOn, source, query, turn]);

  const hold = useCallback(() => tell({ kind: "hold" }), []);
  const resume = useCallback(() => tell({ kind: "resume" }), []);
  /** Goes on where it stopped: what came meanwhile is sent first. */
  const goOn = useCallback(() => setTurn((was) => ({ isAgain: true, number: was.number + 1 })), []);
  return { live, hold, resume, goOn, isStopped };
}
