// A histogram over the time that was asked for. The server's begins and ends with what is there, in steps that fit that;
// here they are gathered into steps that fit the whole, and the time without events is shown as such.

import type { HistogramAnswer, HistogramBucket } from "../api/types";
import type { Window } from "./view";

const BARS = 80;

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];
// Seconds of a bar that people read at a glance.
const READABLE = [0.01, 0.1, 0.5, 1, 2, 5, 10, 15, 30]
  .concat([1, 2, 5, 10, 15, 30].map((some) => some * MINUTE))
  .concat([1, 2, 3, 6, 12].map((some) => some * HOUR))
  .concat([1, 2, 5, 10, 20, 50, 100, 200, 500].map((some) => some * DAY));

export function spread(answer: HistogramAnswer, window: Window, now: number): HistogramAnswer {
  const step = answer.step_seconds * 1000;
  const first = Date.parse(window.from);
  const last = window.to ? Date.parse(window.to) : now;
  if (Number.isNaN(first) || Number.isNaN(last) || step <= 0 || last <= first) return answer;
  // The server's steps begin at multiples of themselves, so each lies in one bar as a whole.
  const fits = (seconds: number) => (seconds * 1000) % step === 0 && (last - first) / (seconds * 1000) <= BARS;
  const wide = (READABLE.find(fits) ?? 0) * 1000;
  if (wide === 0) return answer;
  const begin = Math.floor(first / wide) * wide;
  const buckets: HistogramBucket[] = [];
  for (let at = begin; at < last; at += wide) buckets.push({ time: new Date(at).toISOString(), count: 0, levels: {} });
  for (const bucket of answer.buckets) {
    const into = buckets[Math.floor((Date.parse(bucket.time) - begin) / wide)];
    if (!into) continue;
    into.count += bucket.count;
    for (const [level, count] of Object.entries(bucket.levels)) into.levels[level] = (into.levels[level] ?? 0) + count;
  }
  return { ...answer, step_seconds: wide / 1000, buckets };
}
