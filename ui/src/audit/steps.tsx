// A check that the browser walks step by step, and what each step found.

import { useEffect, useRef, useState } from "react";
import kit from "../kit/page.module.css";
import { Badge, Note } from "../kit/states";
import css from "./audit.module.css";
import type { Found } from "./check";

/** Runs a check, and shows each step before the next one is taken. */
export function useWalk() {
  const [found, setFound] = useState<readonly Found[] | null>(null);
  const [isRunning, setRunning] = useState(false);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);
  const run = async (walk: AsyncGenerator<Found>) => {
    setRunning(true);
    setFound([]);
    const steps: Found[] = [];
    try {
      for await (const one of walk) {
        if (isGone.current) return;
        steps.push(one);
        setFound([...steps]);
        await new Promise(requestAnimationFrame);
      }
    } catch (error) {
      steps.push({
        name: "What was given cannot be read",
        detail: error instanceof Error ? error.message : "",
        ok: false,
      });
      setFound([...steps]);
    }
    setRunning(false);
  };
  return { found, isRunning, run };
}

export function Steps({ found, isRunning }: { found: readonly Found[]; isRunning: boolean }) {
  const failed = found.find((one) => one.ok === false);
  const unseen = found.some((one) => one.ok === "cannot-look");
  return (
    <>
      {!isRunning && (
        <div role="status">
          {failed ? (
            <Note tone="bad">
              <p>
                <strong>The proof does not hold.</strong> Keep this page, and check the log with the command below.
              </p>
            </Note>
          ) : (
            <Note tone={unseen ? "warn" : "good"}>
              <p>
                {unseen
                  ? "The entry leads to the root; whether the root is signed was not checked here."
                  : "The entry is in the log, and the log's key signed it. All of it was computed here."}
              </p>
            </Note>
          )}
        </div>
      )}
      <ol className={css.steps}>
        {found.map((one, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only ever added at the end
          <li key={at}>
            <Badge tone={one.ok === true ? "good" : one.ok === false ? "bad" : "warn"}>
              {one.ok === true ? "✓" : one.ok === false ? "✕ does not fit" : "not checked"}
            </Badge>
            <span>
              {one.name}
              <span className={kit.muted}> {one.detail}</span>
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
