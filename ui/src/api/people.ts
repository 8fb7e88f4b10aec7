// What the API answers about people, roles, sign-in and access of staff, and the questions that screens share.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { address, api } from "./client";
import type { Session } from "./types";

/** A role with its reach: the whole organization, or one source. */
export type Grant = { role: string; source: string | null };

export type Person = {
  id: string;
  email: string;
  name: string;
  state: "active" | "disabled";
  roles: Grant[];
  joined_at: string;
  second_factor: boolean;
  passkeys: number;
  seen_at: string | null;
};

export type Invitation = {
  id: string;
  email: string;
  roles: Grant[];
  invited_by: string | null;
  created_at: string;
  expires_at: string;
  state: "open" | "expired" | "revoked" | "accepted";
};
export type NewInvitation = Invitation & { link: string };

export type Permission = {
  name: string;
  description: string;
  object: "source" | "tenant";
  sensitive: boolean;
};

export type RoleSpec = { name: string; description: string; permissions: string[]; second_factor: boolean };
export type OneRole = RoleSpec & { id: string; built_in: boolean; created_at?: string };

export type Place = { at: "every_source" | "source" | "tenant" | "installation"; source?: string; by: string };
export type Ability = { permission: string; allowed: boolean; places: Place[] };

export type ServiceAccount = { id: string; name: string; roles: Grant[]; created_at: string };
export type ServiceKey = {
  id: string;
  prefix: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
};
export type NewServiceKey = ServiceKey & { key: string };

export type Level = "never" | "on_approval" | "break_glass";
export type Settings = {
  second_factor: "recommended" | "required";
  single_sign_on: "optional" | "enforced";
  break_glass_owner: string | null;
  staff_access: Level;
  approvals_needed: number;
  audit_retention_days: number;
};
export type Tenant = { id: string; name: string; created_at: string; settings: Settings };

export type GroupRole = Grant & { group: string };
export type ProviderSpec = {
  name: string;
  issuer: string;
  client_id: string;
  client_secret?: string;
  scopes: string[];
  domains: string[];
  hosted_domains: string[];
  gives_addresses: boolean;
  groups_claim: string;
  group_roles: GroupRole[];
  default_roles: Grant[];
  creates_accounts: boolean;
  counts_as_second_factor: boolean;
  authority: string | null;
  private_address: boolean;
};
export type Provider = Omit<ProviderSpec, "client_secret"> & {
  id: string;
  has_secret: boolean;
  created_at: string;
  sign_in: string;
  callback: string;
  logout: string;
};

export type Signature = { signer: string; passkey: string; at: string };
export type AccessState = "pending" | "approved" | "denied" | "lapsed" | "active" | "ended";
export type AccessRequest = {
  id: string;
  tenant: string;
  source: string;
  staff: string;
  reason: "support" | "incident" | "abuse" | "legal";
  explanation: string;
  ticket: string;
  created_at: string;
  from: string;
  until: string;
  lapses_at: string;
  state: AccessState;
  approvals_needed: number;
  approvals: Signature[];
  started_at: string | null;
  ends_at: string | null;
  ended: { how: "time" | "staff" | "tenant"; at: string } | null;
  readings: number;
  emergency: {
    cause: "outage" | "attack" | "data_loss";
    second: Signature | null;
    reviewed_at: string | null;
    review_late: boolean;
  } | null;
};
/** With what those are called who asked and who signed. */
export type AccessRequests = { requests: AccessRequest[]; people: Record<string, string> };
export type ToSign = { statement: string; options: { publicKey: unknown } };

export type Passkey = { id: string; name: string; created_at: string; used_at: string | null };
export type Notice = { notice: string; at: string } & Record<string, unknown>;

/** An entry of the trail. */
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
export const accessRequests = ofTenant("/access", (answer: AccessRequests) => answer);
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

/** Asks again after so long, until it is refused: each refusal would be in the trail. */
export const every = (ms: number) => (query: { state: { error: unknown } }) => (query.state.error ? false : ms);

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
