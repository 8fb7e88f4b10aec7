import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/client";
import type { Pipeline } from "../api/described";

export const pipelinePath = (source: string) => `/v1/sources/${source}/pipeline`;

export const pipelineOf = (source: string) =>
  queryOptions({
    queryKey: ["pipeline", source],
    queryFn: ({ signal }) => api<Pipeline>("GET", pipelinePath(source), undefined, signal),
  });
