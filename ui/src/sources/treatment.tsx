// What is done to a source's records before they are kept: what is masked, and what is read out of messages.

import { queryOptions, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api } from "../api/client";
import type { Recognition, RecognitionInput, Redaction, RedactionInput } from "../api/described";
import { queries } from "../api/queries";
import type { Source } from "../api/types";
import { Checkbox } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, muted, OnlyLooks, Panel, rowOf, rows, stack } from "../kit/page";
import { Badge, ErrorBox } from "../kit/states";
import { count } from "../kit/time";
import { toast } from "../kit/toast";
import { Form } from "../sign-in/ways";
import { useMayWith } from "./may";

const RIGHT = "source:configure";

type Kind = keyof Redaction["masked"];
type Part = keyof Recognition;
type Choice<K extends string> = { id: K; name: string; help: string };

const MASKED: readonly Choice<Kind>[] = [
  { id: "cards", name: "Card numbers", help: "of known issuers, when their check digit is right" },
  { id: "secrets", name: "Secrets", help: "keys, tokens and passwords in well-known shapes" },
  { id: "emails", name: "E-mail addresses", help: "wherever they stand in a text" },
  { id: "ip_addresses", name: "IP addresses", help: "IPv4 and IPv6, wherever they stand in a text" },
];
const READ: readonly Choice<Part>[] = [
  { id: "formats", name: "Known formats", help: "what they say becomes attributes; the message stays as it came" },
  { id: "stack_traces", name: "Stack traces", help: "lines that come one by one become one record" },
];

const redaction = (source: string) =>
  queryOptions({
    queryKey: ["redaction", source],
    queryFn: ({ signal }) => api<Redaction>("GET", `/v1/sources/${source}/redaction`, undefined, signal),
  });
const recognition = (source: string) =>
  queryOptions({
    queryKey: ["recognition", source],
    queryFn: ({ signal }) => api<Recognition>("GET", `/v1/sources/${source}/recognition`, undefined, signal),
  });

export function Treatment({ source }: { source: Source }) {
  const may = useMayWith(source.id);
  const [maySee, mayChange] = [may("source:view"), may(RIGHT)];
  if (maySee !== true || mayChange === undefined) return null;
  return (
    <>
      <Masking source={source} mayChange={mayChange} />
      <Reading source={source} mayChange={mayChange} />
    </>
  );
}

type Of = { source: Source; mayChange: boolean };

function Masking({ source, mayChange }: Of) {
  const asked = useQuery(redaction(source.id));
  return (
    <Panel
      title="Masked before it is kept"
      help="A mask takes the place of the value before anything is written, so search, exports and backups never have it. Nobody can bring back what was masked."
    >
      <Asked of={asked} what="what is masked">
        {({ masked, ...now }) => (
          <Choices
            all={MASKED}
            now={now}
            mayChange={mayChange}
            what="change what is masked"
            verb="Save what is masked"
            beside={(kind, isOn) => <Times times={masked[kind]} isOn={isOn} />}
            onSave={async (wanted: Required<RedactionInput>) => {
              const saved = await api<Redaction>("PUT", `/v1/sources/${source.id}/redaction`, wanted);
              queries.setQueryData(redaction(source.id).queryKey, saved);
              toast(`What is masked in ${source.name} is saved; it counts from the next request on`);
            }}
            stop={{
              title: (kinds) => `Stop masking ${kinds}?`,
              verb: "Stop masking",
              words: (kinds) =>
                `New records keep ${kinds} as they come, in backups too. What is masked already stays masked.`,
            }}
          />
        )}
      </Asked>
      <p className={muted}>
        A change is for new records only: records that are stored already stay as they are. A mask is no proof that
        nothing is left; a secret in no known shape is not found.
      </p>
    </Panel>
  );
}

function Times({ times, isOn }: { times: number; isOn: boolean }) {
  if (times === 0 && !isOn) return null;
  return <span className={muted}>{times === 0 ? "none masked yet" : `${count.format(times)} masked so far`}</span>;
}

