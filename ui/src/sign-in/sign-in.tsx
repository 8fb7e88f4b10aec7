// Signing in: a passkey, or a passphrase and then a second factor.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api, Problem } from "../api/client";
import { passkeysWork } from "../api/passkey";
import { me, queries } from "../api/queries";
import type { SecondFactor, SignInStep } from "../api/types";
import { Button, Field } from "../kit/controls";
import { ErrorBox, Mark } from "../kit/states";
import css from "./sign-in.module.css";
import { CodeForm, Form, PasskeyButton } from "./ways";

/** The half session has ended, by time or from elsewhere. */
const OVER = new Set(["session_ended", "sign_in_required"]);

export function SignIn() {
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const router = useRouter();
  const { data: who } = useQuery(me);
  const [methods, setMethods] = useState<SecondFactor[] | null>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    document.title = "Sign in - Blockhouse";
  }, []);
  useEffect(() => {
    if (who) void navigate({ href: next ?? "/app/", replace: true } as never);
  }, [who, next, navigate]);
  // Whoever was half way stays there.
  useEffect(() => {
    api("GET", "/v1/me").catch((failed) => {
      if (failed instanceof Problem && failed.code === "second_factor_pending") setMethods(["passkey", "totp"]);
    });
  }, []);

  const step = async (step: SignInStep) => {
    if (step.state === "second_factor") {
      setMethods(step.methods ?? []);
      return;
    }
    await queries.fetchQuery({ ...me, staleTime: 0 });
    await router.invalidate();
  };
  const failed = (error: unknown) => {
    if (error instanceof Problem && OVER.has(error.code) && methods) {
      setMethods(null);
      setError(new Problem(error.status, { detail: "This sign-in took too long; begin again.", code: error.code }));
    } else setError(error);
  };
  const startOver = async () => {
    // It may have ended already.
    await api("POST", "/v1/sign-out").catch(() => {});
    setMethods(null);
    setError(null);
  };
  return (
    <main className={css.page}>
      <div className={css.card}>
        <div className={css.brand}>
          <Mark />
          <h1>{methods ? "One more step" : "Sign in"}</h1>
        </div>
        {error !== null && <ErrorBox error={error} />}
        {methods ? (
          <>
            {passkeysWork() && methods.includes("passkey") && (
              <PasskeyButton path="/v1/prove/passkey" onDone={step} onError={failed} />
            )}
            {(methods.includes("totp") || methods.includes("recovery_code")) && (
              <CodeForm onDone={step} onError={failed} />
            )}
            <Button look="quiet" onPress={startOver}>
              Start over
            </Button>
          </>
        ) : (
          <First onDone={step} onError={failed} />
        )}
      </div>
    </main>
  );
}

function First({ onDone, onError }: { onDone: (step: SignInStep) => unknown; onError: (error: unknown) => void }) {
  const [email, setEmail] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const submit = async () => {
    const step = await api<SignInStep>("POST", "/v1/sign-in/passphrase", { email: email.trim(), passphrase });
    setPassphrase("");
    await onDone(step);
  };
  return (
    <>
      <PasskeyButton path="/v1/sign-in/passkey" onDone={onDone} onError={onError} />
      <div className={css.or}>or</div>
      <Form verb="Sign in" onSubmit={submit} onError={onError}>
        <Field label="E-mail" type="email" value={email} onChange={setEmail} autoComplete="username" isRequired />
        <Field
          label="Passphrase"
          type="password"
          value={passphrase}
          onChange={setPassphrase}
          autoComplete="current-password"
          isRequired
        />
      </Form>
      <p className={css.muted}>
        Single sign-on begins at the address that your organization gave you. Lost every way in? Whoever runs the server
        can let you in again.
      </p>
    </>
  );
}
