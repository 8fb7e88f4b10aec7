// What people sign of a page: what waits, what stands, and what nobody signed.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, Problem } from "../api/client";
import type { AttestableClaim, Statement } from "../api/described";
import { useMay } from "../api/people";
import { queries } from "../api/queries";
import { Button, Field, LinkButton } from "../kit/controls";
import { Actions, Confirm, Dialog } from "../kit/dialog";
import { OnlyLooks } from "../kit/page";
import kit from "../kit/page.module.css";
import { Badge, Empty, ErrorBox } from "../kit/states";
import { Ago, count } from "../kit/time";
import { toast } from "../kit/toast";
import { Unready } from "../kit/unready";
import { Form } from "../sign-in/ways";
import css from "./claims.module.css";
import type { Signatory } from "./overview";
import { Frame } from "./pages";
import { StatementDialog } from "./statement";
import { useSubject } from "./subject";

const people = (number: number) => (number === 1 ? "one person" : `${number} people`);
/** The library's sentence, with the names of values that a statement brings. */
const unfilled = (sentence: string) =>
  sentence.replace(/\{(?:document_)?([a-z_]+)\}/g, (_, name: string) => `[${name.replaceAll("_", " ")}]`);
const names = (by: readonly Signatory[]) => by.map((one) => `${one.name}, ${one.role}`).join("; ");

const STATES: Record<string, { word: string; tone: "good" | "warn" | "bad" }> = {
  PASS: { word: "stands", tone: "good" },
  EXPIRED: { word: "expired", tone: "warn" },
  WITHDRAWN: { word: "taken back", tone: "warn" },
  UNKNOWN: { word: "cannot be verified", tone: "bad" },
};

export function Statements() {
  const { of, path } = useSubject("own");
  useEffect(() => {
    document.title = "Signed by people - Blockhouse";
  }, []);
  return (
    <Frame title="Signed by people" at="/security/statements" of={of} canChoose>
      <p className={kit.muted}>
        What no check can find out, people sign with their passkeys. It stands with their names until its end, and never
        looks like what a check found.
      </p>
      <List key={path} path={`${path}/statements`} of={of} />
    </Frame>
  );
}

const RIGHT = "overview:attest";

function List({ path, of }: { path: string; of: "installation" | "own" }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["statements", path],
    queryFn: async ({ signal }) => (await api<{ claims: AttestableClaim[] }>("GET", path, undefined, signal)).claims,
  });
  const mayAttest = useMay(RIGHT);
  // Whoever sees those of the installation may sign them.
  const may = of === "installation" || mayAttest;
  const [beginning, setBeginning] = useState<AttestableClaim | null>(null);
  const [open, setOpen] = useState<{ claim: AttestableClaim; statement: Statement } | null>(null);
  const [withdrawing, setWithdrawing] = useState<AttestableClaim | null>(null);
  const again = () => queries.invalidateQueries({ queryKey: ["statements", path] });
  if (!data) {
    if (error && Problem.of(error).code === "nothing_said")
      return (
        <Empty
          title="Nothing on the page is for people to sign"
          action={<LinkButton href="/app/security/own">Own claims</LinkButton>}
        >
          Publish a claim that is bound to a person's signed word, and it waits here for a signature.
        </Empty>
      );
    const giver = "It is for operators, who run the installation.";
    return (
      <Unready
        error={error}
        retry={() => void refetch()}
        what="what people sign"
        {...(of === "installation" ? { giver } : {})}
      />
    );
  }
  const waiting = data.flatMap((claim) => claim.pending.map((statement) => ({ claim, statement })));
  const said = data.filter((one) => one.state !== "NOT-CLAIMED");
  const unsaid = data.filter((one) => one.state === "NOT-CLAIMED" && one.pending.length === 0);
  return (
    <>
      {may === false && <OnlyLooks right={RIGHT} what="sign" />}
      <section className={css.group} aria-label="Waiting for signatures">
        <h2>Waiting for signatures</h2>
        {waiting.length === 0 && <p className={kit.muted}>Nothing waits.</p>}
        {waiting.map(({ claim, statement }) => (
          <div key={statement.id} className={css.row}>
            <h3>{claim.title}</h3>
            <p className={css.quote}>{statement.sentence}</p>
            <p className={kit.muted}>
              {statement.by.length} of {statement.needed} signatures
              {statement.by.length > 0 && `: ${names(statement.by)}`}. Begun <Ago at={statement.from} />.
            </p>
            {may && (
              <p>
                <Button look="primary" size="small" onPress={() => setOpen({ claim, statement })}>
                  Read and sign
                </Button>
              </p>
            )}
          </div>
        ))}
      </section>
      <section className={css.group} aria-label="Said on the page">
        <h2>Said on the page</h2>
        {said.length === 0 && <p className={kit.muted}>Nothing is said on people's word.</p>}
        {said.map((one) => (
          <Said
            key={one.claim}
            one={one}
            maySign={may === true}
            onBegin={() => setBeginning(one)}
            onWithdraw={() => setWithdrawing(one)}
          />
        ))}
      </section>
      {unsaid.length > 0 && (
        <section className={css.group} aria-label="Not said">
          <h2>Not said: {count.format(unsaid.length)}</h2>
          {unsaid.map((one) => (
            <div key={one.claim} className={css.row}>
              <h3>{one.title}</h3>
              <p className={css.quote}>{unfilled(one.sentence)}</p>
              {one.reason && <p>{one.reason}</p>}
              <p className={kit.muted}>{needs(one)}</p>
              {may && (
                <p>
                  <Button size="small" onPress={() => setBeginning(one)} aria-label={`Begin a statement: ${one.title}`}>
                    Begin a statement
                  </Button>
                </p>
              )}
            </div>
          ))}
        </section>
      )}
      {beginning && (
        <Begin
          path={path}
          claim={beginning}
          onClose={() => setBeginning(null)}
          onBegun={(statement) => {
            setOpen({ claim: beginning, statement });
            setBeginning(null);
            void again();
          }}
        />
      )}
      {open && (
        <StatementDialog
          key={open.statement.id}
          path={path}
          claim={open.claim}
          statement={open.statement}
          onClose={() => setOpen(null)}
          onChanged={again}
        />
      )}
      {withdrawing && (
        <Withdraw path={path} claim={withdrawing} onClose={() => setWithdrawing(null)} onChanged={again} />
      )}
    </>
  );
}

