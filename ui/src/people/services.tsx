// Service accounts: programs with roles and keys of their own.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import {
  type Grant,
  type NewServiceKey,
  type ServiceAccount,
  type ServiceKey,
  serviceKeys,
  services as servicesQuery,
  useMay,
} from "../api/people";
import { queries } from "../api/queries";
import { Button, Field, RowButton, Select } from "../kit/controls";
import { Actions, Confirm, Dialog } from "../kit/dialog";
import { Asked, Behind, muted, OnlyLooks, Page, Panel, row } from "../kit/page";
import { Badge, Empty, ErrorBox, SecretOnce, Table } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { TeamPages } from "./pages";
import { Grants, RolesField } from "./roles-field";

const RIGHT = "services:manage";

export function Services() {
  const me = useMe();
  const may = useMay(RIGHT);
  const [isOpen, setOpen] = useState(me.fresh);
  const asked = useQuery({ ...servicesQuery(me.tenant), enabled: isOpen && may === true && me.tenant !== null });
  const [edited, setEdited] = useState<ServiceAccount | "new" | null>(null);
  const make = (
    <Button look="primary" onPress={() => setEdited("new")}>
      New service account
    </Button>
  );
  return (
    <Page title="Service accounts" lead={<TeamPages />} actions={asked.data?.length ? make : undefined}>
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none.</Empty>
      ) : may === false ? (
        <OnlyLooks right={RIGHT} what="see and change them" />
      ) : (
        <Behind what="the service accounts" isOpen={isOpen} onOpen={() => setOpen(true)}>
          <Asked of={asked} what="the service accounts">
            {(all) =>
              all.length === 0 ? (
                <Empty title="No service accounts yet" action={make}>
                  A service account is for a program that reads or manages more than one source, with roles like a
                  person's. To send logs, a source's own key is enough.
                </Empty>
              ) : (
                all.map((account) => (
                  <Account
                    key={account.id}
                    account={account}
                    tenant={me.tenant ?? ""}
                    onChange={() => setEdited(account)}
                  />
                ))
              )
            }
          </Asked>
        </Behind>
      )}
      {edited && (
        <Editor
          key={edited === "new" ? "new" : edited.id}
          account={edited === "new" ? null : edited}
          tenant={me.tenant ?? ""}
          onClose={() => setEdited(null)}
        />
      )}
    </Page>
  );
}

const again = (tenant: string) => queries.invalidateQueries({ queryKey: ["/service-accounts", tenant] });

function Account({ account, tenant, onChange }: { account: ServiceAccount; tenant: string; onChange: () => void }) {
  const keys = useQuery(serviceKeys(tenant, account.id));
  const [isDeleting, setDeleting] = useState(false);
  const [isMaking, setMaking] = useState(false);
  const path = `/v1/tenants/${tenant}/service-accounts/${account.id}`;
  return (
    <Panel
      title={account.name}
      help={
        <>
          Made <Ago at={account.created_at} />
        </>
      }
      actions={
        <>
          <RowButton verb="New key" of={`for ${account.name}`} onPress={() => setMaking(true)} />
          <RowButton verb="Change roles" of={`of ${account.name}`} onPress={onChange} />
          <RowButton
            verb="Delete"
            of={`service account ${account.name}`}
            look="danger"
            onPress={() => setDeleting(true)}
          />
        </>
      }
    >
      <Grants of={account.roles} />
      <Asked of={keys} what="its keys">
        {(keys) =>
          keys.length === 0 ? (
            <p className={muted}>No keys: nothing can use it yet.</p>
          ) : (
            <Keys keys={keys} path={path} account={account} />
          )
        }
      </Asked>
      <NewKey isOpen={isMaking} onClose={() => setMaking(false)} path={path} account={account} />
      <Confirm
        title={`Delete service account “${account.name}”?`}
        verb="Delete service account"
        isOpen={isDeleting}
        onClose={() => setDeleting(false)}
        onConfirm={async () => {
          await api("DELETE", path);
          await again(tenant);
          toast(`Service account ${account.name} is deleted`);
        }}
      >
        Its keys open nothing from now on.
      </Confirm>
    </Panel>
  );
}

function stateOf(key: ServiceKey): ["active" | "expired" | "revoked", "good" | "warn" | "bad"] {
  if (key.revoked_at) return ["revoked", "bad"];
  if (key.expires_at && Date.parse(key.expires_at) <= Date.now()) return ["expired", "warn"];
  return ["active", "good"];
}

