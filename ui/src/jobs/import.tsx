// A file becomes records of a source: which file, how it is read, and what will happen.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useKeeperName } from "../alerts/named";
import { api } from "../api/client";
import {
  type ImportCompression,
  type ImportFormat,
  isOpen,
  type Job,
  job as jobQuery,
  jobsKey,
  type NewImport,
  newestJobs,
} from "../api/jobs";
import { ownAbilities } from "../api/people";
import { queries, sources as sourcesQuery } from "../api/queries";
import type { Source } from "../api/types";
import { LinkButton, Select, TextLink } from "../kit/controls";
import { LogLine } from "../kit/log";
import { Asked, muted, Page, Panel, pair, plain, rowOf, rows, whole } from "../kit/page";
import { Empty, ErrorBox, Meter, Note } from "../kit/states";
import { flat } from "../kit/text";
import { Ago, count } from "../kit/time";
import { NotAllowed } from "../kit/unready";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { ChooseFile } from "./choose";
import { digestOf, HEAD_BYTES, type Looks, looksOf, titleOf } from "./file";
import { unreadable } from "./going-on";
import { amountOf, percent } from "./pace";
import { begin } from "./uploads";
import { compressions, formats, standing } from "./words";

const RIGHT = "logs:write";
// As the server has it: `IMPORT_BYTES_MAX`.
const BYTES_MAX = 16 * 1024 ** 3;

export function ImportPage() {
  const me = useMe();
  const asked = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const { data: abilities } = useQuery(ownAbilities);
  const places = abilities?.find((one) => one.permission === RIGHT && one.allowed)?.places ?? [];
  const mayInto = (source: Source) => places.some((place) => place.at !== "source" || place.source === source.id);
  return (
    <Page title="Import a file" lead={<TextLink href="/app/jobs">All jobs</TextLink>}>
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none, so there is no source to import into.</Empty>
      ) : (
        <Asked of={asked} what="the sources">
          {(all) => {
            if (!abilities) return null;
            const open = all.filter(mayInto);
            if (open.length > 0) return <Import all={open} tenant={me.tenant ?? ""} />;
            if (all.length > 0) return <NotAllowed permission={RIGHT} what="where a file could be imported to" />;
            return (
              <Empty title="No sources yet" action={<LinkButton href="/app/sources">Sources</LinkButton>}>
                A file is imported into a source. Make one first.
              </Empty>
            );
          }}
        </Asked>
      )}
    </Page>
  );
}

type Chosen = { file: File; looks: Looks | null; read: number; digest: string | null };

/** What was chosen, as far as it is known; reading goes on until another file is chosen. */
function useChosen() {
  const [file, setFile] = useState<File | null>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    setError(null);
    setChosen(null);
    if (!file) return;
    if (file.size === 0) return setError(new Error("the file is empty: there is nothing to import"));
    if (file.size > BYTES_MAX)
      return setError(new Error(`the file is too large: an import has at most ${amountOf(BYTES_MAX, "bytes")}`));
    const stop = new AbortController();
    const tell = (known: Partial<Chosen>) =>
      stop.signal.aborted ||
      setChosen((now) => ({ looks: null, read: 0, digest: null, ...(now?.file === file ? now : {}), ...known, file }));
    const read = async () => {
      tell({ looks: await looksOf(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer())) });
      tell({ digest: await digestOf(file, (read) => tell({ read }), stop.signal) });
    };
    read().catch((failed: unknown) => stop.signal.aborted || setError(unreadable(failed)));
    return () => stop.abort();
  }, [file]);
  return { chosen, choose: setFile, error };
}

