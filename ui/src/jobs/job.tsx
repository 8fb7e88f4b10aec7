// One job: how far it is, what ending it would do, and how it ended.

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useKeeperName } from "../alerts/named";
import { api, isRefused } from "../api/client";
import { isOpen, type Job, type JobException, jobPath, job as jobQuery, jobsKey } from "../api/jobs";
import { useMay } from "../api/people";
import { queries } from "../api/queries";
import { Button, LinkButton, TextLink } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, Fact, Facts, muted, OnlyLooks, Page, Panel, row } from "../kit/page";
import { Badge, Note, numberCell, Table } from "../kit/states";
import { flat } from "../kit/text";
import { Ago, count } from "../kit/time";
import { isNotThere, NotThere } from "../kit/unready";
import { useMe } from "../shell/shell";
import { useMayWith } from "../sources/may";
import { GoingOn } from "./going-on";
import { Into } from "./into";
import { useNow } from "./now";
import { Phases } from "./phases";
import { stop, useUpload } from "./uploads";
import { formatName, refusedWords, standing, waitWords } from "./words";

const RUNS_MS = 1_000;
const WAITS_MS = 3_000;

export function JobPage() {
  const { job: id } = useParams({ from: "/inside/jobs/$job" });
  const asked = useQuery({
    ...jobQuery(id),
    refetchInterval: ({ state: { data, error } }) => {
      if (isRefused(error) || (data && !isOpen(data))) return false;
      return data?.state === "waiting" || error ? WAITS_MS : RUNS_MS;
    },
  });
  const { data } = asked;
  return (
    <Page
      title={data ? flat(data.title) : "Job"}
      lead={<TextLink href="/app/jobs">All jobs</TextLink>}
      actions={data && isOpen(data) ? <Cancel job={data} /> : undefined}
    >
      {isNotThere(asked.error) && !data ? (
        <NotThere what="job" all={{ name: "All jobs", href: "/app/jobs" }} />
      ) : (
        <Asked of={asked} what="the job">
          {(job) => <Whole job={job} at={asked.dataUpdatedAt} />}
        </Asked>
      )}
    </Page>
  );
}

function Whole({ job, at }: { job: Job; at: number }) {
  const me = useMe();
  const keeperOf = useKeeperName();
  const upload = useUpload(job.id);
  const isUnder = isOpen(job);
  const now = useNow(isUnder);
  // Lists and the counter are as new as what this page saw.
  useEffect(() => {
    if (!isUnder) void queries.invalidateQueries({ queryKey: jobsKey(me.tenant) });
  }, [isUnder, me.tenant]);
  const { word, tone } = standing(job);
  // What waits for its turn is not quiet: nothing is expected of it.
  const isExpected = job.state === "running" || job.state === "receiving";
  const quiet = isExpected ? job.quiet_seconds + Math.max(0, now - at) / 1000 : 0;
  return (
    <>
      <p className="visually-hidden" role="status">
        The job is {word}.
      </p>
      <Facts>
        <Fact name="State">
          <Badge {...(tone ? { tone } : {})}>{word}</Badge>
        </Fact>
        <Fact name="Import into">
          <Into job={job} />
        </Fact>
        <Fact name="Made">
          <Ago at={job.created_at} /> by {keeperOf(job.keeper)}
        </Fact>
        {job.started_at && (
          <Fact name="Began">
            <Ago at={job.started_at} />
          </Fact>
        )}
        {job.ended_at && (
          <Fact name="Ended">
            <Ago at={job.ended_at} />
          </Fact>
        )}
        <Fact name="Read as">
          {formatName(job.import.format)}, compression{" "}
          {job.import.compression === "auto" ? "as it begins" : job.import.compression}
        </Fact>
      </Facts>
      {!isUnder && <End job={job} />}
      {job.waits && isUnder && (
        <Note tone="warn">
          <p role="status">
            It stands still since <Ago at={job.waits.since} />: {waitWords(job.waits.code)}. It is tried again by
            itself, and nothing is lost.
          </p>
        </Note>
      )}
      {job.state === "waiting" && (
        <p className={muted}>
          One job of an organization runs at a time, the oldest first. This page need not stay open.
        </p>
      )}
      {job.state === "receiving" && <GoingOn job={job} />}
      <Panel title="Progress">
        <Phases job={job} quiet={quiet} {...(upload ? { done: upload.received + upload.sending } : {})} />
        <Facts>
          <Fact name="Records stored">{count.format(job.records.stored)}</Fact>
          <Fact name="Dropped by filters">{count.format(job.records.dropped)}</Fact>
          <Fact name="Refused">{count.format(job.records.refused)}</Fact>
        </Facts>
      </Panel>
      <Exceptions job={job} />
      <Receipt job={job} />
    </>
  );
}

