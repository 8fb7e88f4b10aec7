// Ninety days of a claim. A day that nobody measured is grey and short, and a bad one is tall, so that it shows without colour.

import kit from "../kit/page.module.css";
import css from "./claims.module.css";
import { type Day, dayOf, daysWords, type Published } from "./overview";

const CELL = 3;
const HEIGHT = 20;
const LOOKS: Record<Day, [string | undefined, number]> = {
  verified: [css.passed, 12],
  failing: [css.failed, HEIGHT],
  "in doubt": [css.doubted, 8],
  "not measured": [css.unmeasured, 3],
};

export function Strip({ days }: { days: Published["days"] }) {
  const summary = daysWords(days);
  return (
    <figure className={css.days}>
      <svg className={css.strip} viewBox={`0 0 ${days.length * CELL} ${HEIGHT}`} aria-hidden="true">
        {days.map((one, at) => {
          const [kind, height] = LOOKS[dayOf(one.worst)];
          return (
            <rect key={one.day} className={kind} x={at * CELL} y={HEIGHT - height} width={CELL - 1} height={height}>
              <title>{`${one.day}: ${dayOf(one.worst)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className={kit.muted}>{summary}</figcaption>
    </figure>
  );
}
