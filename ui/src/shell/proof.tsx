// Asks for a fresh proof of who is there, when the server wants one for what is about to be done.

import { useEffect, useRef, useState } from "react";
import { Problem, proveBy } from "../api/client";
import { me, queries } from "../api/queries";
import type { Me } from "../api/types";
import { Button } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { ErrorBox } from "../kit/states";
import { CodeForm, PasskeyButton, PassphraseForm } from "../sign-in/ways";

type Asked = { resolve: () => void; reject: (error: unknown) => void };

const UNPROVED = "Nothing was changed: it was not shown that this is you.";

export function Proof() {
  const [ways, setWays] = useState<Me["sign_in"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const asked = useRef<Asked | null>(null);
  useEffect(() => {
    proveBy(async () => {
      const who = await queries.fetchQuery({ ...me, staleTime: 0 });
      if (!who) throw new Problem(401, { detail: "the session has ended; sign in again" });
      setError(null);
      setWays(who.sign_in);
      await new Promise<void>((resolve, reject) => {
        asked.current = { resolve, reject };
      });
    });
    return () => proveBy(null);
  }, []);
  const close = () => {
    setWays(null);
    asked.current?.reject(new Problem(0, { detail: UNPROVED }));
    asked.current = null;
  };
  const done = async () => {
    setWays(null);
    asked.current?.resolve();
    asked.current = null;
    await queries.invalidateQueries({ queryKey: me.queryKey });
  };
  const hasNone = ways && !ways.passkeys && !ways.totp && !ways.passphrase;
  return (
    <Dialog title="Show that this is you" isOpen={ways !== null} onClose={close}>
      <p>What you are about to do needs a proof of the last 10 minutes.</p>
      {error !== null && <ErrorBox error={error} />}
      {ways && ways.passkeys > 0 && <PasskeyButton path="/v1/prove/passkey" onDone={done} onError={setError} />}
      {ways?.totp && <CodeForm onDone={done} onError={setError} />}
      {ways?.passphrase && !ways.totp && ways.passkeys === 0 && <PassphraseForm onDone={done} onError={setError} />}
      {hasNone && (
        <p>
          The account has no way to sign in yet, and the link that opened it is too old to set one up. Ask whoever runs
          the server for <code>blockhouse admin recover-account</code>.
        </p>
      )}
      <Actions>
        <Button onPress={close}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
