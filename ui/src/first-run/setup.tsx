// The first run: compare, account, how to sign in, root key, first log. The one-time token comes behind the `#`.

import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, Problem } from "../api/client";
import { me as meQuery, queries, sources } from "../api/queries";
import type { Me, SetUp } from "../api/types";
import { Button, Field, LinkButton } from "../kit/controls";
import { pair } from "../kit/page";
import kit from "../kit/page.module.css";
import { Empty, ErrorBox, Mark, Note, SecretOnce, Waiting } from "../kit/states";
import { Proof } from "../shell/proof";
import { Form } from "../sign-in/ways";
import { type Entered, FIELD_OF, wrongOf } from "./entered";
import { FirstLog } from "./first-log";
import { Kit } from "./kit";
import css from "./setup.module.css";
import { WayIn } from "./way-in";
import { Where } from "./where";

const STEPS = ["Compare", "You", "Signing in", "Root key", "First log"] as const;

/** What was set up; a reload leaves the source, and no key. */
type Made = { email: string; source: { id: string; name: string }; keys: { write: string; read: string } | null };

export function Setup() {
  const navigate = useNavigate();
  const [token] = useState(takeToken);
  const [at, setAt] = useState(0);
  const [made, setMade] = useState<Made | null>(null);
  // Whoever is signed in has made the account before a reload.
  const { data: who, isPending } = useQuery(meQuery);
  useEffect(() => {
    document.title = "Set up - Blockhouse";
  }, []);
  // Not at each rendering: that would take the focus from a field.
  useEffect(() => {
    // Whoever has just come here reads from the beginning.
    if (at > 0) document.getElementById("step")?.focus();
  }, [at]);
  const isOver = token === "" && !made;
  return (
    <main className={css.page}>
      <ol className={css.steps} aria-label="Steps">
        {STEPS.map((step, number) => (
          <li key={step} {...(number === at && !isOver ? { "aria-current": "step" as const } : {})}>
            {number + 1}. {step}
          </li>
        ))}
      </ol>
      <section className={css.card}>
        {who && !made ? (
          <GoOn
            who={who}
            onReady={(made, at) => {
              setMade(made);
              setAt(at);
            }}
          />
        ) : isOver ? (
          isPending ? (
            <Waiting>Asking who you are …</Waiting>
          ) : (
            <NoToken />
          )
        ) : at === 0 ? (
          <Compare onDone={() => setAt(1)} />
        ) : at === 1 || !made ? (
          <You
            token={token}
            onDone={(made) => {
              setMade(made);
              setAt(2);
            }}
          />
        ) : at === 2 ? (
          <WayIn email={made.email} onDone={() => setAt(3)} />
        ) : at === 3 ? (
          <Kit onDone={() => setAt(4)} />
        ) : (
          <Last
            made={made}
            onOpen={async () => {
              await queries.fetchQuery({ ...meQuery, staleTime: 0 });
              await navigate({ to: "/logs", search: { s: made.source.id } });
            }}
          />
        )}
      </section>
      <Proof />
    </main>
  );
}

/** The token must stay neither in the address nor in the history. */
function takeToken(): string {
  const token = location.hash.slice(1);
  if (token) history.replaceState(history.state, "", location.pathname);
  // React may ask twice.
  taken = token || taken;
  return taken;
}
let taken = "";

function NoToken() {
  return (
    <Empty title="This address lacks the one-time token">
      Open the link that the server printed when it started. It works once, within 30 minutes; a restart prints another
      one, as long as nothing is set up, and so does <code>blockhouse admin setup-link</code> on the server.
    </Empty>
  );
}

/** Goes on where a reload left off. */
function GoOn({ who, onReady }: { who: Me; onReady: (made: Made, at: number) => void }) {
  const { data: all, error, refetch } = useQuery({ ...sources(who.tenant ?? ""), enabled: who.tenant !== null });
  const [source] = all ?? [];
  useEffect(() => {
    if (!source) return;
    const { passphrase, passkeys, single_sign_on } = who.sign_in;
    const hasWay = passphrase || passkeys > 0 || single_sign_on;
    onReady({ email: who.email, source, keys: null }, hasWay ? 3 : 2);
  });
  if (error) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (who.tenant !== null && (!all || source)) return <Waiting>Asking for the first source …</Waiting>;
  return (
    <Empty title="This server has been set up" action={<LinkButton href="/app/logs">Open the console</LinkButton>}>
      You are signed in as {who.email}.
    </Empty>
  );
}

function Title({ children }: { children: string }) {
  return (
    <h1 id="step" tabIndex={-1}>
      {children}
    </h1>
  );
}

