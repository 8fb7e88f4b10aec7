// What the API answers about saved views, alerts and where they are told, and the questions that screens share.

import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { ofTenant, tenantPath } from "./people";
import type { Warning } from "./types";

/** Who saved something. */
export type Keeper = { kind: "person" | "service_account"; id: string };

export type Measure = "count" | "avg" | "min" | "max" | "sum" | "percentile";
export type GraphShape = "line" | "area" | "bar" | "counter";
export type ViewGraph = { shape: GraphShape; measure: Measure; field: string | null; percentile: number | null };

export type ViewForm = {
  name: string;
  source: string;
  query: string;
  columns: string[];
  from: string;
  to: string;
  graph: ViewGraph | null;
};
export type SavedView = ViewForm & { id: string; created_at: string; changed_at: string; keeper: Keeper };

export type Series = {
  measure: Measure;
  step_seconds: number;
  points: { time: string; count: number; value: number | null }[];
  count: number;
  value: number | null;
  precision: string;
  warnings: Warning[];
};

export type Comparison = "at_least" | "at_most";
export type AlertRule = {
  source: string;
  query: string;
  comparison: Comparison;
  threshold: number;
  window_minutes: number;
};
export type AlertForm = AlertRule & { name: string; destinations: string[] };
export type AlertState = "ok" | "alerting";
export type Alert = AlertForm & {
  id: string;
  created_at: string;
  keeper: Keeper;
  state: AlertState;
  since: string;
  last: { at: string; count: number } | null;
  missed_rounds: number;
  trouble: { code: string; since: string; failures: number } | null;
  stopped: { code: string; at: string } | null;
};

export type AlertMessage = {
  id: string;
  destination: string;
  created_at: string;
  tries: number;
  sent_at: string | null;
  failure: string | null;
  retry_at: string | null;
};
export type AlertChange = {
  number: number;
  state: AlertState;
  at: string;
  count: number;
  from: string;
  to: string;
  messages: AlertMessage[];
};
export type AlertHistory = { changes: AlertChange[]; tests: AlertMessage[] };

export type AlertPreview = {
  hours: number;
  fired: number;
  alerting_minutes: number;
  now: number | null;
  most: number | null;
  least: number | null;
  points: { time: string; count: number | null }[];
  warnings: Warning[];
};

export type DestinationKind = "mail" | "webhook" | "slack";
export type Destination = {
  id: string;
  name: string;
  kind: DestinationKind;
  to: string;
  user: string | null;
  confirmed: boolean | null;
  created_at: string;
};
export type NewDestination = Destination & { secret?: string };
export type AlertTest = { messages: { id: string; destination: string; sent: boolean; failure: string | null }[] };

export const savedViews = ofTenant("/views", (answer: { views: SavedView[] }) => answer.views);
export const alerts = ofTenant("/alerts", (answer: { alerts: Alert[] }) => answer.alerts);
export const destinations = ofTenant(
  "/alert-destinations",
  (answer: { destinations: Destination[] }) => answer.destinations,
);

export const savedView = (tenant: string, view: string) =>
  queryOptions({
    queryKey: ["/views", tenant, view],
    queryFn: ({ signal }) => api<SavedView>("GET", tenantPath(tenant, `/views/${view}`), undefined, signal),
  });

export const alert = (tenant: string, id: string) =>
  queryOptions({
    queryKey: ["/alerts", tenant, id],
    queryFn: ({ signal }) => api<Alert>("GET", tenantPath(tenant, `/alerts/${id}`), undefined, signal),
  });

export const alertHistory = (tenant: string, id: string) =>
  queryOptions({
    queryKey: ["/alerts", tenant, id, "history"],
    queryFn: ({ signal }) => api<AlertHistory>("GET", tenantPath(tenant, `/alerts/${id}/history`), undefined, signal),
  });
