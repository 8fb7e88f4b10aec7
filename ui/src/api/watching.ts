// What the API answers about saved views, alerts and where they are told, and the questions that screens share.

import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type {
  Alert,
  AlertChange,
  AlertComparison,
  AlertDestination,
  AlertDestinationKind,
  AlertHistory,
  AlertMessage,
  AlertPreview,
  AlertPreviewForm,
  AlertForm as AlertSpec,
  AlertState,
  AlertTest,
  Keeper,
  Link,
  Measure,
  NewAlertDestination,
  Series,
  View,
  ViewGraph,
  ViewGraphShape,
} from "./described";
import { ofTenant, tenantPath } from "./people";

export type {
  Alert,
  AlertChange,
  AlertHistory,
  AlertMessage,
  AlertPreview,
  AlertState,
  AlertTest,
  Keeper,
  Measure,
  Series,
  ViewGraph,
};
// All of it is said, also where the server would take its own word for it.
export type AlertRule = Required<AlertPreviewForm>;
export type AlertForm = Required<AlertSpec>;
export type ViewForm = Omit<View, "id" | "created_at" | "changed_at" | "keeper">;
export type Comparison = AlertComparison;
export type GraphShape = ViewGraphShape;
export type SavedView = View;
export type ShortLink = Link;
export type LinkForm = Omit<Link, "id" | "created_at" | "ends_at" | "keeper">;
export type Destination = AlertDestination;
export type DestinationKind = AlertDestinationKind;
export type NewDestination = NewAlertDestination;

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

export const ownLinks = ofTenant("/links", (answer: { links: ShortLink[] }) => answer.links);

export const shortLink = (tenant: string, link: string) =>
  queryOptions({
    queryKey: ["/links", tenant, link],
    queryFn: ({ signal }) => api<ShortLink>("GET", tenantPath(tenant, `/links/${link}`), undefined, signal),
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