function End({ job }: { job: Job }) {
  const { state, outcome, failure, records, source } = job;
  const tone = state === "failed" ? "bad" : standing(job).tone;
  return (
    <Note {...(tone ? { tone } : {})}>
      {failure && (
        <p>
          It failed: {flat(failure.detail)}
          {failure.at !== null && `, at byte ${count.format(failure.at)}`}. <code>{failure.code}</code>
        </p>
      )}
      {outcome && <p>{sentence(flat(outcome))}</p>}
      {records.stored > 0 && source.name && (
        <p className={row}>
          <LinkButton size="small" href={`/app/logs?s=${source.id}&from=all`}>
            Show the records of {source.name}
          </LinkButton>
        </p>
      )}
    </Note>
  );
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function Exceptions({ job }: { job: Job }) {
  const { first, more } = job.exceptions;
  if (first.length === 0 && more === 0) return null;
  return (
    <Panel
      title="Exceptions"
      help="Records of the file that were refused and are not stored. Lines and bytes are those of the file as it is unpacked."
    >
      <Table
        label="Exceptions"
        columns={[{ name: "Line", number: true }, { name: "From byte", number: true }, "Why it was refused"]}
      >
        {first.map((one) => (
          <ExceptionRow key={one.at} of={one} />
        ))}
      </Table>
      {more > 0 && (
        <p className={muted}>
          The first {count.format(first.length)} are listed; {count.format(more)} more were refused.
        </p>
      )}
    </Panel>
  );
}

function ExceptionRow({ of: { line, at, code } }: { of: JobException }) {
  const words = refusedWords(code);
  return (
    <tr>
      <td className={numberCell}>{count.format(line)}</td>
      <td className={numberCell}>{count.format(at)}</td>
      <td>
        {words} <code>{code}</code>
      </td>
    </tr>
  );
}

function Receipt({ job }: { job: Job }) {
  const mayAudit = useMay("audit:read") === true;
  const { begun, ended } = job.receipt;
  const link = (entry: number, words: string): ReactNode =>
    mayAudit ? (
      <TextLink href={`/app/audit?entry=${entry}`}>
        {words} as entry {count.format(entry)}
      </TextLink>
    ) : (
      `${words} as entry ${count.format(entry)}`
    );
  return (
    <p>
      <span className={muted}>In the audit trail: </span>
      {link(begun, "begun")}
      {ended !== null && <>, {link(ended, "ended")}</>}
    </p>
  );
}

/** What it would do stands beside the button, before anything is pressed. */
function Cancel({ job }: { job: Job }) {
  const me = useMe();
  const may = useMayWith(job.source.id)("logs:write");
  const [isAsking, setAsking] = useState(false);
  if (may === undefined) return null;
  if (!may) return <OnlyLooks right="logs:write" what="cancel it" />;
  const cancel = async () => {
    await api("POST", jobPath(job.id, "/cancel"));
    stop(job.id);
    await queries.invalidateQueries({ queryKey: jobQuery(job.id).queryKey });
    await queries.invalidateQueries({ queryKey: jobsKey(me.tenant) });
  };
  const words = sentence(flat(job.on_cancel));
  return (
    <>
      <span className={muted}>If it is cancelled: {flat(job.on_cancel)}</span>
      <Button look="danger" onPress={() => setAsking(true)}>
        Cancel import
      </Button>
      <Confirm
        title={`Cancel the import of ${flat(job.title)}?`}
        verb="Cancel import"
        back="Let it go on"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={cancel}
      >
        {words}
        {job.records.stored > 0 && ` ${count.format(job.records.stored)} are stored by now.`}
      </Confirm>
    </>
  );
}
