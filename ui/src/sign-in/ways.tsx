// The ways to show who one is. What fails is told to `onError`; what succeeds to `onDone`.

import { type FormEvent, type ReactNode, useState } from "react";
import { api } from "../api/client";
import { answerWithPasskey, passkeysWork } from "../api/passkey";
import type { SignInStep } from "../api/types";
import { Button, classes, Field } from "../kit/controls";
import css from "./sign-in.module.css";

type Way = { onDone: (step: SignInStep) => unknown; onError: (error: unknown) => void };

/** A form that runs one thing at a time. */
export function Form(props: {
  verb: string;
  onSubmit: () => Promise<unknown>;
  onError: (error: unknown) => void;
  isDisabled?: boolean;
  /** A form in a dialog has a way out beside its button. */
  onCancel?: () => void;
  children: ReactNode;
}) {
  const [isRunning, setRunning] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // A form inside a dialog is not a form of the page behind it.
    event.stopPropagation();
    if (isRunning || props.isDisabled) return;
    setRunning(true);
    props.onError(null);
    try {
      await props.onSubmit();
    } catch (error) {
      props.onError(error);
    } finally {
      setRunning(false);
    }
  };
  return (
    <form className={css.form} onSubmit={submit} noValidate>
      {props.children}
      <div className={classes(css.submit, props.onCancel && css.row)}>
        {props.onCancel && <Button onPress={props.onCancel}>Cancel</Button>}
        <Button type="submit" look="primary" isPending={isRunning} isDisabled={props.isDisabled === true}>
          {props.verb}
        </Button>
      </div>
    </form>
  );
}

export function PasskeyButton({ path, onDone, onError }: Way & { path: "/v1/sign-in/passkey" | "/v1/prove/passkey" }) {
  const [isRunning, setRunning] = useState(false);
  if (!passkeysWork()) {
    return <p className={css.muted}>This browser offers no passkeys at {location.host}.</p>;
  }
  const use = async () => {
    setRunning(true);
    onError(null);
    try {
      await onDone(await answerWithPasskey(path));
    } catch (error) {
      onError(error);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Button look="primary" onPress={use} isPending={isRunning}>
      Use a passkey
    </Button>
  );
}

export function CodeForm({ onDone, onError }: Way) {
  const [code, setCode] = useState("");
  const submit = async () => onDone(await api<SignInStep>("POST", "/v1/prove/code", { code: code.trim() }));
  return (
    <Form verb="Check code" onSubmit={submit} onError={onError}>
      <Field
        label="One-time code or recovery code"
        value={code}
        onChange={setCode}
        autoComplete="one-time-code"
        isRequired
        mono
      />
    </Form>
  );
}

export function PassphraseForm({ onDone, onError }: Way) {
  const [passphrase, setPassphrase] = useState("");
  const submit = async () => onDone(await api<SignInStep>("POST", "/v1/prove/passphrase", { passphrase }));
  return (
    <Form verb="Check passphrase" onSubmit={submit} onError={onError}>
      <Field
        label="Passphrase"
        type="password"
        value={passphrase}
        onChange={setPassphrase}
        autoComplete="current-password"
        isRequired
      />
    </Form>
  );
}
