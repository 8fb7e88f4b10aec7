// Adds or changes a provider of single sign-on.

import { useState } from "react";
import * as Aria from "react-aria-components";
import { api } from "../api/client";
import type { Grant, GroupRole, Provider, ProviderSpec } from "../api/people";
import { Button, Checkbox, Field, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { muted, pair, stack } from "../kit/page";
import { ErrorBox, Snippet } from "../kit/states";
import { toast } from "../kit/toast";
import { RolesField } from "../people/roles-field";
import { Form } from "../sign-in/ways";
import { again } from "./providers";
import css from "./providers.module.css";

const GOOGLE = "https://accounts.google.com";
const KINDS = [
  { id: "any" as const, name: "any provider", help: "Okta, Entra ID, Keycloak, Authentik …" },
  { id: "google" as const, name: "Google", help: "with your hosted domains" },
];

const NEW: ProviderSpec = {
  name: "",
  issuer: "",
  client_id: "",
  scopes: [],
  domains: [],
  hosted_domains: [],
  gives_addresses: false,
  groups_claim: "",
  group_roles: [],
  default_roles: [],
  creates_accounts: false,
  counts_as_second_factor: false,
  authority: null,
  private_address: false,
};

/** Names with commas or spaces between them. */
const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);

function specOf(provider: Provider | null): ProviderSpec {
  if (!provider) return NEW;
  const { id: _id, has_secret: _has, created_at: _at, sign_in: _in, callback: _back, logout: _out, ...spec } = provider;
  return spec;
}

export function ProviderForm(props: { provider: Provider | null; tenant: string; onClose: () => void }) {
  const { provider, tenant } = props;
  const [spec, setSpec] = useState<ProviderSpec>(() => specOf(provider));
  const [kind, setKind] = useState<"any" | "google">(provider?.issuer === GOOGLE ? "google" : "any");
  const [domains, setDomains] = useState(spec.domains.join(", "));
  const [hosted, setHosted] = useState(spec.hosted_domains.join(", "));
  const [scopes, setScopes] = useState(spec.scopes.join(" "));
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<unknown>(null);
  const put = (part: Partial<ProviderSpec>) => setSpec((now) => ({ ...now, ...part }));
  const submit = async () => {
    const { issuer, ...rest } = spec;
    const asked = {
      ...rest,
      name: spec.name.trim(),
      client_id: spec.client_id.trim(),
      ...(kind === "google" ? { preset: "google" } : { issuer: issuer.trim() }),
      ...(secret ? { client_secret: secret } : {}),
      domains: list(domains),
      hosted_domains: list(hosted),
      scopes: list(scopes),
      authority: spec.authority?.trim() ? spec.authority : null,
      group_roles: spec.group_roles.filter((one) => one.group.trim()),
    };
    const path = `/v1/tenants/${tenant}/providers`;
    await api(provider ? "PUT" : "POST", provider ? `${path}/${provider.id}` : path, asked);
    await again(tenant);
    toast(provider ? `Provider ${asked.name} is changed` : `Provider ${asked.name} answered and is added`);
    props.onClose();
  };
  const isEmpty = !spec.name.trim() || !spec.client_id.trim() || (kind === "any" && !spec.issuer.trim());
  return (
    <Dialog
      title={provider ? `Change provider “${provider.name}”` : "Add a provider"}
      isOpen
      onClose={props.onClose}
      isKept
      wide
    >
      <Form
        onCancel={props.onClose}
        verb={provider ? "Save provider" : "Add provider"}
        onSubmit={submit}
        onError={setError}
        isDisabled={isEmpty}
      >
        {!provider && (
          <div className={stack}>
            <p className={muted}>Register this address there first, as the redirect URI of a web application:</p>
            <Snippet text={`${location.origin}/v1/sign-in/sso/callback`} what="redirect URI" />
          </div>
        )}
        <div className={pair}>
          <Field
            label="Name"
            value={spec.name}
            onChange={(name) => put({ name })}
            maxLength={64}
            autoFocus
            isRequired
          />
          <Select label="Kind" options={KINDS} value={kind} onChange={setKind} />
        </div>
        {kind === "any" ? (
          <Field
            label="Issuer"
            help="The address under which it describes itself."
            placeholder="https://acme.okta.com"
            value={spec.issuer}
            onChange={(issuer) => put({ issuer })}
            mono
            isRequired
          />
        ) : (
          <Field
            label="Hosted domains"
            help="Your Google Workspace domains: without them, any Google account would count."
            placeholder="acme.example"
            value={hosted}
            onChange={setHosted}
          />
        )}
        <div className={pair}>
          <Field
            label="Client id"
            value={spec.client_id}
            onChange={(client_id) => put({ client_id })}
            mono
            isRequired
          />
          <Field
            label="Client secret"
            help={provider?.has_secret ? "Empty: the one of now stays." : "If the provider gave you one."}
            type="password"
            value={secret}
            onChange={setSecret}
            autoComplete="off"
            mono
          />
        </div>
        <Field
          label="Only addresses of these domains"
          help="With commas between them. Empty: every address that the provider has verified."
          value={domains}
          onChange={setDomains}
        />
        <Checkbox isSelected={spec.creates_accounts} onChange={(creates_accounts) => put({ creates_accounts })}>
          Whoever has no account yet gets one at the first sign-in
        </Checkbox>
        <Checkbox
          isSelected={spec.counts_as_second_factor}
          onChange={(counts_as_second_factor) => put({ counts_as_second_factor })}
        >
          <span>
            It counts as a second factor <span className={muted}>even when it does not say how somebody signed in</span>
          </span>
        </Checkbox>
        <RolesField
          label="Roles that everybody from it has"
          value={spec.default_roles}
          onChange={(default_roles) => put({ default_roles })}
        />
        <Groups
          claim={spec.groups_claim}
          roles={spec.group_roles}
          onClaim={(groups_claim) => put({ groups_claim })}
          onRoles={(group_roles) => put({ group_roles })}
        />
        <details className={css.more}>
          <summary>More</summary>
          <div className={stack}>
            <Field label="Further scopes to ask for" value={scopes} onChange={setScopes} mono />
            <Checkbox isSelected={spec.gives_addresses} onChange={(gives_addresses) => put({ gives_addresses })}>
              It gives out addresses itself, so they are right though it does not say “verified”
            </Checkbox>
            <Checkbox isSelected={spec.private_address} onChange={(private_address) => put({ private_address })}>
              It stands at a private address of this network
            </Checkbox>
            <Aria.TextField
              className={css.area ?? ""}
              value={spec.authority ?? ""}
              onChange={(authority) => put({ authority })}
            >
              <Aria.Label>Certificate of its own authority, in PEM</Aria.Label>
              <Aria.TextArea placeholder="-----BEGIN CERTIFICATE-----" />
            </Aria.TextField>
          </div>
        </details>
        {error !== null && <ErrorBox error={error} />}
      </Form>
    </Dialog>
  );
}

