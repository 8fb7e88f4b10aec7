// An engineer's own requests: ask, begin with a passkey, read, end.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { type AccessRequest, every, ownAccess, type ToSign } from "../api/people";
import { me as meQuery, queries } from "../api/queries";
import { Button, Field, LinkButton, Select } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { LogText } from "../kit/log";
import { Asked, muted, Page, pair, row } from "../kit/page";
import { Empty, ErrorBox, Note, numberCell, Table } from "../kit/states";
import { flat } from "../kit/text";
import { Ago, counted } from "../kit/time";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import css from "./access.module.css";
import { Statement } from "./approve";
import { duration, isOpen, minutesOf, State, Used } from "./request";
import { sign } from "./sign";

const WATCH_MS = 10_000;

const again = () => queries.invalidateQueries({ queryKey: ownAccess.queryKey });

export function StaffSide() {
  const me = useMe();
  const asked = useQuery({ ...ownAccess, refetchInterval: every(WATCH_MS) });
  const [isAsking, setAsking] = useState(false);
  const [isSecond, setSecond] = useState(false);
  return (
    <Page
      title="Access requests"
      actions={
        <>
          <Button onPress={() => setSecond(true)}>Open a colleague's emergency</Button>
          <Button look="primary" onPress={() => setAsking(true)}>
            Ask for access
          </Button>
        </>
      }
    >
      {me.sign_in.passkeys === 0 && (
        <Note tone="warn">
          <p>
            Access begins with a passkey's signature, and your account has no passkey.{" "}
            <LinkButton size="small" href="/app/me">
              Add a passkey
            </LinkButton>
          </p>
        </Note>
      )}
      <Asked of={asked} what="your requests">
        {(all) => <Shown all={all} />}
      </Asked>
      {isAsking && <Ask onClose={() => setAsking(false)} />}
      {isSecond && <Second onClose={() => setSecond(false)} />}
    </Page>
  );
}

