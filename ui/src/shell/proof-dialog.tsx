// The ways in which whoever is signed in can show that it is still them.

import { useState } from "react";
import type { Me } from "../api/types";
import { Button } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { ErrorBox } from "../kit/states";
import { CodeForm, PasskeyButton, PassphraseForm } from "../sign-in/ways";

export function ProofDialog(props: { ways: Me["sign_in"]; onClose: () => void; onDone: () => Promise<unknown> }) {
  const { ways, onDone } = props;
  const [error, setError] = useState<unknown>(null);
  const hasNone = !ways.passkeys && !ways.totp && !ways.passphrase;
  return (
    <Dialog title="Show that this is you" isOpen onClose={props.onClose}>
      <p>What you are about to do needs a proof of the last 10 minutes.</p>
      {error !== null && <ErrorBox error={error} />}
      {ways.passkeys > 0 && <PasskeyButton path="/v1/prove/passkey" onDone={onDone} onError={setError} />}
      {ways.totp && <CodeForm onDone={onDone} onError={setError} />}
      {ways.passphrase && !ways.totp && ways.passkeys === 0 && <PassphraseForm onDone={onDone} onError={setError} />}
      {hasNone && (
        <p>
          The account has no way to sign in yet, and the link that opened it is too old to set one up. Ask whoever runs
          the server for <code>blockhouse admin recover-account</code>.
        </p>
      )}
      <Actions>
        <Button onPress={props.onClose}>Cancel</Button>
      </Actions>
    </Dialog>
  );
}
