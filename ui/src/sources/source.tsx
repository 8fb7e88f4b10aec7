// One source: its keys, how long it keeps events, how to send to it, and what is done to what comes.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { api } from "../api/client";
import { queries, sources as sourcesQuery } from "../api/queries";
import type { NewApiKey, Source } from "../api/types";
import { FirstLog } from "../first-run/first-log";
import { Button, LinkButton, Select } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import kit from "../kit/page.module.css";
import { Empty, ErrorBox, Waiting } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Named } from "../sign-in/named";
import { Keys } from "./api-keys";
import { useMayWith } from "./may";
import { RETENTIONS } from "./retention";

const SourceQuota = lazy(async () => ({ default: (await import("./quota")).SourceQuota }));
const DropFilters = lazy(async () => ({ default: (await import("./drop-filters")).DropFiltersPanel }));
const Archive = lazy(async () => ({ default: (await import("./archive-panel")).ArchivePanel }));
const Pipeline = lazy(async () => ({ default: (await import("./pipeline-panel")).PipelinePanel }));
const Treatment = lazy(async () => ({ default: (await import("./treatment")).Treatment }));

export function SourcePage() {
  const { source: id } = useParams({ from: "/inside/sources/$source" });
  const me = useMe();
  const { data: all, error, refetch } = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const source = all?.find((one) => one.id === id);
  useEffect(() => {
    document.title = `${source?.name ?? "Source"} - Blockhouse`;
  }, [source?.name]);
  if (error && !all)
    return (
      <div className={kit.page}>
        <ErrorBox error={error} retry={() => void refetch()} />
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
  // Nothing of one source, such as a key that was made, is shown with another.
  return <Whole key={source.id} source={source} tenant={me.tenant ?? ""} />;
}

function Whole({ source, tenant }: { source: Source; tenant: string }) {
  const navigate = useNavigate();
  const [isSending, setSending] = useState(false);
  const [isRenaming, setRenaming] = useState(false);
  // The newest write key that was made here: how to send needs no other one.
  const [made, setMade] = useState<NewApiKey | null>(null);
  const may = useMayWith(source.id);
  return (
    <div className={kit.page}>
      <div className={kit.head}>
        <h1>{source.name}</h1>
        <div className={kit.row}>
          <LinkButton href={`/app/logs?s=${source.id}`}>Logs</LinkButton>
          {may("logs:write") && <LinkButton href={`/app/jobs/import?s=${source.id}`}>Import a file</LinkButton>}
          {may("source:configure") && <Button onPress={() => setRenaming(true)}>Rename</Button>}
          <Button onPress={() => setSending(!isSending)} pressed={isSending}>
            How to send
          </Button>
        </div>
      </div>
      <dl className={kit.facts}>
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
        <Retention source={source} tenant={tenant} />
      </dl>
      {isSending && (
        <section className={kit.panel} aria-label="How to send">
          <FirstLog
            source={source}
            writeKey={made?.key ?? null}
            onKey={setMade}
            mayRead={may("logs:read") === true}
            onOpen={() => void navigate({ to: "/logs", search: { s: source.id } })}
          />
        </section>
      )}
      {isRenaming && (
        <Named
          title={`Rename source “${source.name}”`}
          verb="Rename source"
          given={source.name}
          help="Keys, links, alerts and events stay as they are."
          onClose={() => setRenaming(false)}
          onName={async (name) => {
            await api("PATCH", `/v1/sources/${source.id}`, { name });
            await queries.invalidateQueries({ queryKey: ["sources", tenant] });
          }}
        />
      )}
      <Keys
        source={source}
        onMade={(key) => key.kind === "write" && setMade(key)}
        onRevoked={(id) => made?.id === id && setMade(null)}
      />
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
        Events older than {wanted} days are deleted, and their data keys destroyed. Nobody can bring them back, not even
        from a backup.
      </Confirm>
    </div>
  );
}
