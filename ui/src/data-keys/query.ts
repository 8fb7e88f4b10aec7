import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { DataKeys } from "../api/described";

/** Those of today alone. */
export const newestKeysOf = (tenant: string) =>
  queryOptions({
    queryKey: ["data-keys", tenant, "today"],
    queryFn: ({ signal }) => api<DataKeys>("GET", `/v1/tenants/${tenant}/data-keys?days=1`, undefined, signal),
  });

/** The data keys of all sources, by day. */
export const dataKeysOf = (tenant: string) =>
  queryOptions({
    queryKey: ["data-keys", tenant],
    queryFn: ({ signal }) => api<DataKeys>("GET", `/v1/tenants/${tenant}/data-keys`, undefined, signal),
  });