function Keys({ keys, path, account }: { keys: readonly ServiceKey[]; path: string; account: ServiceAccount }) {
  const [revoking, setRevoking] = useState<ServiceKey | null>(null);
  return (
    <>
      <Table
        label={`Keys of ${account.name}`}
        columns={["Key", "State", "Last used", "Made", "Ends", { name: "Actions", hidden: true }]}
      >
        {keys.map((key) => {
          const [state, tone] = stateOf(key);
          const end = key.revoked_at ?? key.expires_at;
          return (
            <tr key={key.id}>
              <td>
                <code>{key.prefix}</code>
              </td>
              <td>
                <Badge tone={tone}>{state}</Badge>
              </td>
              <td>{key.last_used_at ? <Ago at={key.last_used_at} /> : "never"}</td>
              <td>
                <Ago at={key.created_at} />
              </td>
              <td>{end ? <Ago at={end} /> : "never"}</td>
              <td>
                {state === "active" && (
                  <div className={row}>
                    <RowButton verb="Revoke" of={`key ${key.prefix}`} look="danger" onPress={() => setRevoking(key)} />
                  </div>
                )}
              </td>
            </tr>
          );
        })}
      </Table>
      <Confirm
        title={`Revoke key ${revoking?.prefix ?? ""}?`}
        verb="Revoke key"
        isOpen={revoking !== null}
        onClose={() => setRevoking(null)}
        onConfirm={async () => {
          await api("DELETE", `${path}/keys/${revoking?.id}`);
          await queries.invalidateQueries({ queryKey: ["service-keys", account.id] });
        }}
      >
        Whatever uses it is refused from now on.
      </Confirm>
    </>
  );
}

const LIVES = [
  { id: "7", name: "7 days" },
  { id: "30", name: "30 days" },
  { id: "90", name: "90 days" },
  { id: "365", name: "a year" },
  { id: "never", name: "never" },
];

function NewKey(props: { isOpen: boolean; onClose: () => void; path: string; account: ServiceAccount }) {
  const [life, setLife] = useState("90");
  const [made, setMade] = useState<NewServiceKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    const days = life === "never" ? null : Number(life);
    setMade(await api<NewServiceKey>("POST", `${props.path}/keys`, { days }));
    await queries.invalidateQueries({ queryKey: ["service-keys", props.account.id] });
  };
  const close = () => {
    setMade(null);
    setError(null);
    props.onClose();
  };
  return (
    <Dialog
      title={`New key for “${props.account.name}”`}
      isOpen={props.isOpen}
      onClose={close}
      isKept
      isShownOnce={made !== null}
    >
      {error !== null && <ErrorBox error={error} />}
      {made ? (
        <>
          <SecretOnce secret={made.key} what="key" />
          <Actions>
            <Button look="primary" onPress={close}>
              I have copied the key
            </Button>
          </Actions>
        </>
      ) : (
        <Form onCancel={close} verb="Make key" onSubmit={submit} onError={setError}>
          <Select label="It ends after" options={LIVES} value={life} onChange={setLife} />
        </Form>
      )}
    </Dialog>
  );
}

function Editor(props: { account: ServiceAccount | null; tenant: string; onClose: () => void }) {
  const { account } = props;
  const [name, setName] = useState("");
  const [roles, setRoles] = useState<Grant[]>(account?.roles ?? [{ role: "read-only", source: null }]);
  const [error, setError] = useState<unknown>(null);
  const path = `/v1/tenants/${props.tenant}/service-accounts`;
  const submit = async () => {
    if (account) await api("PUT", `${path}/${account.id}`, { roles });
    else await api("POST", path, { name: name.trim(), roles });
    await again(props.tenant);
    props.onClose();
  };
  return (
    <Dialog
      title={account ? `Change roles of “${account.name}”` : "New service account"}
      isOpen
      onClose={props.onClose}
      isKept
      wide
    >
      {error !== null && <ErrorBox error={error} />}
      <Form
        onCancel={props.onClose}
        verb={account ? "Save roles" : "Make service account"}
        onSubmit={submit}
        onError={setError}
        isDisabled={(!account && !name.trim()) || roles.length === 0}
      >
        {!account && (
          <Field
            label="Name"
            help="Which program it is for."
            value={name}
            onChange={setName}
            maxLength={64}
            autoFocus
            isRequired
          />
        )}
        <RolesField label="Roles" value={roles} onChange={setRoles} />
      </Form>
    </Dialog>
  );
}
