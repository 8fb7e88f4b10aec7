// The organization's providers of single sign-on.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, Problem } from "../api/client";
import { type Provider, providers as providersQuery } from "../api/people";
import { queries } from "../api/queries";
import { Button, RowButton } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, Behind, Fact, Facts, muted, Panel, row, stack } from "../kit/page";
import { Badge, Empty, ErrorBox, Note, Snippet } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { Grants } from "../people/roles-field";
import { useMe } from "../shell/shell";
import { ProviderForm } from "./provider-form";
import css from "./providers.module.css";

export const again = (tenant: string) => queries.invalidateQueries({ queryKey: ["/providers", tenant] });

export function Providers({ tenant }: { tenant: string }) {
  const me = useMe();
  const [isOpen, setOpen] = useState(me.fresh);
  const asked = useQuery({ ...providersQuery(tenant), enabled: isOpen });
  const [edited, setEdited] = useState<Provider | "new" | null>(null);
  const add = <Button onPress={() => setEdited("new")}>Add a provider</Button>;
  return (
    <Panel
      title="Single sign-on"
      help="OpenID Connect. A session from a provider works in this organization only, and ends with the provider."
      actions={asked.data?.length ? add : undefined}
    >
      <Behind what="the providers" isOpen={isOpen} onOpen={() => setOpen(true)}>
        <Asked of={asked} what="the providers">
          {(all) =>
            all.length === 0 ? (
              <Empty title="No provider yet" action={add}>
                With your own provider, people sign in as they do elsewhere, and lose access where they lose it there.
              </Empty>
            ) : (
              all.map((one) => <One key={one.id} provider={one} tenant={tenant} onChange={() => setEdited(one)} />)
            )
          }
        </Asked>
      </Behind>
      {edited && (
        <ProviderForm
          key={edited === "new" ? "new" : edited.id}
          provider={edited === "new" ? null : edited}
          tenant={tenant}
          onClose={() => setEdited(null)}
        />
      )}
    </Panel>
  );
}

type Tested = { issuer: string; looked_at: string };

function One({ provider, tenant, onChange }: { provider: Provider; tenant: string; onChange: () => void }) {
  const [tested, setTested] = useState<Tested | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isTesting, setTesting] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const path = `/v1/tenants/${tenant}/providers/${provider.id}`;
  const test = async () => {
    setTesting(true);
    setTested(null);
    setError(null);
    try {
      setTested(await api<Tested>("POST", `${path}/test`));
    } catch (failed) {
      setError(failed);
    } finally {
      setTesting(false);
    }
  };
  return (
    <article className={css.provider} aria-label={provider.name}>
      <div className={row}>
        <h3>{provider.name}</h3>
        {provider.creates_accounts && <Badge>creates accounts</Badge>}
        {provider.counts_as_second_factor && <Badge tone="warn">counts as a second factor</Badge>}
        {provider.private_address && <Badge>private address</Badge>}
      </div>
      <Facts>
        <Fact name="Issuer">
          <code>{provider.issuer}</code>
        </Fact>
        <Fact name="Client">
          <code>{provider.client_id}</code>
          {!provider.has_secret && " without a secret"}
        </Fact>
        <Fact name="Addresses of">{provider.domains.join(", ") || "any domain that it vouches for"}</Fact>
        <Fact name="Everybody gets">
          {provider.default_roles.length ? <Grants of={provider.default_roles} /> : "nothing"}
        </Fact>
        {provider.group_roles.length > 0 && (
          <Fact name={`By group (${provider.groups_claim})`}>
            {provider.group_roles.map((one) => (
              <div key={`${one.group} ${one.role} ${one.source}`} className={row}>
                {one.group} <Grants of={[one]} />
              </div>
            ))}
          </Fact>
        )}
        <Fact name="Added">
          <Ago at={provider.created_at} />
        </Fact>
      </Facts>
      <div className={row}>
        <RowButton verb="Test" of={provider.name} onPress={test} isPending={isTesting} />
        <RowButton verb="Change" of={provider.name} onPress={onChange} />
        <RowButton verb="Remove" of={provider.name} look="danger" onPress={() => setRemoving(true)} />
      </div>
      {tested && (
        <Note tone="good">
          <p role="status">
            {tested.issuer} answered <Ago at={tested.looked_at} />: what it says of itself is right, and its keys are
            there. Whether a sign-in goes through shows at the address below, in a private window.
          </p>
        </Note>
      )}
      {error !== null && <ErrorBox error={Problem.of(error)} retry={test} />}
      <div className={stack}>
        <p className={muted}>Give this address to your people:</p>
        <Snippet text={provider.sign_in} what={`sign-in address of ${provider.name}`} />
        <p className={muted}>
          Register these at the provider: where people come back, and where it tells of a sign-out.
        </p>
        <Snippet text={provider.callback} what={`redirect URI of ${provider.name}`} />
        <Snippet text={provider.logout} what={`back-channel logout URI of ${provider.name}`} />
      </div>
      <Confirm
        title={`Remove provider “${provider.name}”?`}
        verb="Remove provider"
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        onConfirm={async () => {
          await api("DELETE", path);
          await again(tenant);
          toast(`Provider ${provider.name} is removed`);
        }}
      >
        Its sessions end at once, and its people are told. Whoever has no other way to sign in cannot come back.
      </Confirm>
    </article>
  );
}