function Compare({ onDone }: { onDone: () => void }) {
  const [differs, setDiffers] = useState(false);
  if (differs) {
    return (
      <>
        <Title>Stop here</Title>
        <Note tone="bad">
          <p>
            Somebody may stand between this browser and the server. Enter nothing, close this page, and open it on the
            machine that the server runs on.
          </p>
        </Note>
        <div className={css.actions}>
          <Button onPress={() => setDiffers(false)}>Look again</Button>
        </div>
      </>
    );
  }
  return (
    <>
      <Title>Is this your server?</Title>
      <p>
        The terminal shows a certificate fingerprint after <strong>Check</strong>. Click the sign beside the address
        above, then the certificate, and compare its issuer's SHA-256 fingerprint with it.
      </p>
      <Where />
      <p className={kit.muted}>
        After <code>blockhouse trust</code> on this machine, or with a certificate of a public authority, the browser
        has compared it already and shows no warning.
      </p>
      <div className={css.actions}>
        <Button look="primary" onPress={onDone}>
          It matches
        </Button>
        <Button onPress={() => setDiffers(true)}>It does not match</Button>
      </div>
    </>
  );
}

function You({ token, onDone }: { token: string; onDone: (made: Made) => void }) {
  const [form, setForm] = useState<Entered>({ name: "", email: "", tenant: "", source: "first" });
  const [error, setError] = useState<unknown>(null);
  const [wrong, setWrong] = useState<Partial<Entered>>({});
  // How often it was sent with something wrong in it: whoever sent it goes on at the first such field.
  const [refused, setRefused] = useState(0);
  useEffect(() => {
    if (refused > 0) document.querySelector<HTMLElement>("input[aria-invalid=true]")?.focus();
  }, [refused]);
  const field = (name: keyof Entered) => ({
    value: form[name],
    onChange: (value: string) => {
      setForm({ ...form, [name]: value });
      const { [name]: _, ...others } = wrong;
      setWrong(others);
    },
    wrong: wrong[name],
    isRequired: true,
  });
  const refuse = (wrong: Partial<Entered>) => {
    setWrong(wrong);
    setRefused((times) => times + 1);
  };
  const submit = async () => {
    const entered = {
      name: form.name.trim(),
      email: form.email.trim(),
      tenant: form.tenant.trim(),
      source: form.source.trim(),
    };
    const missing = wrongOf(entered);
    if (Object.keys(missing).length > 0) return refuse(missing);
    try {
      const set = await api<SetUp>("POST", "/v1/setup", { token, ...entered });
      onDone({
        email: entered.email,
        source: { id: set.source_id, name: entered.source },
        keys: { write: set.write_key, read: set.read_key },
      });
    } catch (failed) {
      if (failed instanceof Problem && failed.status === 404) {
        throw new Problem(404, {
          detail: "This server has been set up already; the link is of no use any more.",
          code: failed.code,
        });
      }
      const of = failed instanceof Problem ? FIELD_OF[failed.code] : undefined;
      if (of && failed instanceof Problem) return refuse({ [of]: failed.detail });
      throw failed;
    }
  };
  return (
    <>
      <Title>Your account, and whose logs these are</Title>
      {error !== null && <ErrorBox error={error} />}
      <Form verb="Create account" onSubmit={submit} onError={setError}>
        <div className={pair}>
          <Field label="Your name" autoComplete="name" maxLength={64} {...field("name")} />
          <Field
            label="E-mail"
            type="email"
            help="The name of your account. Nothing is sent there."
            autoComplete="email"
            maxLength={254}
            {...field("email")}
          />
          <Field
            label="Organization"
            help="Whose logs these are."
            autoComplete="organization"
            maxLength={64}
            {...field("tenant")}
          />
          <Field
            label="First source"
            help="One namespace of logs, with keys of its own."
            maxLength={64}
            {...field("source")}
          />
        </div>
      </Form>
    </>
  );
}

function Last({ made, onOpen }: { made: Made; onOpen: () => void }) {
  return (
    <>
      <div className={css.title}>
        <Mark />
        <Title>Send your first log</Title>
      </div>
      <FirstLog source={made.source} writeKey={made.keys?.write ?? null} onOpen={onOpen} />
      {made.keys && (
        <details>
          <summary>A key that reads, for the command line</summary>
          <SecretOnce secret={made.keys.read} what="read key" />
        </details>
      )}
      <div className={css.actions}>
        <Button look="primary" onPress={onOpen}>
          Open the console
        </Button>
      </div>
    </>
  );
}
