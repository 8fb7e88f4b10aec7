// The own account: who one is, how one signs in, where one is signed in, and what one was told.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import { notices as noticesQuery, sessions as sessionsQuery } from "../api/people";
import { me as meQuery, queries } from "../api/queries";
import type { Session } from "../api/types";
import { Button, Field } from "../kit/controls";
import { Asked, Fact, Facts, muted, Page, Panel, rowOf, rows } from "../kit/page";
import { Badge, Copy, ErrorBox, Note } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { SessionRows } from "../people/sessions";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { lookAt, said } from "./notices";
import { Passkeys } from "./passkeys";
import { Codes, Passphrase, RecoveryCodes } from "./ways";

export function Account() {
  const me = useMe();
  const ways = me.sign_in;
  const hasNone = !ways.passphrase && ways.passkeys === 0 && !ways.single_sign_on;
  return (
    <Page title="Your account">
      {hasNone && (
        <Note tone="warn">
          <p>This account has no way to sign in. Add a passkey or set a passphrase below before you leave.</p>
        </Note>
      )}
      <Profile />
      <Notices />
      <Passkeys />
      <Passphrase />
      <Codes />
      <RecoveryCodes />
      <Sessions />
    </Page>
  );
}

function Profile() {
  const me = useMe();
  const [name, setName] = useState(me.name);
  const [error, setError] = useState<unknown>(null);
  const submit = async () => {
    await api("PATCH", "/v1/me", { name: name.trim() });
    await queries.invalidateQueries({ queryKey: meQuery.queryKey });
    toast("Your name is changed");
  };
  return (
    <Panel title="You">
      <Facts>
        <Fact name="E-mail">{me.email}</Fact>
        <Fact name="Kind of account">{me.kind === "person" ? "person" : <Badge tone="staff">{me.kind}</Badge>}</Fact>
        <Fact name="Organizations">
          {me.tenants.length === 0
            ? "none"
            : me.tenants.map((tenant) => `${tenant.name} as ${tenant.roles.join(", ")}`).join("; ")}
        </Fact>
        {me.tenant !== null && (
          <Fact name={me.tenants.length > 1 ? "Id of the organization that you work in" : "Organization's id"}>
            <code>{me.tenant}</code> <Copy text={me.tenant} what="organization's id" />
          </Fact>
        )}
      </Facts>
      {error !== null && <ErrorBox error={error} />}
      <Form verb="Save name" onSubmit={submit} onError={setError} isDisabled={!name.trim() || name.trim() === me.name}>
        <Field label="Name" value={name} onChange={setName} maxLength={64} autoComplete="name" isRequired />
      </Form>
    </Panel>
  );
}

// Notices that are shown at once.
const NEWEST = 5;

function Notices() {
  const { id } = useMe();
  const asked = useQuery({ ...noticesQuery, staleTime: 0 });
  useEffect(() => {
    if (asked.data) lookAt(id, asked.data);
  }, [id, asked.data]);
  const [isAll, setAll] = useState(false);
  return (
    <Panel title="Notices" help="What happened to your account and your organization that you should know of.">
      <Asked of={asked} what="your notices">
        {(all) =>
          all.length === 0 ? (
            <p className={muted}>Nothing to tell.</p>
          ) : (
            <>
              <ul className={rows}>
                {all.slice(0, isAll ? all.length : NEWEST).map((one) => (
                  <li key={`${one.at} ${one.notice}`} className={rowOf}>
                    <div>{said(one)}</div>
                    <span className={muted}>
                      <Ago at={one.at} />
                    </span>
                  </li>
                ))}
              </ul>
              {all.length > NEWEST && !isAll && (
                <p>
                  <Button size="small" onPress={() => setAll(true)}>
                    Show {all.length - NEWEST} older ones
                  </Button>
                </p>
              )}
            </>
          )
        }
      </Asked>
    </Panel>
  );
}

function Sessions() {
  const asked = useQuery({ ...sessionsQuery, staleTime: 0 });
  const [isEnding, setEnding] = useState(false);
  const again = () => queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  const end = async (session: Session) => {
    await api("DELETE", `/v1/me/sessions/${session.id}`);
    await again();
    toast("The session is ended");
  };
  const endOthers = async () => {
    setEnding(true);
    try {
      const { ended } = await api<{ ended: number }>("POST", "/v1/me/sessions/end-others");
      await again();
      toast(ended === 1 ? "1 session is ended" : `${ended} sessions are ended`);
    } catch (error) {
      toast(error instanceof Error ? error.message : "The sessions were not ended", { kind: "failed" });
    } finally {
      setEnding(false);
    }
  };
  return (
    <Panel
      title="Where you are signed in"
      help="A session ends 60 minutes after its last request, and after 12 hours in any case. An open tab that you can see keeps asking for news, which counts."
      actions={
        (asked.data?.length ?? 0) > 1 && (
          <Button look="danger" size="small" onPress={endOthers} isPending={isEnding}>
            End all others
          </Button>
        )
      }
    >
      <Asked of={asked} what="your sessions">
        {(all) => <SessionRows sessions={all} onEnd={end} />}
      </Asked>
    </Panel>
  );
}
