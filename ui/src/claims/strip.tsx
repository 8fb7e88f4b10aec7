// Ninety days of a claim. A day that nobody measured is grey and short, and a bad one is tall, so that it shows without colour.

import css from "./claims.module.css";
import type { Published } from "./overview";

const CELL = 3;
const HEIGHT = 20;

export function Strip({ days }: { days: Published["days"] }) {
  const known = days.filter((one) => one.worst !== null);
  const passed = known.filter((one) => one.worst === "PASS").length;
  const failed = known.filter((one) => one.worst === "FAIL" || one.worst === "SEALED-FAIL");
  const summary = `${passed} of ${days.length} days verified, ${failed.length} failing${failed.length ? `, the last on ${failed.at(-1)?.day}` : ""}, ${days.length - known.length} not measured`;
  return (
    <svg className={css.strip} viewBox={`0 0 ${days.length * CELL} ${HEIGHT}`} role="img" aria-label={summary}>
      <title>{summary}</title>
      {days.map((one, at) => {
        const [kind, height] =
          one.worst === null
            ? [css.unmeasured, 3]
            : one.worst === "PASS"
              ? [css.passed, 12]
              : one.worst === "FAIL" || one.worst === "SEALED-FAIL"
                ? [css.failed, HEIGHT]
                : [css.doubted, 8];
        return (
          <rect key={one.day} className={kind} x={at * CELL} y={HEIGHT - height} width={CELL - 1} height={height} />
        );
      })}
    </svg>
  );
}
