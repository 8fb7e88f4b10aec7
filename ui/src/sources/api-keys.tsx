// The API keys of a source: made, shown once with how to send, rotated, revoked.

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Fragment, lazy, Suspense, useState } from "react";
import { api } from "../api/client";
import { keys as keysQuery, queries } from "../api/queries";
import type { ApiKey, KeyKind, NewApiKey, Source } from "../api/types";
import { who } from "../audit/trail";
import { FirstLog } from "../first-run/first-log";
import { Button, Field, RowButton, Select } from "../kit/controls";
import { Actions, Confirm, Dialog } from "../kit/dialog";
import { OnlyLooks } from "../kit/page";
import kit from "../kit/page.module.css";
import { Badge, Empty, ErrorBox, SecretOnce, Table, Waiting } from "../kit/states";
import { Ago } from "../kit/time";
import { useOpened } from "../shell/opened";
import { Form } from "../sign-in/ways";
import { useMayWith } from "./may";
import css from "./sources.module.css";

const SharedKeyDialog = lazy(async () => ({ default: (await import("./shared-key")).SharedKeyDialog }));

export function Keys(props: { source: Source; onMade: (key: NewApiKey) => void; onRevoked: (id: string) => void }) {
  const { source } = props;
  const navigate = useNavigate();
  const may = useMayWith(source.id);
  const [maySee, mayManage] = [may("keys:view"), may("keys:manage") === true];
  const mayShare = mayManage && may("logs:write") === true;
  const { data, error, refetch } = useQuery({ ...keysQuery(source.id), enabled: maySee === true });
  const [isMaking, setMaking] = useOpened("new-key");
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [revoked, setRevoking] = useState<ApiKey | null>(null);
  const [rotated, setRotating] = useState<ApiKey | null>(null);
  // Where a key is used is told as of now, and not as of when the list came.
  const asOfNow = (key: ApiKey | null) => data?.find((one) => one.id === key?.id) ?? key;
  const [revoking, rotating] = [asOfNow(revoked), asOfNow(rotated)];
  const ask = (open: (key: ApiKey) => void, key: ApiKey) => {
    open(key);
    void refetch();
  };
  const [sharing, setSharing] = useState<ApiKey | null>(null);
  const again = () => {
    // They say how many keys there are.
    void queries.invalidateQueries({ queryKey: ["sources"] });
    return queries.invalidateQueries({ queryKey: ["keys", source.id] });
  };
  const show = (key: NewApiKey) => {
    setMade(key);
    props.onMade(key);
  };
  const keep = (key: NewApiKey) => {
    show(key);
    void again();
  };
  const sorted = [...(data ?? [])].sort(
    (a, b) => Number(a.state !== "active") - Number(b.state !== "active") || b.created_at.localeCompare(a.created_at),
  );
  return (
    <>
      <div className={kit.head}>
        <h2>API keys</h2>
        {mayManage && (
          <Button look="primary" onPress={() => setMaking(true)}>
            New key
          </Button>
        )}
      </div>
      {maySee === false ? (
        <OnlyLooks right="keys:view" what="see them" />
      ) : error ? (
        <ErrorBox error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Waiting>Asking for the keys …</Waiting>
      ) : data.length === 0 ? (
        <Empty title="No keys yet">A key opens this source alone, in one direction: to write, or to read.</Empty>
      ) : (
        <Table
          label="API keys"
          columns={["Key", "Name", "May", "State", "Last used", "Ends", { name: "Actions", hidden: true }]}
        >
          {sorted.map((key) => (
            <tr key={key.id}>
              <td>
                <code>{key.prefix}</code>
              </td>
              <td>
                {key.name}
                <MadeBy of={key} />
              </td>
              <td>{key.kind}</td>
              <td>
                <State state={key.state} />
              </td>
              <td>
                {key.last_used_at ? <Ago at={key.last_used_at} /> : "never"}
                {key.used_from.length > 0 && <div className={kit.muted}>from {addresses(key)}</div>}
              </td>
              <td>
                {key.revoked_at ? <Ago at={key.revoked_at} /> : key.expires_at ? <Ago at={key.expires_at} /> : "never"}
              </td>
              <td>
                {mayManage && key.state === "active" && (
                  <div className={css.actions}>
                    {mayShare && key.kind === "write" && (
                      <RowButton verb="Shared key" of={`of ${key.name}`} onPress={() => setSharing(key)} />
                    )}
                    <RowButton verb="Rotate" of={key.name} onPress={() => ask(setRotating, key)} />
                    <RowButton verb="Revoke" of={key.name} look="danger" onPress={() => ask(setRevoking, key)} />
                  </div>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <NewKey isOpen={isMaking && mayManage} onClose={() => setMaking(false)} source={source} onMade={keep} />
      <Rotate old={rotating} source={source} onClose={() => setRotating(null)} onMade={keep} />
      {sharing && (
        <Suspense>
          <SharedKeyDialog source={source} of={sharing} onClose={() => setSharing(null)} />
        </Suspense>
      )}
      <Dialog title={`Key “${made?.name ?? ""}”`} isOpen={made !== null} onClose={() => setMade(null)} isShownOnce wide>
        {made && <SecretOnce secret={made.key} what={`${made.kind} key`} />}
        {made?.kind === "write" && (
          <FirstLog
            source={source}
            writeKey={made.key}
            onKey={show}
            isToldOnce
            mayRead={may("logs:read") === true}
            onOpen={() => void navigate({ to: "/logs", search: { s: source.id } })}
          />
        )}
        <Actions>
          <Button look="primary" onPress={() => setMade(null)}>
            I have copied the key
          </Button>
        </Actions>
      </Dialog>
      <Confirm
        title={`Revoke key “${revoking?.name ?? ""}”?`}
        verb="Revoke key"
        isOpen={revoking !== null}
        onClose={() => setRevoking(null)}
        onConfirm={async () => {
          await api("DELETE", `/v1/sources/${source.id}/keys/${revoking?.id}`);
          if (revoking) props.onRevoked(revoking.id);
          await again();
        }}
      >
        Whoever uses it is refused from now on, and its open tails end.{" "}
        {revoking?.last_used_at ? (
          <>
            It was last used <Ago at={revoking.last_used_at} />
            {revoking.used_from.length > 0 && <>, from {addresses(revoking)}</>}.
          </>
        ) : (
          "It was never used."
        )}
      </Confirm>
    </>
  );
}

function MadeBy({ of }: { of: ApiKey }) {
  const { made_by: maker, created_at } = of;
  if (!maker) return null;
  const names = new Map(maker.name && "id" in maker.actor ? [[maker.actor.id, maker.name]] : []);
  return (
    <div className={kit.muted}>
      made by {who(maker.actor, names)}, <Ago at={created_at} />
    </div>
  );
}

/** Each with when it was used from there last. */
function Addresses({ of }: { of: ApiKey }) {
  return of.used_from.map((one, index) => (
    <Fragment key={one.address}>
      {index > 0 && ", "}
      {one.address} (<Ago at={one.at} />)
    </Fragment>
  ));
}

const addresses = (key: ApiKey) => key.used_from.map((one) => one.address).join(", ");

function State({ state }: { state: ApiKey["state"] }) {
  if (state === "active") return <Badge tone="good">active</Badge>;
  return <Badge tone={state === "revoked" ? "bad" : "warn"}>{state}</Badge>;
}

const KINDS = [
  { id: "write" as const, name: "write to this source" },
  { id: "read" as const, name: "read this source" },
];
const LIVES = [
  { id: "7", name: "7 days" },
  { id: "30", name: "30 days" },
  { id: "90", name: "90 days" },
  { id: "365", name: "a year" },
  { id: "never", name: "never" },
];

function NewKey(props: { isOpen: boolean; onClose: () => void; source: Source; onMade: (key: NewApiKey) => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<KeyKind>("write");
  const [life, setLife] = useState("90");
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setName("");
    setError(null);
    props.onClose();
  };
  const submit = async () => {
    const days = life === "never" ? null : Number(life);
    const made = await api<NewApiKey>("POST", `/v1/sources/${props.source.id}/keys`, { kind, name: name.trim(), days });
    close();
    props.onMade(made);
  };
  return (
    <Dialog title="New key" isOpen={props.isOpen} onClose={close} isKept>
      {error !== null && <ErrorBox error={error} />}
      <Form onCancel={close} verb="Make key" onSubmit={submit} onError={setError} isDisabled={!name.trim()}>
        <Field
          label="Name"
          help="Who or what will use it."
          value={name}
          onChange={setName}
          maxLength={64}
          autoFocus
          isRequired
        />
        <div className={kit.pair}>
          <Select label="It may" options={KINDS} value={kind} onChange={setKind} />
          <Select label="It ends after" options={LIVES} value={life} onChange={setLife} />
        </div>
      </Form>
    </Dialog>
  );
}

const OVERLAPS = [
  { id: "0", name: "at once" },
  { id: "3600", name: "in an hour" },
  { id: "86400", name: "in a day" },
  { id: "604800", name: "in a week" },
];

function Rotate({
  old,
  source,
  onClose,
  onMade,
}: {
  old: ApiKey | null;
  source: Source;
  onClose: () => void;
  onMade: (key: NewApiKey) => void;
}) {
  const [overlap, setOverlap] = useState("86400");
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    if (!old) return;
    const path = `/v1/sources/${source.id}/keys/${old.id}/rotate`;
    const made = await api<NewApiKey>("POST", path, { overlap_seconds: Number(overlap) });
    onClose();
    onMade(made);
  };
  return (
    <Dialog title={`Rotate key “${old?.name ?? ""}”`} isOpen={old !== null} onClose={onClose} isKept>
      <p>
        A new key with the same name and permissions is made. The old one goes on for a while, so that nothing is
        refused meanwhile.
      </p>
      {old && old.used_from.length > 0 && (
        <p>
          Still to be changed where it was used lately: <Addresses of={old} />
        </p>
      )}
      {error !== null && <ErrorBox error={error} />}
      <Form onCancel={onClose} verb="Rotate key" onSubmit={submit} onError={setError}>
        <Select label="The old key ends" options={OVERLAPS} value={overlap} onChange={setOverlap} />
      </Form>
    </Dialog>
  );
}
