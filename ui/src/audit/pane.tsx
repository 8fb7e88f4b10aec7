// One entry: what it says, and the proof that it is in the log, computed in this browser.

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { Problem } from "../api/client";
import { Button } from "../kit/controls";
import { Moment } from "../kit/moment";
import kit from "../kit/page.module.css";
import { ErrorBox, Note, Snippet, Waiting } from "../kit/states";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import css from "./audit.module.css";
import { check, given } from "./check";
import { base64Of } from "./merkle";
import { Steps, useWalk } from "./steps";
import { details, type Entry, entry as entryQuery, spoken, ways, who } from "./trail";
import type { View } from "./view";
import { Way } from "./way";

type Names = ReadonlyMap<string, string>;

export function EntryPane(props: {
  base: string;
  sequence: number;
  names: Names;
  /** Whose log it is, for the command line. */
  tenant: string | null;
  onNarrow: (next: Partial<View>) => void;
  onClose: () => void;
}) {
  const { base, sequence, names, tenant, onNarrow, onClose } = props;
  const { data: entry, error, isPending, refetch } = useQuery(entryQuery(base, sequence));
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    // Where there is room for one of both only, what was pressed is hidden now.
    if (getComputedStyle(pane.current?.previousElementSibling ?? document.body).display === "none")
      pane.current?.focus();
  }, []);
  return (
    <aside ref={pane} tabIndex={-1} className={css.pane} aria-label={`Entry ${sequence}`}>
      <div className={kit.head}>
        <h2>Entry {count.format(sequence)}</h2>
        <Button size="small" onPress={onClose}>
          Close entry
        </Button>
      </div>
      {error ? (
        <ErrorBox error={error} retry={() => void refetch()} />
      ) : isPending ? (
        <Waiting>Asking for the entry …</Waiting>
      ) : entry ? (
        <Said entry={entry} names={names} onNarrow={onNarrow} />
      ) : (
        <Note tone="warn">
          <p>
            The body of this entry is not here: it ended by retention, or there is no such entry. Where it ended, its
            hash stays and can be proved.
          </p>
        </Note>
      )}
      {!isPending && !error && <Proof base={base} sequence={sequence} entry={entry ?? null} tenant={tenant} />}
    </aside>
  );
}

function Said({ entry, names, onNarrow }: { entry: Entry; names: Names; onNarrow: (next: Partial<View>) => void }) {
  const only = (next: Partial<View>, what: string) => (
    <Button size="small" look="quiet" onPress={() => onNarrow(next)} aria-label={`only these, with this ${what}`}>
      only these
    </Button>
  );
  const { actor } = entry;
  const rows: [string, ReactNode][] = [
    ["Time", <Moment key="time" at={entry.time} isNamed />],
    [
      "Who",
      <>
        {who(actor, names)} {only({ actor: actor.id ? `${actor.kind}:${actor.id}` : actor.kind }, "actor")}
      </>,
    ],
    [
      "Did what",
      <>
        {spoken(entry.event.type)} {only({ event: entry.event.type }, "event")}
      </>,
    ],
  ];
  if (entry.signed_in_by) rows.splice(2, 0, ["Signed in by", ways(entry.signed_in_by)]);
  if (entry.on_behalf_of) rows.splice(2, 0, ["With the rights of", who(entry.on_behalf_of, names)]);
  if (entry.source)
    rows.push([
      "Source",
      <>
        {names.get(entry.source) ?? entry.source} {only({ source: entry.source }, "source")}
      </>,
    ]);
  const about = details(entry.event, names);
  if (about) rows.push(["About", <bdi key="about">{about}</bdi>]);
  rows.push(["Result", entry.outcome.result === "refused" ? `refused: ${entry.outcome.code}` : "done"]);
  if (entry.address)
    rows.push([
      "From",
      <>
        {entry.address} {only({ address: entry.address }, "address")}
      </>,
    ]);
  if (entry.request)
    rows.push([
      "Request",
      <>
        <code>{entry.request}</code> {only({ request: entry.request }, "request")}
      </>,
    ]);
  return (
    <dl className={css.said}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Proof(props: { base: string; sequence: number; entry: Entry | null; tenant: string | null }) {
  const { base, sequence, entry, tenant } = props;
  const { data, error, refetch } = useQuery({
    queryKey: ["audit-proof", base, sequence],
    queryFn: () => given(base, sequence),
    retry: false,
  });
  const { found, isRunning, run } = useWalk();
  const of = tenant === null ? "" : ` --tenant ${quoted(tenant)}`;
  const commands = `blockhouse audit prove${of} --entry ${sequence}\nblockhouse audit export${of} trail\nblockhouse audit verify trail --key KEY`;
  return (
    <section className={css.proof} aria-label="Proof">
      <h3>Proof</h3>
      {error ? (
        Problem.of(error).status === 404 ? (
          <Note tone="warn">
            <p>The log has no such entry.</p>
          </Note>
        ) : (
          <ErrorBox error={error} retry={() => void refetch()} />
        )
      ) : !data ? (
        <Waiting>Asking for the proof …</Waiting>
      ) : (
        <>
          <p>
            {count.format(data.proof.length)} given {data.proof.length === 1 ? "hash leads" : "hashes lead"} from this
            entry to the root of all {count.format(data.checkpoint.size)} entries, which is signed.
          </p>
          <Way given={data} found={found} />
          <p>
            <Button look="primary" onPress={() => void run(check(base, data, entry))} isPending={isRunning}>
              {found === null ? "Check in this browser" : "Check again"}
            </Button>
          </p>
          {found && <Steps found={found} isRunning={isRunning} />}
          <details>
            <summary>Signed checkpoint and entry, as given</summary>
            <div className={css.given}>
              <Snippet what="Checkpoint" text={data.note} />
              {data.body ? (
                <Entered text={new TextDecoder().decode(data.body)} />
              ) : (
                <p>Hash of the entry, whose body has ended: {data.hash && base64Of(data.hash)}</p>
              )}
            </div>
          </details>
          <p className={kit.muted}>
            A checkpoint that a witness signed as well cannot be taken back by whoever runs the server. Who signed the
            newest stands above the entries, under Witnesses; the command line adds witnesses.
          </p>
          <h3>Check it elsewhere</h3>
          <Snippet what="Commands" text={commands} />
        </>
      )}
    </section>
  );
}

/** As it is to whoever copies it, and safe to look at. */
function Entered({ text }: { text: string }) {
  return <Snippet what="Entry" text={text} shown={flat(text)} />;
}

const quoted = (text: string) => (/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
