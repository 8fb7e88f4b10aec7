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
    queryFn: async ({ signal }) =>
      (await api<{ sources: Source[] }>("GET", `/v1/tenants/${tenant}/sources`, undefined, signal)).sources,
  });

export const keys = (source: string) =>
  queryOptions({
    queryKey: ["keys", source],
    queryFn: async ({ signal }) =>
      (await api<{ keys: ApiKey[] }>("GET", `/v1/sources/${source}/keys`, undefined, signal)).keys,
  });
