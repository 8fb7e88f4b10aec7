// The questions that several screens ask, each under its key.

import { QueryClient, queryOptions } from "@tanstack/react-query";
import { api, Problem } from "./client";
import type { ApiKey, Me, Source } from "./types";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // What was refused is refused again; only what did not get through is tried once more.
      retry: (failures, error) =>
        failures < 1 && error instanceof Problem && (error.status === 0 || error.status === 503),
    },
  },
});

/** Whoever is signed in; `null` for nobody. */
export const me = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await api<Me>("GET", "/v1/me", undefined, signal);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null;
      throw error;
    }
  },
});

export const sources = (tenant: string) =>
  queryOptions({
    queryKey: ["sources", tenant],
    queryFn: async ({ signal }) => {
      if (queries.getQueryData(me.queryKey)?.kind === "engineer") return sourcesOfAccess(signal);
      return (await api<{ sources: Source[] }>("GET", `/v1/tenants/${tenant}/sources`, undefined, signal)).sources;
    },
  });

/** One of staff reads what was approved, and sees no list of what else there is. */
async function sourcesOfAccess(signal: AbortSignal): Promise<Source[]> {
  type Access = { source: string; state: string };
  const { requests } = await api<{ requests: Access[] }>("GET", "/v1/access", undefined, signal);
  const running = requests.filter((request) => request.state === "active");
  return Promise.all(running.map(({ source }) => api<Source>("GET", `/v1/sources/${source}`, undefined, signal)));
}

export const keys = (source: string) =>
  queryOptions({
    queryKey: ["keys", source],
    queryFn: async ({ signal }) =>
      (await api<{ keys: ApiKey[] }>("GET", `/v1/sources/${source}/keys`, undefined, signal)).keys,
  });
