// The shared key of a write key, by which senders of Fluent's forward protocol are known.

import { useState } from "react";
import { api } from "../api/client";
import type { SharedKey } from "../api/described";
import type { ApiKey, Source } from "../api/types";
import { Authority } from "../first-run/authority";
import { Button, Tabs } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { muted, stack } from "../kit/page";
import { ErrorBox, Note, Snippet } from "../kit/states";
import { Form } from "../sign-in/ways";
import { forwardSnippets } from "./forward";

export function SharedKeyDialog({ source, of, onClose }: { source: Source; of: ApiKey; onClose: () => void }) {
  const [shown, setShown] = useState<SharedKey | null>(null);
  const [error, setError] = useState<unknown>(null);
  const show = async () =>
    setShown(await api<SharedKey>("POST", `/v1/sources/${source.id}/keys/${of.id}/shared-key`, {}));
  return (
    <Dialog title={`Shared key of “${of.name}”`} isOpen onClose={onClose} isKept isShownOnce={shown !== null} wide>
      {shown ? (
        <>
          <Shown {...shown} />
          <Actions>
            <Button look="primary" onPress={onClose}>
              I have copied the shared key
            </Button>
          </Actions>
        </>
      ) : (
        <>
          <p>
            Fluent Bit and Fluentd send over Fluent's forward protocol with a shared key in place of the write key. It
            counts exactly as long as this write key does.
          </p>
          <p>
            It is stored nowhere: the server derives the same one whenever it is asked for. Each time, the audit trail
            says who saw it.
          </p>
          {error !== null && <ErrorBox error={error} />}
          <Form onCancel={onClose} verb="Show shared key" onSubmit={show} onError={setError}>
            {null}
          </Form>
        </>
      )}
    </Dialog>
  );
}

function Shown({ username, shared_key: secret }: SharedKey) {
  return (
    <div className={stack}>
      <Note tone="warn">
        <p>
          Copy the shared key now: it goes when this closes. Whoever has it can write to this source; to take it back,
          revoke or rotate the write key.
        </p>
      </Note>
      <Snippet what="shared key" text={secret} />
      <Tabs
        label="Configuration"
        tabs={forwardSnippets(location.hostname, username, secret).map(({ id, name, text }) => ({
          id,
          name,
          content: <Snippet what={`${name} configuration`} text={text} />,
        }))}
      />
      <p className={muted}>
        The server listens for this protocol only where it was started with <code>--forward-listen</code>; the port is
        the one that is said there. <code>web-1</code> stands for the sender's own name.
      </p>
      <Authority />
    </div>
  );
}
