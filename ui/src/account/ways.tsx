// Passphrase, one-time codes and recovery codes of the account.

import { useState } from "react";
import { api } from "../api/client";
import { Button, Checkbox, Field } from "../kit/controls";
import { Actions, Confirm, Dialog } from "../kit/dialog";
import { muted, Panel, row } from "../kit/page";
import { Badge, Copy, ErrorBox, Snippet } from "../kit/states";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import css from "./account.module.css";
import { again } from "./passkeys";
import { QrCode } from "./qr-code";

export function Passphrase() {
  const { sign_in: ways, email } = useMe();
  const [isSetting, setSetting] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  return (
    <Panel title="Passphrase">
      <p>{ways.passphrase ? "You can sign in with a passphrase." : "None is set."}</p>
      <div className={row}>
        <Button onPress={() => setSetting(true)}>{ways.passphrase ? "Change passphrase" : "Set a passphrase"}</Button>
        {ways.passphrase && (
          <Button look="danger" onPress={() => setRemoving(true)}>
            Remove passphrase
          </Button>
        )}
      </div>
      {isSetting && <SetPassphrase email={email} onClose={() => setSetting(false)} />}
      <Confirm
        title="Remove the passphrase?"
        verb="Remove passphrase"
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        onConfirm={async () => {
          await api("DELETE", "/v1/me/passphrase");
          await again();
          toast("The passphrase is removed");
        }}
      >
        You sign in with passkeys only, then. Every other session ends.
      </Confirm>
    </Panel>
  );
}

function SetPassphrase({ email, onClose }: { email: string; onClose: () => void }) {
  const [passphrase, setPassphrase] = useState("");
  const [isShown, setShown] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    await api("PUT", "/v1/me/passphrase", { passphrase });
    await again();
    toast("The passphrase is set. Every other session has ended");
    onClose();
  };
  return (
    <Dialog title="Set a passphrase" isOpen onClose={onClose} isKept>
      {error !== null && <ErrorBox error={error} />}
      <Form onCancel={onClose} verb="Set passphrase" onSubmit={submit} onError={setError} isDisabled={!passphrase}>
        {/* For password managers, so that they know whose passphrase it is. */}
        <input hidden readOnly autoComplete="username" value={email} />
        <Field
          label="Passphrase"
          help="At least 12 characters. Four or five words that have nothing to do with each other are good."
          type={isShown ? "text" : "password"}
          value={passphrase}
          onChange={setPassphrase}
          autoComplete="new-password"
          autoFocus
          isRequired
        />
        <Checkbox isSelected={isShown} onChange={setShown}>
          Show it
        </Checkbox>
      </Form>
    </Dialog>
  );
}

type Offer = { url: string; secret: string };

export function Codes() {
  const { sign_in: ways } = useMe();
  const [offer, setOffer] = useState<Offer | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [isRemoving, setRemoving] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const start = async () => {
    setError(null);
    try {
      setOffer(await api<Offer>("POST", "/v1/me/totp/start"));
    } catch (failed) {
      setError(failed);
    }
  };
  return (
    <Panel
      title="One-time codes"
      help="With one-time codes of an app, whoever learns your passphrase still cannot sign in."
    >
      {error !== null && <ErrorBox error={error} />}
      <div className={row}>{ways.totp ? <Badge tone="good">on</Badge> : <Badge>off</Badge>}</div>
      <div className={row}>
        <Button onPress={start}>{ways.totp ? "Set up another app" : "Turn on one-time codes"}</Button>
        {ways.totp && (
          <Button look="danger" onPress={() => setRemoving(true)}>
            Turn off
          </Button>
        )}
      </div>
      {offer && (
        <TurnOn
          offer={offer}
          onClose={() => setOffer(null)}
          onDone={async () => {
            setOffer(null);
            if (ways.recovery_codes === 0) setCodes(await makeCodes());
            await again();
            toast("One-time codes are on");
          }}
        />
      )}
      {codes && <KeepCodes codes={codes} onClose={() => setCodes(null)} />}
      <Confirm
        title="Turn off one-time codes?"
        verb="Turn off"
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        onConfirm={async () => {
          await api("DELETE", "/v1/me/totp");
          await again();
          toast("One-time codes are off");
        }}
      >
        Your passphrase alone signs you in, then. Every other session ends.
      </Confirm>
    </Panel>
  );
}

function TurnOn({ offer, onClose, onDone }: { offer: Offer; onClose: () => void; onDone: () => Promise<void> }) {
  const [code, setCode] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    await api("POST", "/v1/me/totp/finish", { code: code.trim() });
    await onDone();
  };
  return (
    <Dialog title="Turn on one-time codes" isOpen onClose={onClose} isKept>
      <p>Scan this with your app, or give it the secret below.</p>
      <QrCode text={offer.url} label="The secret as a QR code" />
      <div className={row}>
        <code className={css.secret}>{offer.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
        <Copy text={offer.secret} what="secret" />
        <a href={offer.url}>Open in an app on this device</a>
      </div>
      {error !== null && <ErrorBox error={error} />}
      <Form
        onCancel={onClose}
        verb="Turn on one-time codes"
        onSubmit={submit}
        onError={setError}
        isDisabled={!code.trim()}
      >
        <Field
          label="Code that the app shows"
          value={code}
          onChange={setCode}
          inputMode="numeric"
          autoComplete="one-time-code"
          mono
          isRequired
        />
      </Form>
    </Dialog>
  );
}

const makeCodes = async () => (await api<{ codes: string[] }>("POST", "/v1/me/recovery-codes")).codes;

export function RecoveryCodes() {
  const { sign_in: ways } = useMe();
  const [codes, setCodes] = useState<string[] | null>(null);
  const [isReplacing, setReplacing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const make = async () => {
    setCodes(await makeCodes());
    await again();
  };
  return (
    <Panel
      title="Recovery codes"
      help="For the day on which the app is gone. Each takes the place of a one-time code, once."
    >
      {error !== null && <ErrorBox error={error} />}
      <p>{ways.recovery_codes ? `${ways.recovery_codes} are left.` : <span className={muted}>There are none.</span>}</p>
      <div className={row}>
        {ways.recovery_codes ? (
          <Button onPress={() => setReplacing(true)}>Replace them with new ones</Button>
        ) : (
          <Button onPress={() => make().catch(setError)}>Make recovery codes</Button>
        )}
      </div>
      <Confirm
        title="Replace the recovery codes?"
        verb="Replace codes"
        isOpen={isReplacing}
        onClose={() => setReplacing(false)}
        onConfirm={make}
      >
        Those that you have are void, then.
      </Confirm>
      {codes && <KeepCodes codes={codes} onClose={() => setCodes(null)} />}
    </Panel>
  );
}

function KeepCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  return (
    <Dialog title="Recovery codes" isOpen onClose={onClose} isShownOnce>
      <p>Keep them where you keep papers, not beside the passphrase. Each works once. Nobody can show them again.</p>
      <div className={css.codes}>
        <Snippet text={codes.join("\n")} what="recovery codes" />
      </div>
      <Actions>
        <Button onPress={() => print()}>Print the codes</Button>
        <Button look="primary" onPress={onClose}>
          I have kept the codes
        </Button>
      </Actions>
    </Dialog>
  );
}
