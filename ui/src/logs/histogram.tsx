// What was found over time, by level; a part of it is chosen with the pointer or with keys.

import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { HistogramAnswer, HistogramBucket } from "../api/types";
import { Button } from "../kit/controls";
import { numberCell, Table } from "../kit/states";
import { count, counted, short } from "../kit/time";
import { clock, day, type Zone } from "../kit/zone";
import css from "./logs.module.css";
import { severity } from "./record";

const HEIGHT = 56;

export type Split = { error: number; warn: number; other: number };

export function split(bucket: HistogramBucket): Split {
  const sums = { error: 0, warn: 0, other: 0 };
  for (const [level, number] of Object.entries(bucket.levels)) {
    const kind = severity(level);
    if (kind === "error" || kind === "warn") sums[kind] += number;
  }
  sums.other = Math.max(0, bucket.count - sums.error - sums.warn);
  return sums;
}

type Range = { first: number; last: number };

export function Histogram(props: { answer: HistogramAnswer; zone: Zone; onZoom: (from: string, to: string) => void }) {
  const { answer, zone, onZoom } = props;
  const { buckets, step_seconds: step } = answer;
  const [range, setRange] = useState<Range | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [isTable, setTable] = useState(false);
  const drag = useRef<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const end = (at: number) => new Date(new Date(buckets[at]?.time ?? 0).getTime() + step * 1000).toISOString();
  const isLong = step * buckets.length > 86_400;
  const moment = (time: string) =>
    (isLong ? `${day(time, zone)} ` : "") + clock(time, zone).slice(0, step < 1 ? undefined : 8);

  const bucketAt = (event: PointerEvent) => {
    const rectangle = box.current?.getBoundingClientRect();
    if (!rectangle) return 0;
    const share = (event.clientX - rectangle.left) / rectangle.width;
    return Math.max(0, Math.min(buckets.length - 1, Math.floor(share * buckets.length)));
  };
  const zoom = (chosen: Range) => {
    const first = buckets[chosen.first];
    setRange(null);
    drag.current = null;
    if (first) onZoom(first.time, end(chosen.last));
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = bucketAt(event);
    setRange({ first: drag.current, last: drag.current });
  };
  const move = (event: PointerEvent) => {
    const at = bucketAt(event);
    setCursor(at);
    if (drag.current !== null) setRange({ first: Math.min(drag.current, at), last: Math.max(drag.current, at) });
  };
  const up = () => {
    const chosen = range;
    drag.current = null;
    // A press on one bar says what it is; only a stretch is zoomed to.
    if (chosen && chosen.last > chosen.first) zoom(chosen);
    else setRange(null);
  };
  const key = (event: KeyboardEvent) => {
    const at = cursor ?? 0;
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by !== 0) {
      const to = Math.max(0, Math.min(buckets.length - 1, at + by));
      if (event.shiftKey) {
        const anchor = drag.current ?? at;
        drag.current = anchor;
        setRange({ first: Math.min(anchor, to), last: Math.max(anchor, to) });
      } else {
        drag.current = null;
        setRange(null);
      }
      setCursor(to);
    } else if (event.key === "Enter" && (range || cursor !== null)) zoom(range ?? { first: at, last: at });
    else if (event.key === "Escape" && range) {
      drag.current = null;
      setRange(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const told = range
    ? words(buckets, range, moment, end)
    : cursor === null
      ? ""
      : words(buckets, { first: cursor, last: cursor }, moment, end);
  const sums = total(buckets);
  const summary = `${counted(answer.total, "event")}: ${counted(sums.error, "error")}, ${counted(sums.warn, "warning")}`;
  const width = 1000 / Math.max(1, buckets.length);
  return (
    <>
      <div className={css.chartHead}>
        <span>{summary}</span>
        <Button size="small" look="quiet" onPress={() => setTable(!isTable)} pressed={isTable}>
          Table
        </Button>
      </div>
      {isTable ? (
        <div className={css.tableView}>
          <Table
            label="Events over time"
            columns={[
              "From",
              { name: "Events", number: true },
              { name: "Errors", number: true },
              { name: "Warnings", number: true },
            ]}
          >
            {buckets
              .filter((bucket) => bucket.count > 0)
              .map((bucket) => {
                const parts = split(bucket);
                return (
                  <tr key={bucket.time}>
                    <td>{moment(bucket.time)}</td>
                    <td className={numberCell}>{count.format(bucket.count)}</td>
                    <td className={numberCell}>{count.format(parts.error)}</td>
                    <td className={numberCell}>{count.format(parts.warn)}</td>
                  </tr>
                );
              })}
          </Table>
        </div>
      ) : (
        <>
          <div
            ref={box}
            className={css.bars}
            role="group"
            aria-roledescription="chart"
            aria-label={`${summary}. Arrow keys move, with Shift they choose a stretch, Enter shows it.`}
            tabIndex={0}
            onPointerDown={down}
            onPointerMove={move}
            onPointerUp={up}
            onPointerCancel={() => {
              drag.current = null;
              setRange(null);
            }}
            onPointerLeave={() => drag.current === null && setCursor(null)}
            onBlur={() => {
              drag.current = null;
              setRange(null);
              setCursor(null);
            }}
            onKeyDown={key}
          >
            <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
              <title>{summary}</title>
              {buckets.map((bucket, at) => (
                <Bar
                  key={bucket.time}
                  parts={split(bucket)}
                  most={most}
                  x={at * width}
                  width={width}
                  isAt={at === cursor}
                />
              ))}
              {range && (
                <rect
                  className={css.brush}
                  x={range.first * width}
                  y={0}
                  width={(range.last - range.first + 1) * width}
                  height={HEIGHT}
                />
              )}
            </svg>
          </div>
          <p className={css.axis}>
            <span>{buckets[0] && moment(buckets[0].time)}</span>
            <span aria-live="polite">{told}</span>
            <span>{buckets.length > 0 && moment(end(buckets.length - 1))}</span>
          </p>
        </>
      )}
    </>
  );
}

function total(buckets: readonly HistogramBucket[]): Split {
  const sums = { error: 0, warn: 0, other: 0 };
  for (const bucket of buckets) {
    const parts = split(bucket);
    sums.error += parts.error;
    sums.warn += parts.warn;
    sums.other += parts.other;
  }
  return sums;
}

function words(
  buckets: readonly HistogramBucket[],
  range: Range,
  moment: (time: string) => string,
  end: (at: number) => string,
): string {
  const chosen = buckets.slice(range.first, range.last + 1);
  const sums = total(chosen);
  const all = sums.error + sums.warn + sums.other;
  return `${moment(chosen[0]?.time ?? "")} to ${moment(end(range.last))}: ${short(all)} ${all === 1 ? "event" : "events"}, ${short(sums.error)} ${sums.error === 1 ? "error" : "errors"}`;
}

function Bar({ parts, most, x, width, isAt }: { parts: Split; most: number; x: number; width: number; isAt: boolean }) {
  const all = parts.error + parts.warn + parts.other;
  // The least that can be seen is seen: one event among many is still an event.
  const scale = (part: number) => (part === 0 ? 0 : Math.max(1.5, (part / most) * (HEIGHT - 2)));
  const [error, warn, other] = [scale(parts.error), scale(parts.warn), scale(parts.other)];
  const gap = width > 4 ? 1 : 0;
  return (
    <>
      {isAt && <rect x={x} y={0} width={width} height={HEIGHT} fill="var(--raised)" />}
      {all > 0 && (
        <>
          <rect className={css.errorBar} x={x} y={HEIGHT - error} width={width - gap} height={error} />
          <rect className={css.warnBar} x={x} y={HEIGHT - error - warn} width={width - gap} height={warn} />
          <rect className={css.other} x={x} y={HEIGHT - error - warn - other} width={width - gap} height={other} />
        </>
      )}
    </>
  );
}