function Reading({ source, mayChange }: Of) {
  const asked = useQuery(recognition(source.id));
  return (
    <Panel
      title="Read out of messages"
      help="Done once, before records are written. A change is for new records only: records that are stored already stay as they are."
    >
      <Asked of={asked} what="what is read out of messages">
        {(now) => (
          <Choices
            all={READ}
            now={now}
            mayChange={mayChange}
            what="change what is read out of messages"
            verb="Save what is read"
            onSave={async (wanted: Required<RecognitionInput>) => {
              const saved = await api<Recognition>("PUT", `/v1/sources/${source.id}/recognition`, wanted);
              queries.setQueryData(recognition(source.id).queryKey, saved);
              toast(`What is read out of messages of ${source.name} is saved; it counts from the next request on`);
            }}
          />
        )}
      </Asked>
    </Panel>
  );
}

const lower = (name: string) => (name.startsWith("IP") ? name : name.charAt(0).toLowerCase() + name.slice(1));
const list = new Intl.ListFormat("en", { type: "conjunction" });
const listed = (choices: readonly Choice<string>[]) => list.format(choices.map((one) => lower(one.name)));

type ChoicesProps<K extends string> = {
  all: readonly Choice<K>[];
  now: { [name in K]: boolean };
  mayChange: boolean;
  what: string;
  verb: string;
  onSave: (wanted: { [name in K]: boolean }) => Promise<unknown>;
  beside?: (choice: K, isOn: boolean) => ReactNode;
  /** What is asked before some are switched off; without it nothing is. */
  stop?: { title: (off: string) => string; verb: string; words: (off: string) => string };
};

function Choices<K extends string>(props: ChoicesProps<K>) {
  const { all, now, mayChange, beside, onSave, stop } = props;
  const [changed, setChanged] = useState<Partial<typeof now>>({});
  const [error, setError] = useState<unknown>(null);
  const [isAsking, setAsking] = useState(false);
  const row = (one: Choice<K>, control: ReactNode) => (
    <div key={one.id} className={rowOf}>
      <div className={mayChange ? stack : undefined}>{control}</div>
      {beside?.(one.id, now[one.id])}
    </div>
  );
  const words = (one: Choice<K>) => (
    <span>
      {one.name} <span className={muted}>{one.help}</span>
    </span>
  );
  if (!mayChange)
    return (
      <>
        <div className={rows}>
          {all.map((one) =>
            row(
              one,
              <>
                {now[one.id] ? <Badge tone="good">on</Badge> : <Badge>off</Badge>} {words(one)}
              </>,
            ),
          )}
        </div>
        <OnlyLooks right={RIGHT} what={props.what} />
      </>
    );
  const wanted = { ...now, ...changed };
  const off = listed(all.filter((one) => now[one.id] && !wanted[one.id]));
  const isSame = all.every((one) => now[one.id] === wanted[one.id]);
  const save = async () => {
    await onSave(wanted);
    setChanged({});
  };
  const submit = async () => {
    if (stop && off) setAsking(true);
    else await save();
  };
  return (
    <div className={stack}>
      {error !== null && <ErrorBox error={error} />}
      <Form verb={props.verb} onSubmit={submit} onError={setError} isDisabled={isSame}>
        <div className={rows}>
          {all.map((one) =>
            row(
              one,
              <Checkbox isSelected={wanted[one.id]} onChange={(on) => setChanged({ ...changed, [one.id]: on })}>
                {words(one)}
              </Checkbox>,
            ),
          )}
        </div>
      </Form>
      {stop && (
        <Confirm
          title={stop.title(off)}
          verb={stop.verb}
          isOpen={isAsking}
          onClose={() => setAsking(false)}
          onConfirm={save}
        >
          {stop.words(off)}
        </Confirm>
      )}
    </div>
  );
}