function needs(one: AttestableClaim): string {
  return `Signed by ${people(one.quorum)}${one.needsDocument ? ", with a document" : ""}, for at most ${one.maxDays} days.`;
}

function Said(props: { one: AttestableClaim; maySign: boolean; onBegin: () => void; onWithdraw: () => void }) {
  const { one, maySign, onBegin, onWithdraw } = props;
  const state = STATES[one.state] ?? { word: one.state.toLowerCase(), tone: "warn" as const };
  const now = one.current;
  const stands = one.state === "PASS";
  return (
    <div className={css.row}>
      <div className={css.rowhead}>
        <h3>{one.title}</h3>
        <Badge tone={state.tone}>{state.word}</Badge>
      </div>
      <p className={css.quote}>{now?.sentence ?? unfilled(one.sentence)}</p>
      {now && (
        <p className={kit.muted}>
          {names(now.by)}.{" "}
          {now.withdrawn ? (
            <>
              Taken back <Ago at={now.withdrawn.at} />: {now.withdrawn.reason}
            </>
          ) : (
            <>
              {stands ? "Ends" : "Ended"} <Ago at={now.until} />
            </>
          )}
        </p>
      )}
      {maySign && (
        <div className={css.actions}>
          <Button
            size="small"
            onPress={onBegin}
            aria-label={`${stands ? "Sign anew" : "Begin a statement"}: ${one.title}`}
          >
            {stands ? "Sign anew" : "Begin a statement"}
          </Button>
          {stands && (
            <Button size="small" look="danger" onPress={onWithdraw} aria-label={`Take back: ${one.title}`}>
              Take back
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

function Begin(props: {
  path: string;
  claim: AttestableClaim;
  onClose: () => void;
  onBegun: (statement: Statement) => void;
}) {
  const { path, claim, onClose, onBegun } = props;
  const [days, setDays] = useState(String(claim.maxDays));
  const [document, setDocument] = useState({ issuer: "", id: "", scope: "", validUntil: "" });
  const [error, setError] = useState<unknown>(null);
  const set = (name: keyof typeof document) => (value: string) => setDocument({ ...document, [name]: value });
  const submit = async () => {
    const asked = { claim: claim.claim, days: Number(days), ...(claim.needsDocument ? { document } : {}) };
    onBegun(await api<Statement>("POST", path, asked));
  };
  return (
    <Dialog title={`Begin a statement: ${claim.title}`} isOpen onClose={onClose} isKept>
      <p className={css.quote}>{unfilled(claim.sentence)}</p>
      <p className={kit.muted}>{needs(claim)} Nobody else sees it before that.</p>
      {error !== null && <ErrorBox error={error} />}
      <Form verb="Begin the statement" onSubmit={submit} onError={setError}>
        <Field label="It counts for so many days" type="number" value={days} onChange={setDays} isRequired />
        {claim.needsDocument && (
          <>
            <Field label="Issuer" value={document.issuer} onChange={set("issuer")} maxLength={200} isRequired />
            <Field label="Number of the document" value={document.id} onChange={set("id")} maxLength={200} isRequired />
            <Field label="Scope" value={document.scope} onChange={set("scope")} maxLength={200} isRequired />
            <Field
              label="Its last day"
              help="As 2027-03-31."
              value={document.validUntil}
              onChange={set("validUntil")}
              maxLength={10}
              isRequired
            />
          </>
        )}
      </Form>
      <Actions>
        <Button look="quiet" onPress={onClose}>
          Cancel
        </Button>
      </Actions>
    </Dialog>
  );
}

function Withdraw(props: {
  path: string;
  claim: AttestableClaim;
  onClose: () => void;
  onChanged: () => Promise<unknown>;
}) {
  const { path, claim, onClose, onChanged } = props;
  const [reason, setReason] = useState("");
  return (
    <Confirm
      title={`Take back “${claim.title}”?`}
      verb="Take back"
      isOpen
      onClose={onClose}
      onConfirm={async () => {
        await api("POST", `${path}/${claim.current?.id}/withdraw`, { reason: reason.trim() });
        await onChanged();
        toast("It is taken back, and the page says so");
      }}
    >
      <div className={css.form}>
        <p className={css.quote}>{claim.current?.sentence}</p>
        <p>
          It counts no more, at once, and the page shows for 90 days that it was taken back. The reason is not public.
        </p>
        <Field label="Reason" value={reason} onChange={setReason} maxLength={500} isRequired />
      </div>
    </Confirm>
  );
}
