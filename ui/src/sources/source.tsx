// One source: its keys, how long it keeps events, how to send to it, and what is done to what comes.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { api } from "../api/client";
import { keys as keysQuery, queries, sources as sourcesQuery } from "../api/queries";
import type { ApiKey, KeyKind, NewApiKey, Source } from "../api/types";
import { FirstLog } from "../first-run/first-log";
import { Button, Field, LinkButton, Select } from "../kit/controls";
import { Actions, Confirm, Dialog } from "../kit/dialog";
import { OnlyLooks } from "../kit/page";
import { Badge, Empty, ErrorBox, SecretOnce, Table, Waiting } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { useMayWith } from "./may";
import { RETENTIONS } from "./retention";
import css from "./sources.module.css";

const SourceQuota = lazy(async () => ({ default: (await import("./quota")).SourceQuota }));
const DropFilters = lazy(async () => ({ default: (await import("./drop-filters")).DropFiltersPanel }));
const Archive = lazy(async () => ({ default: (await import("./archive-panel")).ArchivePanel }));
const Pipeline = lazy(async () => ({ default: (await import("./pipeline-panel")).PipelinePanel }));
const Treatment = lazy(async () => ({ default: (await import("./treatment")).Treatment }));
const SharedKeyDialog = lazy(async () => ({ default: (await import("./shared-key")).SharedKeyDialog }));

export function SourcePage() {
  const { source: id } = useParams({ from: "/inside/sources/$source" });
  const me = useMe();
  const navigate = useNavigate();
  const { data: all, error } = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const [isSending, setSending] = useState(false);
  const may = useMayWith(id);
  const source = all?.find((one) => one.id === id);
  useEffect(() => {
    document.title = `${source?.name ?? "Source"} - Blockhouse`;
  }, [source?.name]);
  if (error)
    return (
      <div className={css.page}>
        <ErrorBox error={error} />
      </div>
    );
  if (!all) return <Waiting>Asking for the source …</Waiting>;
  if (!source) {
    return (
      <Empty title="There is no such source here" action={<LinkButton href="/app/sources">All sources</LinkButton>}>
        It may belong to another organization, or you may not see it.
      </Empty>
    );
  }
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>{source.name}</h1>
        <div className={css.actions}>
          <LinkButton href={`/app/logs?s=${source.id}`}>Logs</LinkButton>
          {may("logs:write") && <LinkButton href={`/app/jobs/import?s=${source.id}`}>Import a file</LinkButton>}
          {may("keys:manage") && may("logs:write") && (
            <Button onPress={() => setSending(!isSending)} pressed={isSending}>
              How to send
            </Button>
          )}
        </div>
      </div>
      <dl className={css.facts}>
        <div>
          <dt>Id</dt>
          <dd>
            <code>{source.id}</code>
          </dd>
        </div>
        <div>
          <dt>Made</dt>
          <dd>
            <Ago at={source.created_at} />
          </dd>
        </div>
        <Retention source={source} tenant={me.tenant ?? ""} />
      </dl>
      {isSending && (
        <section className={css.panel} aria-label="How to send">
          <FirstLog
            source={source}
            writeKey={null}
            onOpen={() => void navigate({ to: "/logs", search: { s: source.id } })}
          />
        </section>
      )}
      <Keys source={source} />
      <Suspense fallback={<Waiting>Asking for what is done to records …</Waiting>}>
        <SourceQuota source={source} />
        <DropFilters source={source} />
        <Treatment source={source} />
        <Pipeline source={source} />
        <Archive source={source} />
      </Suspense>
    </div>
  );
}

