// What a saved view draws, over the time that was chosen or that was saved with it.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { address, api } from "../api/client";
import type { SavedView, Series, ViewGraph } from "../api/watching";
import { Counter, Graph } from "../kit/graph";
import { muted } from "../kit/page";
import { Unready } from "../kit/unready";
import { useZone } from "../kit/zone";
import { window as windowOf } from "../logs/view";
import { measureWords, pointsOf, seriesWords } from "./words";

const STEPS = { line: 120, area: 120, bar: 60, counter: 1 } as const;

/** `from` is what was chosen; without it the view's own time counts. `look` is when. */
export type Range = { from: string | undefined; look: number };

export function useSeries(view: SavedView, graph: ViewGraph, { from, look }: Range) {
  const own = from === undefined ? { from: view.from || "all", to: view.to } : { from, to: "" };
  const window = windowOf(own, look);
  const { measure, field, percentile, shape } = graph;
  return useQuery({
    queryKey: ["series", view.source, view.query, window, graph, look],
    queryFn: ({ signal }) =>
      api<Series>(
        "GET",
        address(`/v1/sources/${view.source}/series`, {
          q: view.query,
          from: window.from,
          // With both ends the steps cover all of it, also where there is nothing.
          to: window.to || new Date(look).toISOString(),
          buckets: STEPS[shape],
          measure,
          field: field ?? undefined,
          percentile: percentile ?? undefined,
        }),
        undefined,
        signal,
      ),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
}

export function Drawn({ view, graph, range }: { view: SavedView; graph: ViewGraph; range: Range }) {
  const asked = useSeries(view, graph, range);
  const zone = useZone();
  const { data, error } = asked;
  if (error || !data) return <Unready error={error} retry={() => void asked.refetch()} what={view.name} />;
  const what = measureWords(graph);
  const summary = seriesWords(data, graph);
  return (
    <>
      {graph.shape === "counter" ? (
        <Counter value={data.value} what={summary} />
      ) : (
        <Graph
          what={what}
          summary={summary}
          shape={graph.shape}
          points={pointsOf(data)}
          step={data.step_seconds}
          zone={zone}
        />
      )}
      {data.warnings.map((warning) => (
        <p key={warning.code + warning.detail} className={muted}>
          {warning.detail}
        </p>
      ))}
    </>
  );
}
