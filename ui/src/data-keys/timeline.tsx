// The keys of one source by UTC day: filled, in outline, or none.

import { counted } from "../kit/time";
import css from "./keys.module.css";
import { dayNumber, type KeyedSource } from "./life";

const DAYS = 90;
const CELL = 5;
const HEIGHT = 16;

export function Timeline({ source, today }: { source: KeyedSource; today: string }) {
  const last = dayNumber(today);
  const at = new Map(source.keys.map((key) => [dayNumber(key.day), key.state]));
  const summary = `${source.name}: ${counted(source.keys.length, "key")} in the last ${DAYS} days${source.keys.some((key) => key.state === "seals") ? "; one seals now" : "; none seals now"}`;
  return (
    <svg
      className={css.timeline}
      viewBox={`0 0 ${DAYS * CELL} ${HEIGHT}`}
      // Where there is little room the days are narrower, not fewer.
      preserveAspectRatio="none"
      role="img"
      aria-label={summary}
    >
      <title>{summary}</title>
      <line className={css.ground} x1={0} x2={DAYS * CELL} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {[...at].map(([day, state]) => {
        const x = (day - last + DAYS - 1) * CELL;
        return state === "seals" ? (
          <rect key={day} className={css.filled} x={x} y={1} width={CELL - 1} height={HEIGHT - 2}>
            <title>{told(day, state)}</title>
          </rect>
        ) : (
          <rect key={day} className={css.outlined} x={x + 0.5} y={1.5} width={CELL - 2} height={HEIGHT - 3}>
            <title>{told(day, state)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

const told = (day: number, state: string) =>
  `${new Date(day * 86_400_000).toISOString().slice(0, 10)}: ${state === "seals" ? "seals now" : "opens"}`;
