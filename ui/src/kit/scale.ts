// Where the points of a figure lie, and what its axes say. Pure.

export type Point = { time: string; value: number | null };

/** From the least to the most that an axis shows, and what stands beside it. */
export type Scale = { low: number; high: number; ticks: readonly number[] };

/** What lies on the box of a figure; beyond it nobody could tell points apart. */
export const [WIDTH, HEIGHT] = [1000, 120];

const STEPS = [1, 2, 2.5, 5, 10];
const TICKS = 3;

/** An axis with readable numbers that holds all of these, and zero. */
export function scale(values: readonly (number | null)[]): Scale {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) high = 1;
  const rough = (high - low) / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  // There is no half of a record.
  const isWhole = values.every((value) => value === null || Number.isInteger(value));
  const fits = (some: number) => some >= rough * 0.999 && (!isWhole || Number.isInteger(some));
  const step = STEPS.map((some) => rounded(some * power)).find(fits) ?? Math.max(1, power * 10);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => rounded((first + at) * step));
  return { low: ticks[0] ?? 0, high: ticks.at(-1) ?? 1, ticks };
}

/** Without what counting in halves and tenths leaves behind. */
const rounded = (value: number) => Number(value.toPrecision(12));

/** The height in the box that stands for a value. */
export const heightOf = (value: number, { low, high }: Scale) =>
  rounded(HEIGHT - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * HEIGHT);

const middle = (at: number, count: number) => rounded(((at + 0.5) * WIDTH) / count);

/** Stretches of points that have a value, each with where it lies. */
function stretches(points: readonly Point[], axis: Scale): (readonly [number, number])[][] {
  const found: (readonly [number, number])[][] = [];
  let open: (readonly [number, number])[] | null = null;
  points.forEach(({ value }, at) => {
    if (value === null) {
      open = null;
      return;
    }
    if (!open) {
      open = [];
      found.push(open);
    }
    open.push([middle(at, points.length), heightOf(value, axis)]);
  });
  return found;
}

/** The line through the points; where there is no value there is no line, and one point alone is a dash. */
export function linePath(points: readonly Point[], axis: Scale): string {
  const one = (stretch: (readonly [number, number])[]) => {
    const [first] = stretch;
    if (!first) return "";
    if (stretch.length === 1) return `M${first[0] - 2} ${first[1]}h4`;
    return `M${stretch.map(([x, y]) => `${x} ${y}`).join("L")}`;
  };
  return stretches(points, axis).map(one).join("");
}

/** What lies between the line and zero. */
export function areaPath(points: readonly Point[], axis: Scale): string {
  const ground = heightOf(0, axis);
  const one = (stretch: (readonly [number, number])[]) => {
    const [first, last] = [stretch[0], stretch.at(-1)];
    if (!first || !last) return "";
    if (stretch.length === 1) return `M${first[0] - 2} ${ground}V${first[1]}h4V${ground}Z`;
    return `M${first[0]} ${ground}L${stretch.map(([x, y]) => `${x} ${y}`).join("L")}L${last[0]} ${ground}Z`;
  };
  return stretches(points, axis).map(one).join("");
}

const EXACT = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `412`, `0.038`, `41.2M`; nothing is said of nothing. */
export function amount(value: number | null | undefined): string {
  if (value === null || value === undefined) return "none";
  const size = Math.abs(value);
  if (size >= 100_000) return COMPACT.format(value);
  return size > 0 && size < 0.01 ? value.toPrecision(2) : EXACT.format(value);
}

/** The words of a length of time: `5 min`. */
export function span(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  for (const [unit, length] of [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
  ] as const)
    if (seconds >= length && seconds % length === 0) return `${seconds / length} ${unit}`;
  return `${EXACT.format(seconds)} s`;
}