function Retention({ source, tenant }: { source: Source; tenant: string }) {
  const mayChange = useMayWith(source.id)("source:configure") === true;
  const [wanted, setWanted] = useState<number | null>(null);
  const set = async (days: number) => {
    await api("PATCH", `/v1/sources/${source.id}`, { retention_days: days });
    await queries.invalidateQueries({ queryKey: ["sources", tenant] });
    toast(`Events of ${source.name} are kept for ${days} days`);
  };
  const change = (value: string) => {
    const days = Number(value);
    if (days < source.retention_days) setWanted(days);
    else void set(days).catch((error: Error) => toast(error.message, { kind: "failed" }));
  };
  const known = RETENTIONS.some((one) => one.id === String(source.retention_days));
  const options = known
    ? RETENTIONS
    : [{ id: String(source.retention_days), name: `${source.retention_days} days` }, ...RETENTIONS];
  return (
    <div>
      <dt>Events are kept for</dt>
      <dd>
        {mayChange ? (
          <Select
            label="Events are kept for"
            hideLabel
            options={options}
            value={String(source.retention_days)}
            onChange={change}
          />
        ) : (
          options.find((one) => one.id === String(source.retention_days))?.name
        )}
      </dd>
      <Confirm
        title={`Keep events for ${wanted ?? 0} days only?`}
        verb="Shorten retention"
        isOpen={wanted !== null}
        onClose={() => setWanted(null)}
        onConfirm={() => set(wanted ?? source.retention_days)}
      >
        Events older than {wanted} days are deleted, and their data keys destroyed. Nobody can bring them back, from a
        backup neither.
      </Confirm>
    </div>
  );
}

function Keys({ source }: { source: Source }) {
  const may = useMayWith(source.id);
  const [maySee, mayManage] = [may("keys:view"), may("keys:manage") === true];
  const mayShare = mayManage && may("logs:write") === true;
  const { data, error, refetch } = useQuery({ ...keysQuery(source.id), enabled: maySee === true });
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewApiKey | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const [rotating, setRotating] = useState<ApiKey | null>(null);
  const [sharing, setSharing] = useState<ApiKey | null>(null);
  const again = () => queries.invalidateQueries({ queryKey: ["keys", source.id] });
  const sorted = [...(data ?? [])].sort(
    (a, b) => Number(a.state !== "active") - Number(b.state !== "active") || b.created_at.localeCompare(a.created_at),
  );
  return (
    <>
      <div className={css.head}>
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
              <td>{key.name}</td>
              <td>{key.kind}</td>
              <td>
                <State state={key.state} />
              </td>
              <td>{key.last_used_at ? <Ago at={key.last_used_at} /> : "never"}</td>
              <td>
                {key.revoked_at ? <Ago at={key.revoked_at} /> : key.expires_at ? <Ago at={key.expires_at} /> : "never"}
              </td>
              <td>
                {mayManage && key.state === "active" && (
                  <div className={css.actions}>
                    {mayShare && key.kind === "write" && (
                      <Button size="small" onPress={() => setSharing(key)} aria-label={`Shared key of ${key.name}`}>
                        Shared key
                      </Button>
                    )}
                    <Button size="small" onPress={() => setRotating(key)} aria-label={`Rotate ${key.name}`}>
                      Rotate
                    </Button>
                    <Button
                      size="small"
                      look="danger"
                      onPress={() => setRevoking(key)}
                      aria-label={`Revoke ${key.name}`}
                    >
                      Revoke
                    </Button>
                  </div>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <NewKey
        isOpen={isMaking}
        onClose={() => setMaking(false)}
        source={source}
        onMade={(key) => {
          setMade(key);
          void again();
        }}
      />
      <Rotate
        old={rotating}
        source={source}
        onClose={() => setRotating(null)}
        onMade={(key) => {
          setMade(key);
          void again();
        }}
      />
      {sharing && (
        <Suspense>
          <SharedKeyDialog source={source} of={sharing} onClose={() => setSharing(null)} />
        </Suspense>
      )}
      <Dialog title={`Key “${made?.name ?? ""}”`} isOpen={made !== null} onClose={() => setMade(null)} isKept>
        {made && <SecretOnce secret={made.key} what={`${made.kind} key`} />}
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
          await again();
        }}
      >
        Whoever uses it is refused from now on, and its open tails end.{" "}
        {revoking?.last_used_at ? (
          <>
            It was last used <Ago at={revoking.last_used_at} />.
          </>
        ) : (
          "It was never used."
        )}
      </Confirm>
    </>
  );
}

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
        <div className={css.pair}>
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
      {error !== null && <ErrorBox error={error} />}
      <Form onCancel={onClose} verb="Rotate key" onSubmit={submit} onError={setError}>
        <Select label="The old key ends" options={OVERLAPS} value={overlap} onChange={setOverlap} />
      </Form>
    </Dialog>
  );
}
