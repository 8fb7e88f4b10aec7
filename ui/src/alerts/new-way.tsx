// Names a way on which alerts are told.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { people, tenantPath, useMay } from "../api/people";
import { queries } from "../api/queries";
import { type DestinationKind, destinations as destinationsQuery, type NewDestination } from "../api/watching";
import { Area, Field, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { muted } from "../kit/page";
import { ErrorBox } from "../kit/states";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";

const KINDS: readonly { id: DestinationKind; name: string; help: string }[] = [
  { id: "mail", name: "Mail to a member", help: "once they confirmed it" },
  { id: "webhook", name: "Webhook", help: "JSON, signed" },
  { id: "slack", name: "Chat", help: "Slack, Mattermost and alike" },
];
const PEM_MAX = 16_384;

export function NewWay(props: { tenant: string; onClose: () => void; onMade: (way: NewDestination) => void }) {
  const me = useMe();
  const [kind, setKind] = useState<DestinationKind>("webhook");
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [authority, setAuthority] = useState("");
  const [user, setUser] = useState(me.id);
  const [error, setError] = useState<unknown>(null);
  const maySee = useMay("people:view") === true;
  const { data: members } = useQuery({ ...people(props.tenant), enabled: maySee });
  const options = members?.map((person) => ({ id: person.id, name: person.name, help: person.email })) ?? [
    { id: me.id, name: me.name, help: me.email },
  ];
  const submit = async () => {
    const to = kind === "mail" ? { user } : { url: url.trim(), ...(authority.trim() ? { authority } : {}) };
    const path = tenantPath(props.tenant, "/alert-destinations");
    const made = await api<NewDestination>("POST", path, { name: name.trim(), kind, ...to });
    await queries.invalidateQueries({ queryKey: destinationsQuery(props.tenant).queryKey });
    props.onMade(made);
  };
  return (
    <Dialog title="New destination" isOpen onClose={props.onClose} isKept>
      {error !== null && <ErrorBox error={error} />}
      <Form
        onCancel={props.onClose}
        verb="Add destination"
        onSubmit={submit}
        onError={setError}
        isDisabled={!name.trim() || (kind !== "mail" && !url.trim())}
      >
        <Select label="Kind" options={KINDS} value={kind} onChange={setKind} />
        <Field label="Name" value={name} onChange={setName} maxLength={64} autoFocus isRequired />
        {kind === "mail" ? (
          <>
            <Select label="Member" options={options} value={user} onChange={setUser} />
            <p className={muted}>
              A code goes to their own address; nothing else is sent there before they give it back on this page.
            </p>
          </>
        ) : (
          <>
            <Field
              label="Address"
              help={
                kind === "slack"
                  ? "The incoming webhook of the chat. It is a secret, and shown to nobody again."
                  : "https, with a certificate that can be verified. Redirects are not followed."
              }
              value={url}
              onChange={setUrl}
              type="url"
              maxLength={2_048}
              placeholder="https://"
              mono
              isRequired
            />
            <Area
              label="Certificate authority"
              help="In PEM, if it is none that the server's machine trusts."
              value={authority}
              onChange={setAuthority}
              max={PEM_MAX}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}
