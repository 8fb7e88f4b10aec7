// What the server says of an answer: how the query was read, how much was looked at, and what is not whole.

import { useLayoutEffect, useRef, useState } from "react";
import type { HistogramAnswer, SearchPage } from "../api/types";
import { Button } from "../kit/controls";
import { counted, short } from "../kit/time";
import { type Zone, zoneName } from "../kit/zone";
import css from "./logs.module.css";

export function Said(props: {
  page: SearchPage | undefined;
  total: HistogramAnswer | undefined;
  isLive: boolean;
  isWaiting: boolean;
  zone: Zone;
  query: string;
}) {
  const { page, total } = props;
  const warnings = page?.warnings ?? [];
  return (
    <div className={css.said}>
      {props.isLive ? (
        <span>Live: what arrives from now on, the newest at the bottom</span>
      ) : props.isWaiting && !page ? (
        <span>Searching …</span>
      ) : page ? (
        <>
          {total && (
            <span>
              {counted(total.total, "event")}, {total.precision}
            </span>
          )}
          <span>
            {short(page.stats.rows_scanned)} looked at, {page.stats.parts_pruned} parts skipped,{" "}
            {Math.round(page.stats.elapsed_ms)} ms
          </span>
          {props.query && <Understood key={page.understood} query={page.understood} />}
        </>
      ) : null}
      <span>Times in {zoneName(props.zone)}</span>
      {warnings.map((warning) => (
        <span key={warning.code + warning.detail} className={css.warned}>
          {warning.detail}
        </span>
      ))}
    </div>
  );
}

/** A long one takes two lines, until somebody wants the whole of it. */
function Understood({ query }: { query: string }) {
  const [isWhole, setWhole] = useState(false);
  const [isCut, setCut] = useState(false);
  const text = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const element = text.current;
    if (!element || isWhole) return;
    const watch = new ResizeObserver(() => setCut(element.scrollHeight > element.clientHeight + 1));
    watch.observe(element);
    return () => watch.disconnect();
  }, [isWhole]);
  return (
    <>
      <span ref={text} className={isWhole ? undefined : css.clamped}>
        runs as: <code>{query}</code>
      </span>
      {(isCut || isWhole) && (
        <Button size="small" look="quiet" onPress={() => setWhole(!isWhole)} aria-expanded={isWhole}>
          {isWhole ? "Less of the query" : "More of the query"}
        </Button>
      )}
    </>
  );
}
