// Numbers over time: line, area or bars, with a sentence that sums them up, a table of the same, and keys to walk along.

import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { Button } from "./controls";
import css from "./graph.module.css";
import { amount, areaPath, HEIGHT, heightOf, linePath, type Point, type Scale, scale, WIDTH } from "./scale";
import { Table } from "./states";
import { clock, day, type Zone } from "./zone";

export type Shape = "line" | "area" | "bar";

export type GraphProps = {
  /** What the numbers are: "Records", "99th percentile of ms". */
  what: string;
  /** One sentence with what matters. */
  summary: string;
  shape: Shape;
  points: readonly Point[];
  /** Seconds that each point stands for. */
  step: number;
  zone: Zone;
  /** A line across all of it, and what it is called. */
  threshold?: { value: number; name: string };
  /** Points of which there is more to say, and the word for it. */
  marked?: { is: (point: Point) => boolean; word: string };
  /** What can be done with it, beside its table. */
  actions?: ReactNode;
};

export function Graph(props: GraphProps) {
  const { what, points, step, zone, threshold, marked } = props;
  const [cursor, setCursor] = useState<number | null>(null);
  const [isTable, setTable] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const axis = scale([...points.map((point) => point.value), threshold?.value ?? null]);
  const isLong = step * points.length > 43_200;
  const when = (time: string) => (isLong ? `${day(time, zone)} ` : "") + clock(time, zone).slice(0, step < 1 ? 12 : 8);
  const told = (at: number) => {
    const point = points[at];
    if (!point) return "";
    return `${when(point.time)}: ${amount(point.value)}${marked?.is(point) ? `, ${marked.word}` : ""}`;
  };
  const at = (event: PointerEvent) => {
    const rectangle = box.current?.getBoundingClientRect();
    if (!rectangle) return;
    const share = (event.clientX - rectangle.left) / rectangle.width;
    setCursor(Math.max(0, Math.min(points.length - 1, Math.floor(share * points.length))));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = points.length - 1;
    const from = cursor ?? (event.key === "ArrowLeft" ? last + 1 : -1);
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    setCursor(Math.max(0, Math.min(last, to)));
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <figure className={css.figure} aria-label={what}>
      <figcaption className={css.head}>
        <span>{props.summary}</span>
        <span className={css.tools}>
          {props.actions}
          <Button size="small" look="quiet" onPress={() => setTable(!isTable)} pressed={isTable}>
            Table
          </Button>
        </span>
      </figcaption>
      {isTable ? (
        <div className={css.table}>
          <Table
            label={what}
            columns={["From", { name: what, number: true }, ...(marked ? [{ name: marked.word, hidden: true }] : [])]}
          >
            {points.map((point) => (
              <tr key={point.time}>
                <td>{when(point.time)}</td>
                <td className={css.number}>{amount(point.value)}</td>
                {marked && <td>{marked.is(point) ? marked.word : ""}</td>}
              </tr>
            ))}
          </Table>
        </div>
      ) : (
        <>
          <div className={css.plot}>
            <Ticks axis={axis} />
            <div
              ref={box}
              className={css.box}
              role="group"
              aria-roledescription="chart"
              aria-label={`${props.summary} Arrow keys tell each point.`}
              tabIndex={0}
              onPointerMove={at}
              onPointerDown={at}
              onPointerLeave={() => setCursor(null)}
              onBlur={() => setCursor(null)}
              onKeyDown={onKeyDown}
            >
              <Drawing {...props} axis={axis} cursor={cursor} />
            </div>
          </div>
          <p className={css.axis}>
            <span>{points[0] && when(points[0].time)}</span>
            <span aria-live="polite">{cursor === null ? "" : told(cursor)}</span>
            <span>{points.length > 1 && when(points.at(-1)?.time ?? "")}</span>
          </p>
        </>
      )}
    </figure>
  );
}

function Ticks({ axis }: { axis: Scale }) {
  return (
    <div className={css.ticks} aria-hidden="true">
      {axis.ticks.map((tick) => (
        <span key={tick} style={{ top: `${(heightOf(tick, axis) / HEIGHT) * 100}%` }}>
          {amount(tick)}
        </span>
      ))}
    </div>
  );
}

/** The figure alone; whoever cannot see it has the sentence and the table. */
export function Drawing(props: Omit<GraphProps, "summary"> & { axis: Scale; cursor: number | null }) {
  const { shape, points, axis, cursor, threshold, marked } = props;
  const width = WIDTH / Math.max(1, points.length);
  const ground = heightOf(0, axis);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {axis.ticks.map((tick) => (
        <path key={tick} className={css.grid} d={`M0 ${heightOf(tick, axis)}h${WIDTH}`} />
      ))}
      {cursor !== null && <rect className={css.cursor} x={cursor * width} y={0} width={width} height={HEIGHT} />}
      {shape === "bar" &&
        points.map((point, at) => (
          <Bar
            key={point.time}
            point={point}
            x={at * width}
            width={width}
            ground={ground}
            axis={axis}
            marked={marked}
          />
        ))}
      {shape === "area" && <path className={css.area} d={areaPath(points, axis)} />}
      {shape !== "bar" && <path className={css.line} d={linePath(points, axis)} />}
      {/* Not by colour alone: what is marked has a beam above it too. */}
      {marked &&
        points.map((point, at) =>
          marked.is(point) ? (
            <rect key={point.time} className={css.beam} x={at * width} y={-8} width={width} height={4} />
          ) : null,
        )}
      {threshold && <path className={css.threshold} d={`M0 ${heightOf(threshold.value, axis)}h${WIDTH}`} />}
    </svg>
  );
}

function Bar(props: {
  point: Point;
  x: number;
  width: number;
  ground: number;
  axis: Scale;
  marked: GraphProps["marked"] | undefined;
}) {
  const { point, x, width, ground, axis } = props;
  if (point.value === null || point.value === 0) return null;
  const to = heightOf(point.value, axis);
  // One among many is still one.
  const height = Math.max(1.5, Math.abs(ground - to));
  const gap = width > 4 ? 1 : 0;
  return (
    <rect
      className={props.marked?.is(point) ? css.markedBar : css.bar}
      x={x}
      y={to < ground ? ground - height : ground}
      width={width - gap}
      height={height}
    />
  );
}

/** One number for the whole time. */
export function Counter({ value, what, children }: { value: number | null; what: string; children?: ReactNode }) {
  return (
    <figure className={css.figure} aria-label={what}>
      <p className={css.counter}>{amount(value)}</p>
      <figcaption className={css.muted}>
        {what}
        {children}
      </figcaption>
    </figure>
  );
}
