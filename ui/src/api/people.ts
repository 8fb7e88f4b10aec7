// What the API answers about people, roles, sign-in and access of staff, and the questions that screens share.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { address, api, isRefused } from "./client";
import type * as described from "./described";
import type {
  Ability,
  AccessRequest,
  AccessToTenant,
  Invitation,
  Passkey,
  Permission,
  Person,
  Provider,
  ServiceAccount,
  ServiceKey,
  Session,
  Tenant,
} from "./described";

export type {
  Ability,
  AccessRequest,
  AccessState,
  AccessToTenant as AccessRequests,
  Grant,
  Invitation,
  Passkey,
  Permission,
  Person,
  Provider,
  ServiceAccount,
  ServiceKey,
  Tenant,
} from "./described";
export type NewInvitation = described.InvitationWithLink;
export type RoleSpec = Required<described.RoleForm>;
export type OneRole = described.Role;
export type Place = described.AbilityPlace;
export type NewServiceKey = described.NewServiceKey;
export type Level = described.StaffAccess;
export type Settings = described.TenantSettings;
export type GroupRole = described.GroupGrant;
export type ProviderSpec = Omit<Provider, "id" | "has_secret" | "created_at" | "sign_in" | "callback" | "logout"> & {
  client_secret?: string;
};
export type Signature = described.AccessSignature;

// What the browser reads of it is what WebAuthn says.
export type ToSign = { statement: string; options: { publicKey: unknown } };

export type Notice = { notice: string; at: string } & Record<string, unknown>;

/** An entry of the trail, of which each screen reads what it knows. */
export type Entry = {
  sequence: number;
  time: string;
  actor: { kind: string; id?: string };
  event: { type: string } & Record<string, unknown>;
};

export const tenantPath = (tenant: string, what = "") => `/v1/tenants/${tenant}${what}`;

/** A question below a tenant, under its own key. */
export const ofTenant =
  <A, T>(what: string, read: (answer: A) => T) =>
  (tenant: string | null) =>
    queryOptions({
      queryKey: [what, tenant],
      queryFn: async ({ signal }) => read(await api<A>("GET", tenantPath(tenant ?? "", what), undefined, signal)),
      enabled: tenant !== null,
    });

export const people = ofTenant("/people", (answer: { people: Person[] }) => answer.people);
export const invitations = ofTenant("/invitations", (answer: { invitations: Invitation[] }) => answer.invitations);
export const roles = ofTenant("/roles", (answer: { roles: OneRole[] }) => answer.roles);
export const permissions = ofTenant("/permissions", (answer: { permissions: Permission[] }) => answer.permissions);
export const tenantOf = ofTenant("", (answer: Tenant) => answer);
export const accessRequests = ofTenant("/access", (answer: AccessToTenant) => answer);
export const providers = ofTenant("/providers", (answer: { providers: Provider[] }) => answer.providers);
export const services = ofTenant(
  "/service-accounts",
  (answer: { service_accounts: ServiceAccount[] }) => answer.service_accounts,
);

export const serviceKeys = (tenant: string, service: string) =>
  queryOptions({
    queryKey: ["service-keys", service],
    queryFn: async ({ signal }) => {
      const path = tenantPath(tenant, `/service-accounts/${service}/keys`);
      return (await api<{ keys: ServiceKey[] }>("GET", path, undefined, signal)).keys;
    },
  });

export const abilitiesOf = (tenant: string, person: string) =>
  queryOptions({
    queryKey: ["abilities", tenant, person],
    queryFn: async ({ signal }) => {
      const path = tenantPath(tenant, `/people/${person}/abilities`);
      return (await api<{ abilities: Ability[] }>("GET", path, undefined, signal)).abilities;
    },
  });

/** What whoever is signed in could do, where they work now. */
export const ownAbilities = queryOptions({
  queryKey: ["own-abilities"],
  queryFn: async ({ signal }) =>
    (await api<{ abilities: Ability[] }>("GET", "/v1/me/abilities", undefined, signal)).abilities,
});

/**
 * Whether whoever is signed in could use a right somewhere; nothing while that is not known.
 *
 * What a screen asks for by the way is asked for only with the right to it: a refusal is in the trail.
 */
export function useMay(right: string): boolean | undefined {
  const { data } = useQuery(ownAbilities);
  return data?.some((one) => one.permission === right && one.allowed);
}

/** Each right that whoever is signed in could use somewhere; nothing while that is not known. */
export function useRights(): ReadonlySet<string> | undefined {
  const { data } = useQuery(ownAbilities);
  return useMemo(() => data && rightsOf(data), [data]);
}

export const rightsOf = (abilities: readonly Ability[]): ReadonlySet<string> =>
  new Set(abilities.filter((one) => one.allowed).map((one) => one.permission));

/** Asks again after so long, until it is refused: each refusal would be in the trail. */
export const every = (ms: number) => (query: { state: { error: unknown } }) =>
  isRefused(query.state.error) ? false : ms;

export const ownAccess = queryOptions({
  queryKey: ["own-access"],
  queryFn: async ({ signal }) =>
    (await api<{ requests: AccessRequest[] }>("GET", "/v1/access", undefined, signal)).requests,
});

/** What the trail says of an access request, the oldest first. */
export const accessTrail = (tenant: string, request: string) =>
  queryOptions({
    queryKey: ["access-trail", request],
    queryFn: async ({ signal }) => {
      const path = address(tenantPath(tenant, "/audit"), { q: request, limit: 500 });
      return (await api<{ entries: Entry[] }>("GET", path, undefined, signal)).entries.reverse();
    },
  });

export const own = <T>(path: string, read: (answer: never) => T) =>
  queryOptions({
    queryKey: [path],
    queryFn: async ({ signal }) => read(await api<never>("GET", path, undefined, signal)),
  });

export const passkeys = own("/v1/me/passkeys", (answer: { passkeys: Passkey[] }) => answer.passkeys);
export const sessions = own("/v1/me/sessions", (answer: { sessions: Session[] }) => answer.sessions);
export const notices = own("/v1/me/notices", (answer: { notices: Notice[] }) => answer.notices);