function Shown({ all }: { all: readonly AccessRequest[] }) {
  const open = all.filter(isOpen);
  const past = all.filter((one) => !isOpen(one));
  return (
    <>
      {open.length === 0 ? (
        <Empty title="No request is open">
          You reach no records of anybody. Ask for one source of one organization; its people decide.
        </Empty>
      ) : (
        open.map((one) => <Card key={one.id} of={one} />)
      )}
      <h2>History</h2>
      {past.length === 0 ? (
        <p className={muted}>No earlier requests.</p>
      ) : (
        <Table
          label="Earlier requests"
          columns={["Asked", "Source", "Ticket", "State", { name: "Questions", number: true }]}
        >
          {past.map((one) => (
            <tr key={one.id}>
              <td>
                <Ago at={one.created_at} />
              </td>
              <td>
                <code>{one.source}</code>
              </td>
              <td>
                <bdi>{flat(one.ticket)}</bdi>
              </td>
              <td>
                <State of={one} />
              </td>
              <td className={numberCell}>{one.readings}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

function Card({ of }: { of: AccessRequest }) {
  const [isBeginning, setBeginning] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const end = async () => {
    setEnding(true);
    try {
      await api("POST", `/v1/access/${of.id}/end`);
      await again();
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      toast("The access has ended");
    } catch (error) {
      toast(error instanceof Error ? error.message : "The access was not ended", { kind: "failed" });
    } finally {
      setEnding(false);
    }
  };
  return (
    <article className={css.card} aria-label={`Request ${of.id}`}>
      <div className={row}>
        <State of={of} />
        <span className={muted}>
          {of.approvals.length} of {counted(of.approvals_needed, "approval")}
        </span>
      </div>
      <h3 className={css.title}>
        Source <code>{of.source}</code> of organization <code>{of.tenant}</code>, for {duration(minutesOf(of))}
      </h3>
      <p className={css.quote}>
        <LogText text={of.explanation} />
      </p>
      <p className={muted}>
        Ticket <bdi>{flat(of.ticket)}</bdi> · <Used of={of} />
        {of.state === "pending" && (
          <>
            {" "}
            · lapses <Ago at={of.lapses_at} />
          </>
        )}{" "}
        ·{" "}
        {of.readings === 0
          ? "no question asked"
          : `${counted(of.readings, "question")} asked, with those that showed nothing`}
      </p>
      {of.emergency && of.state === "pending" && (
        <p>
          A second of staff opens it with this id: <code>{of.id}</code>
        </p>
      )}
      <div className={row}>
        {of.state === "approved" && (
          <Button look="primary" onPress={() => setBeginning(true)}>
            Begin …
          </Button>
        )}
        {of.state === "active" && (
          <LinkButton look="primary" href={`/app/logs?s=${of.source}`}>
            Read its logs
          </LinkButton>
        )}
        {of.state !== "pending" && (
          <Button look="danger" onPress={end} isPending={isEnding}>
            {of.state === "active" ? "End now" : "Give it back"}
          </Button>
        )}
      </div>
      {isBeginning && (
        <Sign
          title="Begin to read?"
          path={`/v1/access/${of.id}`}
          steps={["start", "begin"]}
          verb="Sign and begin"
          onClose={() => setBeginning(false)}
          onDone={async () => {
            await queries.invalidateQueries();
            toast("You may read until the time that was approved");
          }}
        >
          It is for this session and from this address. Every question, with its text, is told to the organization.
        </Sign>
      )}
    </article>
  );
}

/** Words that a passkey signs, in two steps below `path`. */
function Sign(props: {
  title: string;
  path: string;
  steps: [string, string];
  verb: string;
  onClose: () => void;
  onDone: () => Promise<unknown>;
  children: React.ReactNode;
}) {
  const { path, steps } = props;
  const [first, last] = steps;
  const [asked, setAsked] = useState<ToSign | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isRunning, setRunning] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setRunning(true);
    setError(null);
    try {
      await work();
    } catch (failed) {
      setError(failed);
    } finally {
      setRunning(false);
    }
  };
  const ask = () => run(async () => setAsked(await api<ToSign>("POST", `${path}/${first}`)));
  const signIt = () =>
    run(async () => {
      if (!asked) return;
      await api("POST", `${path}/${last}`, { answer: await sign(asked) });
      await props.onDone();
      props.onClose();
    });
  return (
    <Dialog title={props.title} isOpen onClose={props.onClose} isKept wide>
      <p>{props.children}</p>
      {error !== null && <ErrorBox error={error} />}
      {asked && <Statement of={asked.statement} />}
      <Actions>
        <Button onPress={props.onClose}>Cancel</Button>
        {asked ? (
          <Button look="primary" onPress={signIt} isPending={isRunning}>
            {props.verb}
          </Button>
        ) : (
          <Button look="primary" onPress={ask} isPending={isRunning}>
            Show the words to sign
          </Button>
        )}
      </Actions>
    </Dialog>
  );
}

const REASONS = [
  { id: "support" as const, name: "support", help: "they asked for help" },
  { id: "incident" as const, name: "incident", help: "something of theirs does not work" },
  { id: "abuse" as const, name: "abuse", help: "suspected abuse of the service" },
  { id: "legal" as const, name: "legal", help: "a legal order" },
];
const MINUTES = ["15", "30", "60"].map((id) => ({ id, name: duration(Number(id)) }));
const WAYS = [
  { id: "approval" as const, name: "their approval" },
  { id: "outage" as const, name: "emergency: an outage", help: "two of staff; only where they allow it" },
  { id: "attack" as const, name: "emergency: an attack", help: "two of staff; only where they allow it" },
  { id: "data_loss" as const, name: "emergency: data is being lost", help: "two of staff; only where they allow it" },
];

function Ask({ onClose }: { onClose: () => void }) {
  const [tenant, setTenant] = useState("");
  const [source, setSource] = useState("");
  const [ticket, setTicket] = useState("");
  const [explanation, setExplanation] = useState("");
  const [reason, setReason] = useState<AccessRequest["reason"]>("support");
  const [minutes, setMinutes] = useState("30");
  const [way, setWay] = useState<(typeof WAYS)[number]["id"]>("approval");
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    const asked = {
      tenant: tenant.trim(),
      source: source.trim(),
      ticket: ticket.trim(),
      explanation: explanation.trim(),
      reason,
      minutes: Number(minutes),
      ...(way === "approval" ? {} : { emergency: way }),
    };
    await api("POST", "/v1/access", asked);
    await again();
    toast("The organization is asked");
    onClose();
  };
  const isEmpty = [tenant, source, ticket, explanation].some((text) => !text.trim());
  return (
    <Dialog title="Ask for access" isOpen onClose={onClose} isKept wide>
      <p>The organization sees all of this, with your name, before it decides. The ids are on the ticket.</p>
      {error !== null && <ErrorBox error={error} />}
      <Form onCancel={onClose} verb="Ask for access" onSubmit={submit} onError={setError} isDisabled={isEmpty}>
        <div className={pair}>
          <Field label="Organization's id" value={tenant} onChange={setTenant} mono autoFocus isRequired />
          <Field label="Source's id" value={source} onChange={setSource} mono isRequired />
          <Select label="Reason" options={REASONS} value={reason} onChange={setReason} />
          <Field label="Ticket" value={ticket} onChange={setTicket} maxLength={500} isRequired />
        </div>
        <Field
          label="Explanation"
          help="What you look for, and why it takes their records. On one line."
          value={explanation}
          onChange={setExplanation}
          maxLength={500}
          isRequired
        />
        <div className={pair}>
          <Select label="For" options={MINUTES} value={minutes} onChange={setMinutes} />
          <Select label="By" options={WAYS} value={way} onChange={setWay} />
        </div>
      </Form>
    </Dialog>
  );
}

/** The second of staff, who opens an emergency that a colleague asked for. */
function Second({ onClose }: { onClose: () => void }) {
  const [id, setId] = useState("");
  const [isReady, setReady] = useState(false);
  if (isReady) {
    return (
      <Sign
        title="Open the emergency?"
        path={`/v1/access/${encodeURIComponent(id.trim())}/emergency`}
        steps={["start", "finish"]}
        verb="Sign and open"
        onClose={onClose}
        onDone={async () => toast("It is open; its owners are told")}
      >
        Your colleague reads then, without an approval of the organization. Its owners are told at once, and review it.
      </Sign>
    );
  }
  return (
    <Dialog title="Open a colleague's emergency" isOpen onClose={onClose}>
      <Form
        onCancel={onClose}
        verb="Go on"
        onSubmit={async () => setReady(true)}
        onError={() => {}}
        isDisabled={!id.trim()}
      >
        <Field label="Id of their request" value={id} onChange={setId} mono autoFocus isRequired />
      </Form>
    </Dialog>
  );
}
