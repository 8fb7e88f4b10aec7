// How somebody signs in from now on: a passkey, or a passphrase with one-time codes and recovery codes.

import { useEffect, useState } from "react";
import { QrCode } from "../account/qr-code";
import { api } from "../api/client";
import { addPasskey, deviceName, passkeysWork } from "../api/passkey";
import { Button, Field, LinkButton } from "../kit/controls";
import kit from "../kit/page.module.css";
import { ErrorBox, Note, Snippet } from "../kit/states";
import { Form } from "../sign-in/ways";
import css from "./setup.module.css";

type Step = "ways" | "passphrase" | "codes" | "recovery";

export function WayIn({ email, onDone }: { email: string; onDone: () => void }) {
  const [step, setStep] = useState<Step>("ways");
  const [error, setError] = useState<unknown>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a step that was reached
  useEffect(() => {
    document.getElementById("step")?.focus();
  }, [step]);
  const go = (next: Step) => {
    setError(null);
    setStep(next);
  };
  return (
    <>
      {error !== null && <ErrorBox error={error} />}
      {step === "ways" && <Ways onPassphrase={() => go("passphrase")} onDone={onDone} onError={setError} />}
      {step === "passphrase" && (
        <Passphrase email={email} onBack={() => go("ways")} onDone={() => go("codes")} onError={setError} />
      )}
      {step === "codes" && <Codes onSkip={onDone} onDone={() => go("recovery")} onError={setError} />}
      {step === "recovery" && <Recovery onDone={onDone} onError={setError} />}
    </>
  );
}

type Failing = { onError: (error: unknown) => void };

function Ways({ onPassphrase, onDone, onError }: Failing & { onPassphrase: () => void; onDone: () => void }) {
  const [isRunning, setRunning] = useState(false);
  const make = async () => {
    setRunning(true);
    onError(null);
    try {
      await addPasskey(deviceName());
      onDone();
    } catch (error) {
      onError(error);
    } finally {
      setRunning(false);
    }
  };
  return (
    <>
      <h1 id="step" tabIndex={-1}>
        How do you sign in from now on?
      </h1>
      <p>
        A passkey is kept by this device or by your password manager. It cannot be guessed, and no other site can ask
        for it.
      </p>
      <p className={kit.muted}>
        It works at <code>{location.hostname}</code> only. Add one more after you give this server another name.
      </p>
      {!passkeysWork() && <Note>This browser offers no passkeys here.</Note>}
      <div className={css.actions}>
        {passkeysWork() && (
          <Button look="primary" onPress={make} isPending={isRunning}>
            Make a passkey
          </Button>
        )}
        <Button onPress={onPassphrase}>Use a passphrase instead</Button>
        <Button look="quiet" onPress={onDone}>
          Skip for now
        </Button>
      </div>
      <p className={kit.muted}>
        Without either, nobody can sign in to this account until somebody at the server's shell lets you.
      </p>
    </>
  );
}

function Passphrase({
  email,
  onBack,
  onDone,
  onError,
}: Failing & { email: string; onBack: () => void; onDone: () => void }) {
  const [passphrase, setPassphrase] = useState("");
  const submit = async () => {
    await api("PUT", "/v1/me/passphrase", { passphrase });
    onDone();
  };
  return (
    <>
      <h1 id="step" tabIndex={-1}>
        Set a passphrase
      </h1>
      <Form verb="Set passphrase" onSubmit={submit} onError={onError}>
        <input type="text" autoComplete="username" value={email} readOnly hidden />
        <Field
          label="Passphrase"
          help="At least 12 characters. Four or five words that have nothing to do with each other are good."
          type="password"
          autoComplete="new-password"
          value={passphrase}
          onChange={setPassphrase}
          isRequired
        />
      </Form>
      <div className={css.actions}>
        <Button onPress={onBack}>Back</Button>
      </div>
    </>
  );
}

function Codes({ onSkip, onDone, onError }: Failing & { onSkip: () => void; onDone: () => void }) {
  const [offer, setOffer] = useState<{ url: string; secret: string } | null>(null);
  const [code, setCode] = useState("");
  useEffect(() => {
    let isGone = false;
    api<{ url: string; secret: string }>("POST", "/v1/me/totp/start")
      .then((offer) => isGone || setOffer(offer))
      .catch((error) => isGone || onError(error));
    return () => {
      isGone = true;
    };
  }, [onError]);
  const submit = async () => {
    await api("POST", "/v1/me/totp/finish", { code: code.trim() });
    onDone();
  };
  return (
    <>
      <h1 id="step" tabIndex={-1}>
        One-time codes
      </h1>
      <p>With one-time codes of an app, whoever learns your passphrase still cannot sign in.</p>
      {offer && (
        <>
          <p>Scan this with your app, or give it the secret below.</p>
          <QrCode text={offer.url} label="The secret as a QR code" />
          <Snippet text={offer.secret.replace(/(.{4})(?=.)/g, "$1 ")} what="secret for your app" />
          <p>
            <LinkButton href={offer.url} size="small">
              Open it in an app on this device
            </LinkButton>
          </p>
        </>
      )}
      <Form verb="Turn on one-time codes" onSubmit={submit} onError={onError}>
        <Field
          label="Code that the app shows"
          autoComplete="one-time-code"
          inputMode="numeric"
          value={code}
          onChange={setCode}
          isRequired
          mono
        />
      </Form>
      <div className={css.actions}>
        <Button onPress={onSkip}>Not now</Button>
      </div>
    </>
  );
}

function Recovery({ onDone, onError }: Failing & { onDone: () => void }) {
  const [codes, setCodes] = useState<string[] | null>(null);
  const [isFailed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    let isGone = false;
    setFailed(false);
    onError(null);
    api<{ codes: string[] }>("POST", "/v1/me/recovery-codes")
      .then((made) => isGone || setCodes(made.codes))
      .catch((error) => {
        if (isGone) return;
        setFailed(true);
        onError(error);
      });
    return () => {
      isGone = true;
    };
  }, [onError, attempt]);
  return (
    <>
      <h1 id="step" tabIndex={-1}>
        Recovery codes
      </h1>
      <p>
        For the day on which the app is gone. Each works once. Keep them where you keep papers, not beside the
        passphrase.
      </p>
      {codes && (
        <ol className={css.codes}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
      )}
      <div className={css.actions}>
        {isFailed ? (
          <>
            <Button look="primary" onPress={() => setAttempt(attempt + 1)}>
              Try again
            </Button>
            <Button look="quiet" onPress={onDone}>
              Go on without codes
            </Button>
          </>
        ) : (
          <>
            <Button look="primary" onPress={onDone} isDisabled={!codes}>
              I have kept the codes
            </Button>
            <Button onPress={() => print()} isDisabled={!codes}>
              Print the codes
            </Button>
          </>
        )}
      </div>
    </>
  );
}
