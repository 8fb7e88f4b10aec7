// The questions behind the Logs screen: rows a page at a time, and the histogram.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { address, api } from "../api/client";
import { queries } from "../api/queries";
import type { HistogramAnswer, LogRecord, SearchPage } from "../api/types";
import type { Asked } from "./fields-panel";

const PAGE = 200;
const BUCKETS = 400;
// A query that was under way when the page ended: it may be why.
const RUNNING = "blockhouse-running";

export function useSearch(asked: Asked | null, isOn: boolean) {
  const answer = useInfiniteQuery({
    queryKey: ["search", asked],
    queryFn: async ({ signal, pageParam }) => {
      const path = address(`/v1/sources/${asked?.source}/search`, {
        q: asked?.query,
        ...asked?.window,
        limit: PAGE,
        cursor: pageParam,
      });
      if (asked) sessionStorage.setItem(RUNNING, key(asked));
      try {
        return await api<SearchPage>("GET", path, undefined, signal);
      } finally {
        sessionStorage.removeItem(RUNNING);
      }
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: isOn && asked !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const { data } = answer;
  const records = useMemo((): LogRecord[] => data?.pages.flatMap((page) => page.records) ?? [], [data]);
  // Somebody stopped it: it neither runs nor has an answer.
  const isStopped = isOn && answer.isPending && answer.fetchStatus === "idle";
  return { ...answer, records, first: data?.pages[0], isStopped };
}

export function useHistogram(asked: Asked | null, isOn: boolean) {
  return useQuery({
    queryKey: ["histogram", asked],
    queryFn: ({ signal }) =>
      api<HistogramAnswer>(
        "GET",
        address(`/v1/sources/${asked?.source}/histogram`, { q: asked?.query, ...asked?.window, buckets: BUCKETS }),
        undefined,
        signal,
      ),
    enabled: isOn && asked !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

/** Ends what is under way for a look; the server ends it too, as nobody reads its answer. */
export const stopSearch = (asked: Asked) =>
  Promise.all(
    ["search", "histogram", "fields", "values"].map((what) => queries.cancelQueries({ queryKey: [what, asked] })),
  );

// The window moves with each look; what ran is the same query all the same.
const key = (asked: Asked) => `${asked.source} ${asked.query}`;

/** Whether this query was under way when the page ended, other than by being left. */
export function brokeOff(source: string, query: string): boolean {
  return sessionStorage.getItem(RUNNING) === `${source} ${query}`;
}

export const forgetRunning = () => sessionStorage.removeItem(RUNNING);

/** To leave a page is not to break it. */
export function useForgetOnLeave() {
  useEffect(() => {
    addEventListener("pagehide", forgetRunning);
    return () => removeEventListener("pagehide", forgetRunning);
  }, []);
}
