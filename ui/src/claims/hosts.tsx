// Hosts that claims can be about, once each shows that it is the organization's.

import { useState } from "react";
import { api } from "../api/client";
import type { Host } from "../api/described";
import { Button, Field, RowButton } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import kit from "../kit/page.module.css";
import { Badge, ErrorBox, Note, Snippet } from "../kit/states";
import { Ago } from "../kit/time";
import { Form } from "../sign-in/ways";
import css from "./claims.module.css";

const SHOWED: Record<string, { text: string; tone: "good" | "warn" }> = {
  shown: { text: "The host shows that it is yours.", tone: "good" },
  not_shown: { text: "The host was asked, and shows the token at neither place.", tone: "warn" },
  not_asked: {
    text: "The host could not be asked at one of the two places, and does not show the token at the other.",
    tone: "warn",
  },
};

type Of = { path: string; mayChange: boolean; onChanged: () => Promise<void> };

export function Hosts({ path, hosts, mayChange, onChanged }: Of & { hosts: Host[] }) {
  const [name, setName] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    await api("POST", `${path}/hosts`, { host: name.trim().toLowerCase() });
    setName("");
    await onChanged();
  };
  return (
    <section className={css.group} aria-label="Hosts">
      <h2>Hosts</h2>
      <p className={kit.muted}>A claim can be about what a host answers once the host shows that it is yours.</p>
      {hosts.map((host) => (
        <HostRow key={host.host} host={host} path={path} mayChange={mayChange} onChanged={onChanged} />
      ))}
      {error !== null && <ErrorBox error={error} />}
      {mayChange && (
        <Form verb="Add host" onSubmit={submit} onError={setError} isDisabled={!name.trim()}>
          <Field
            label="Name of a host"
            value={name}
            onChange={setName}
            maxLength={253}
            placeholder="app.example.com"
            mono
          />
        </Form>
      )}
    </section>
  );
}

function HostRow({ host, path, mayChange, onChanged }: Of & { host: Host }) {
  const at = `${path}/hosts/${encodeURIComponent(host.host)}`;
  const [showed, setShowed] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isAsking, setAsking] = useState(false);
  const [isForgetting, setForgetting] = useState(false);
  const question = async () => {
    setAsking(true);
    setError(null);
    try {
      setShowed((await api<{ showed: string }>("POST", `${at}/show`)).showed);
      await onChanged();
    } catch (failed) {
      setError(failed);
    } finally {
      setAsking(false);
    }
  };
  const said = showed ? SHOWED[showed] : undefined;
  return (
    <article className={css.row} aria-label={host.host}>
      <div className={css.rowhead}>
        <h3>{host.host}</h3>
        {host.is_shown ? <Badge tone="good">shown to be yours</Badge> : <Badge tone="warn">not shown</Badge>}
        {host.asked_at && (
          <span className={kit.muted}>
            asked <Ago at={host.asked_at} />
          </span>
        )}
      </div>
      {!host.is_shown && (
        <>
          <p>
            Put this token into a TXT record of <code>{host.record}</code>, or into a file at <code>{host.url}</code>.
          </p>
          <Snippet what={`Token of ${host.host}`} text={host.token} />
        </>
      )}
      {said && (
        <Note tone={said.tone}>
          <p role="status">{said.text}</p>
        </Note>
      )}
      {error !== null && <ErrorBox error={error} />}
      {mayChange && (
        <div className={css.actions}>
          <Button
            size="small"
            onPress={() => void question()}
            isPending={isAsking}
            aria-label={`Ask now: ${host.host}`}
          >
            Ask now
          </Button>
          <RowButton verb="Forget host" of={host.host} look="danger" onPress={() => setForgetting(true)} />
        </div>
      )}
      <Confirm
        title={`Forget ${host.host}?`}
        verb="Forget host"
        isOpen={isForgetting}
        onClose={() => setForgetting(false)}
        onConfirm={async () => {
          await api("DELETE", at);
          await onChanged();
        }}
      >
        Claims about it cannot be measured any more.
      </Confirm>
    </article>
  );
}
