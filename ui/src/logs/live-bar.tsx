// What a live tail shows, holds and leaves out, in words.

import { useEffect, useRef, useState } from "react";
import { Button } from "../kit/controls";
import { ErrorBox } from "../kit/states";
import { count, short } from "../kit/time";
import type { Live } from "./live";
import css from "./logs.module.css";
import { severity } from "./record";

const SAID_MS = 10_000;

/** What comes and goes at the foot of the window keeps above this. */
function useFoot() {
  const foot = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { style } = document.documentElement;
    const watch = new ResizeObserver(([entry]) =>
      style.setProperty("--foot", `${entry?.borderBoxSize[0]?.blockSize ?? 0}px`),
    );
    if (foot.current) watch.observe(foot.current);
    return () => {
      watch.disconnect();
      style.removeProperty("--foot");
    };
  }, []);
  return foot;
}

export function LiveBar(props: {
  live: Live;
  onHold: () => void;
  onResume: () => void;
  onGoOn: () => void;
  onStop: () => void;
}) {
  const { live } = props;
  const waiting = live.held.length + live.beyond;
  const all = live.rate + live.droppedRate;
  const isUnread = live.problem?.at !== undefined;
  const foot = useFoot();
  return (
    <div
      ref={foot}
      className={css.held}
      {...(live.isHeld ? { "data-held": "" } : {})}
      aria-label="Live tail"
      role="group"
    >
      <strong>{words(live)}</strong>
      {live.isHeld && <span>{count.format(waiting)} new</span>}
      <span>{count.format(live.dropped)} dropped</span>
      {live.droppedRate > 0 ? (
        <span className={css.warned}>
          Showing {short(Math.round(live.rate))} of {short(Math.round(all))} a second
        </span>
      ) : (
        <span className={css.small}>{short(Math.round(live.rate))} a second</span>
      )}
      {live.beyond > 0 && (
        <span className={css.warned}>
          {count.format(live.beyond)} of the new ones are counted only; a search finds them
        </span>
      )}
      {live.skipped > 0 && (
        <span className={css.warned}>{count.format(live.skipped)} were counted only; a search finds them</span>
      )}
      {live.letGo > 0 && (
        <span className={css.small}>{count.format(live.letGo)} older ones are not shown any more</span>
      )}
      <span className={css.gap} />
      {isUnread ? null : live.state === "stopped" || live.state === "ended" ? (
        <Button look="primary" onPress={props.onGoOn}>
          Continue from here
        </Button>
      ) : live.isHeld ? (
        <Button look="primary" onPress={props.onResume} aria-keyshortcuts="End">
          Resume
        </Button>
      ) : (
        <Button onPress={props.onHold} aria-keyshortcuts="Space">
          Hold
        </Button>
      )}
      <Button onPress={props.onStop}>Stop</Button>
      {live.problem && !isUnread && <ErrorBox error={live.problem} />}
      <Said live={live} />
    </div>
  );
}

function words(live: Live): string {
  switch (live.state) {
    case "connecting":
      return "Connecting …";
    case "broken":
      return live.problem ? "Trying again from where it was" : "Connection lost; trying again from where it was";
    case "ended":
      return live.problem?.at === undefined ? "Ended" : "The query cannot be read; its place is marked above";
    case "stopped":
      return "Stopped: nobody looked for 30 minutes";
    case "open":
      return live.isHeld ? "Held" : "Following";
  }
}

/** For whoever listens: how much came, at most every ten seconds. */
function Said({ live }: { live: Live }) {
  const [said, setSaid] = useState("");
  const now = useRef(live);
  now.current = live;
  useEffect(() => {
    let last = { count: 0, id: "" };
    const timer = setInterval(() => {
      const { rows, held, beyond, skipped, letGo } = now.current;
      const came = rows.length + held.length + beyond + skipped + letGo;
      const fresh = came - last.count;
      if (fresh > 0) {
        const newest = [...rows, ...held].slice(-fresh);
        const errors = newest.filter((record) => severity(record.level) === "error").length;
        setSaid(`${fresh} new, ${errors} ${errors === 1 ? "error" : "errors"}`);
      }
      last = { count: came, id: "" };
    }, SAID_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="visually-hidden" role="status">
      {said}
    </span>
  );
}
