// Long work, as the API answers it, and the questions that screens share.

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { address, api } from "./client";
import type * as described from "./described";
import type { Job, JobPage, JobState } from "./described";
import { tenantPath } from "./people";

export type { ImportCompression, ImportFormat, Job, JobException, JobPhase, JobState } from "./described";
export type NewImport = described.ImportForm;
export type Received = described.UploadReceived;

const OPEN: readonly JobState[] = ["receiving", "waiting", "running"];
export const isOpen = (job: { state: JobState }) => OPEN.includes(job.state);

export const jobsKey = (tenant: string | null) => ["jobs", tenant] as const;
const page = (tenant: string, params: Record<string, string | number | undefined>, signal: AbortSignal) =>
  api<JobPage>("GET", address(tenantPath(tenant, "/jobs"), params), undefined, signal);

/** Those that have not ended; a tenant has ten of them at most. */
export const openJobs = (tenant: string | null) =>
  queryOptions({
    queryKey: [...jobsKey(tenant), "open"],
    queryFn: ({ signal }) => page(tenant ?? "", { state: OPEN.join(","), limit: 100 }, signal),
    enabled: tenant !== null,
  });

/** The newest of all, among which a file that was imported before is looked for. */
export const newestJobs = (tenant: string | null) =>
  queryOptions({
    queryKey: [...jobsKey(tenant), "newest"],
    queryFn: async ({ signal }) => (await page(tenant ?? "", { limit: 100 }, signal)).jobs,
    enabled: tenant !== null,
    staleTime: 0,
  });

/** In pages, the newest first; `open` stands for all that have not ended. */
export const jobsOf = (tenant: string | null, state: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...jobsKey(tenant), "list", state ?? ""],
    queryFn: ({ pageParam, signal }) =>
      page(tenant ?? "", { state: state === "open" ? OPEN.join(",") : state, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: tenant !== null,
  });

export const jobPath = (id: string, what = "") => `/v1/jobs/${id}${what}`;
export const job = (id: string) =>
  queryOptions({
    queryKey: ["job", id],
    queryFn: ({ signal }) => api<Job>("GET", jobPath(id), undefined, signal),
    staleTime: 0,
  });