/** Which group of the provider has which role here. */
function Groups(props: {
  claim: string;
  roles: readonly GroupRole[];
  onClaim: (claim: string) => void;
  onRoles: (roles: GroupRole[]) => void;
}) {
  const { roles, onRoles } = props;
  const groups = [...new Set(roles.map((one) => one.group))];
  const set = (group: string, next: string, grants: readonly Grant[]) =>
    onRoles(
      groups.flatMap((one): GroupRole[] => {
        const kept = roles.filter((role) => role.group === one);
        return one === group ? grants.map((grant) => ({ ...grant, group: next })) : kept;
      }),
    );
  return (
    <div className={stack}>
      <Field
        label="Claim with the groups"
        help="Roles of groups come and go with each sign-in."
        placeholder="groups"
        value={props.claim}
        onChange={props.onClaim}
        mono
      />
      {groups.map((group, at) => {
        const grants = roles.filter((one) => one.group === group);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group's name is what is being typed
          <div key={at} className={css.group}>
            <Field label={`Group ${at + 1}`} value={group} onChange={(next) => set(group, next, grants)} mono />
            <RolesField
              label={`Roles of group ${at + 1}`}
              value={grants}
              onChange={(next) => set(group, group, next)}
            />
          </div>
        );
      })}
      <p>
        <Button
          size="small"
          isDisabled={groups.includes("")}
          onPress={() => onRoles([...roles, { group: "", role: "read-only", source: null }])}
        >
          Add a group
        </Button>
      </p>
    </div>
  );
}