function Import({ all, tenant }: { all: readonly Source[]; tenant: string }) {
  const navigate = useNavigate();
  const { s } = useSearch({ from: "/inside/jobs/import" });
  const source = all.find((one) => one.id === s) ?? (all.length === 1 ? all[0] : undefined);
  const { chosen, choose, error: wrong } = useChosen();
  const [format, setFormat] = useState<ImportFormat>("auto");
  const [compression, setCompression] = useState<ImportCompression>("auto");
  const [error, setError] = useState<unknown>(null);
  const looks = chosen?.looks;
  const readAs = formats(looks?.format ?? null);
  const { isKnown, earlier } = useEarlier(tenant, source, chosen?.digest ?? null);
  const show = async (job: Job) => {
    queries.setQueryData(jobQuery(job.id).queryKey, job);
    await navigate({ to: "/jobs/$job", params: { job: job.id } });
  };
  const goesOn = earlier?.isMine && isOpen(earlier.job) ? earlier.job : null;
  const verb = goesOn
    ? goesOn.state === "receiving"
      ? "Go on with the upload"
      : "See how far it is"
    : earlier
      ? "Import it once more"
      : looks?.doubt
        ? "Import it all the same"
        : "Import file";
  const submit = async () => {
    if (!source || !chosen?.digest) return;
    if (goesOn && goesOn.state !== "receiving") return show(goesOn);
    const wanted: NewImport = {
      name: titleOf(chosen.file.name),
      bytes: chosen.file.size,
      format,
      compression,
      digest: chosen.digest,
    };
    const job = goesOn ?? (await api<Job>("POST", `/v1/sources/${source.id}/imports`, wanted));
    begin(job, chosen.file, tenant);
    void queries.invalidateQueries({ queryKey: jobsKey(tenant) });
    await show(job);
  };
  return (
    <Form
      verb={verb}
      onSubmit={submit}
      onError={setError}
      isDisabled={!source || !chosen?.digest || !isKnown || wrong !== null}
    >
      <Panel title="Where to">
        <Select
          label="Source"
          placeholder="Choose a source"
          options={all}
          value={source?.id ?? null}
          onChange={(s) => void navigate({ to: "/jobs/import", search: { s }, replace: true })}
        />
      </Panel>
      <Panel title="Which file">
        <ChooseFile verb={chosen ? "Choose another file" : "Choose a file"} onFile={choose} />
        {wrong !== null && <ErrorBox error={wrong} />}
        {chosen && wrong === null && <TheFile chosen={chosen} />}
      </Panel>
      {chosen && wrong === null && (
        <Panel title="How it is read">
          <div className={pair}>
            <Select label="Format" options={readAs} value={format} onChange={setFormat} />
            <Select
              label="Compression"
              options={compressions(looks?.compression ?? null)}
              value={compression}
              onChange={setCompression}
            />
          </div>
          <p className={muted}>{readAs.find((one) => one.id === format)?.help}</p>
        </Panel>
      )}
      <WhatHappens source={source} />
      {earlier && <Earlier {...earlier} />}
      {error !== null && <ErrorBox error={error} />}
    </Form>
  );
}

function TheFile({ chosen: { file, looks, read, digest } }: { chosen: Chosen }) {
  return (
    <>
      <p>
        <strong>
          <bdi className={whole}>{flat(file.name)}</bdi>
        </strong>{" "}
        <span className={muted}>{amountOf(file.size, "bytes")}</span>
      </p>
      {looks?.doubt && (
        <Note tone="warn">
          <p>{looks.doubt}</p>
        </Note>
      )}
      {looks && looks.lines.length > 0 && (
        <div>
          <span className={muted}>It begins with</span>
          <ul className={rows} aria-label="First lines">
            {looks.lines.map((line, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and never move
              <li key={at} className={rowOf}>
                <span className={whole}>
                  <LogLine text={line} />
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {digest === null && (
        <div role="status">
          <span className={muted}>Reading it, so that an upload that stops can go on: {percent(read, file.size)}</span>
          <Meter share={read / file.size} label={`${percent(read, file.size)} of the file is read`} />
        </div>
      )}
    </>
  );
}

function WhatHappens({ source }: { source: Source | undefined }) {
  const name = source?.name ?? "the source";
  return (
    <Panel title="What will happen">
      <ul className={plain}>
        <li>
          The file is uploaded in pieces, sealed as they come. Until it is there, keep this tab open; if the upload
          stops, choose the same file again, and it goes on.
        </li>
        <li>
          Then the server stores its records in {name}, whether or not anybody looks: masked, filtered, read and counted
          as all others that come in.
        </li>
        <li>
          A record counts by its own time, and by that of the import where it has none.
          {source && ` It is kept for ${count.format(source.retention_days)} days from the import on.`}
        </li>
        <li>You can cancel it at any time: records that are stored by then stay, and what was uploaded is removed.</li>
      </ul>
    </Panel>
  );
}

/** The newest job that has this very file for the same source. */
function useEarlier(tenant: string, source: Source | undefined, digest: string | null) {
  const me = useMe();
  const { data, error } = useQuery({ ...newestJobs(tenant), enabled: digest !== null });
  const same = data?.filter((one) => one.import.digest === digest && one.source.id === source?.id) ?? [];
  const job = same.find(isOpen) ?? same.find((one) => one.records.stored > 0);
  const isMine = job?.keeper.kind === "person" && job.keeper.id === me.id;
  return { isKnown: data !== undefined || error !== null, earlier: job && { job, isMine } };
}

function Earlier({ job, isMine }: { job: Job; isMine: boolean }) {
  const keeperOf = useKeeperName();
  const link = <TextLink href={`/app/jobs/${job.id}`}>its job</TextLink>;
  if (job.state === "receiving" && isMine)
    return (
      <Note tone="info">
        <p>
          You began to import this file <Ago at={job.created_at} />, and {amountOf(job.upload.received, "bytes")} of it
          are there. The upload goes on from there, with {link}, as it was said then.
        </p>
      </Note>
    );
  if (isOpen(job) && isMine)
    return (
      <Note tone="info">
        <p>
          You began to import this file <Ago at={job.created_at} />, and all of it is there; {link} is{" "}
          {standing(job).word}.
        </p>
      </Note>
    );
  return (
    <Note tone="warn">
      <p>
        This file was imported into {job.source.name} <Ago at={job.created_at} /> by {keeperOf(job.keeper)}; {link} is{" "}
        {standing(job).word}. Imported once more, its records are there twice.
      </p>
    </Note>
  );
}
