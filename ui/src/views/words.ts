// Where a saved view leads, and what is said of what it draws. Pure.

import type { GraphShape, Measure, SavedView, Series, ViewForm, ViewGraph } from "../api/watching";
import { amount, type Point, span } from "../kit/scale";
import { count } from "../kit/time";
import { DEFAULT_FROM, RANGES, type View } from "../logs/search";

/** The Logs screen as it was saved. */
export function logsAddress(view: Pick<SavedView, "source" | "query" | "columns" | "from" | "to">): string {
  const given: Record<string, string> = {
    s: view.source,
    q: view.query,
    from: view.from || "all",
    to: view.to,
    cols: view.columns.join(","),
  };
  return `/app/logs?${new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""))}`;
}

/** What of a look at Logs is saved; whether lines wrap and the like is everybody's own. */
export function savedFrom(source: string, view: View): Omit<ViewForm, "name" | "graph"> {
  const from = view.from ?? DEFAULT_FROM;
  return {
    source,
    query: view.q ?? "",
    columns: view.cols?.split(",").filter(Boolean) ?? [],
    from: from === "all" ? "" : from,
    to: view.to ?? "",
  };
}

/** From when to when, in words. */
export function timeWords({ from, to }: { from: string; to: string }): string {
  if (!to) return (from ? RANGES.find((range) => range.id === from)?.name : "All time") ?? `from ${from}`;
  return from ? `${from} to ${to}` : `until ${to}`;
}

export const SHAPES: readonly { id: GraphShape; name: string }[] = [
  { id: "line", name: "line" },
  { id: "area", name: "area" },
  { id: "bar", name: "bars" },
  { id: "counter", name: "one number" },
];

export const MEASURES: readonly { id: Measure; name: string }[] = [
  { id: "count", name: "number of records" },
  { id: "avg", name: "average" },
  { id: "min", name: "least" },
  { id: "max", name: "greatest" },
  { id: "sum", name: "sum" },
  { id: "percentile", name: "percentile" },
];

/** "Records", "Average of ms", "Percentile 99 of ms". */
export function measureWords({
  measure,
  field,
  percentile,
}: Pick<ViewGraph, "measure" | "field" | "percentile">): string {
  if (measure === "count") return "Records";
  const name = MEASURES.find((one) => one.id === measure)?.name ?? measure;
  const words = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return `${words}${measure === "percentile" ? ` ${percentile}` : ""} of ${field}`;
}

/** What is drawn, whatever it cost. */
type Drawn = Omit<Series, "stats">;

export const pointsOf = (series: Drawn): Point[] => series.points.map(({ time, value }) => ({ time, value }));

/** What a graph shows, in a sentence. */
export function seriesWords(series: Drawn, graph: ViewGraph): string {
  const what = measureWords(graph);
  if (series.count === 0) return `${what}: no records in this time.`;
  const most = series.points.reduce<number | null>(
    (most, { value }) => (value === null ? most : Math.max(most ?? value, value)),
    null,
  );
  if (most === null) return `${what}: none of ${count.format(series.count)} records has a number there.`;
  const whole = series.measure === "count" || series.measure === "sum" ? "in all" : "over the whole time";
  const exact = series.precision === "exact" ? "" : `, ${series.precision}`;
  const all = `${what}: ${amount(series.value)} ${whole}${exact}`;
  if (graph.shape === "counter") return `${all}.`;
  return `${all}; at most ${amount(most)} in ${span(series.step_seconds)}.`;
}
