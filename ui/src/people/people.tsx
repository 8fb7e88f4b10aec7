// Who is a member of the organization, and who was invited.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import {
  type Grant,
  type Invitation,
  invitations as invitationsQuery,
  type NewInvitation,
  type Person,
  people as peopleQuery,
  useMay,
} from "../api/people";
import { queries } from "../api/queries";
import { Button, Field, RowButton } from "../kit/controls";
import { Actions, Confirm, Dialog } from "../kit/dialog";
import { Asked, muted, OnlyLooks, Page, row } from "../kit/page";
import { Badge, Empty, ErrorBox, SecretOnce, Table } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { NotAllowed } from "../kit/unready";
import { Until } from "../kit/until";
import { useOpened } from "../shell/opened";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { TeamPages } from "./pages";
import { Grants, RolesField } from "./roles-field";

export function People() {
  const me = useMe();
  const maySee = useMay("people:view");
  const people = useQuery({ ...peopleQuery(me.tenant), enabled: maySee === true && me.tenant !== null });
  const mayManage = useMay("people:manage") === true;
  const [isInviting, setInviting] = useOpened("invite");
  const [made, setMade] = useState<NewInvitation | null>(null);
  if (me.tenant === null) {
    return (
      <Page title="People & roles">
        <Empty title="No organization">This account is a member of none, so there is nobody to show.</Empty>
      </Page>
    );
  }
  if (maySee === false) {
    return (
      <Page title="People & roles" lead={<TeamPages />}>
        <NotAllowed permission="people:view" what="the people" />
      </Page>
    );
  }
  return (
    <Page
      title="People & roles"
      lead={<TeamPages />}
      actions={
        mayManage && (
          <Button look="primary" onPress={() => setInviting(true)}>
            Invite somebody
          </Button>
        )
      }
    >
      <Asked of={people} what="the people">
        {(people) => (
          <>
            <Table label="People" columns={["Name", "Roles", "Second factor", "Last seen", "Joined"]}>
              {people.map((person) => (
                <PersonRow key={person.id} person={person} isMe={person.id === me.id} />
              ))}
            </Table>
            <p className={muted}>{summary(people)}</p>
            {!mayManage && <OnlyLooks right="people:manage" what="invite, change or remove somebody" />}
          </>
        )}
      </Asked>
      <h2>Invitations</h2>
      <Invitations mayManage={mayManage} tenant={me.tenant} onMade={setMade} people={people.data ?? []} />
      <Invite tenant={me.tenant} isOpen={isInviting && mayManage} onClose={() => setInviting(false)} onMade={setMade} />
      <Dialog
        title={`Invitation of ${made?.email ?? ""}`}
        isOpen={made !== null}
        onClose={() => setMade(null)}
        isShownOnce
      >
        <p>
          Give this link to the person yourself: nothing was sent. It works once, for this address,{" "}
          {made && <Until at={made.expires_at} />}.
        </p>
        {made && <SecretOnce secret={made.link} what="invitation link" />}
        <Actions>
          <Button look="primary" onPress={() => setMade(null)}>
            I have copied the link
          </Button>
        </Actions>
      </Dialog>
    </Page>
  );
}

function summary(people: readonly Person[]): string {
  const safe = people.filter((person) => person.second_factor).length;
  return `${safe} of ${people.length} can prove a second factor.`;
}

function PersonRow({ person, isMe }: { person: Person; isMe: boolean }) {
  return (
    <tr>
      <td>
        <Link to="/people/$person" params={{ person: person.id }}>
          {person.name}
        </Link>{" "}
        {isMe && <Badge tone="info">you</Badge>} {person.state === "disabled" && <Badge tone="bad">disabled</Badge>}
        <br />
        <span className={muted}>{person.email}</span>
      </td>
      <td>
        <Grants of={person.roles} />
      </td>
      <td>
        <Factor person={person} />
      </td>
      <td>{person.seen_at ? <Ago at={person.seen_at} /> : "not signed in"}</td>
      <td>
        <Ago at={person.joined_at} />
      </td>
    </tr>
  );
}

export function Factor({ person }: { person: Person }) {
  if (person.passkeys > 0) return person.passkeys === 1 ? "1 passkey" : `${person.passkeys} passkeys`;
  return person.second_factor ? "one-time codes" : <Badge tone="warn">none</Badge>;
}

const TONES = { open: "info", expired: "warn", revoked: "bad", accepted: "good" } as const;

function Invitations(props: {
  tenant: string;
  people: readonly Person[];
  mayManage: boolean;
  onMade: (invitation: NewInvitation) => void;
}) {
  const { mayManage } = props;
  const asked = useQuery({ ...invitationsQuery(props.tenant), enabled: useMay("people:view") === true });
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  const path = `/v1/tenants/${props.tenant}/invitations`;
  const again = () => queries.invalidateQueries({ queryKey: ["/invitations", props.tenant] });
  const resend = async (invitation: Invitation) => {
    try {
      props.onMade(await api<NewInvitation>("POST", `${path}/${invitation.id}/resend`));
      await again();
    } catch (error) {
      toast(error instanceof Error ? error.message : "No new link was made", { kind: "failed" });
    }
  };
  const by = (id: string | null) => props.people.find((person) => person.id === id)?.name ?? id ?? "the shell";
  return (
    <Asked of={asked} what="the invitations">
      {(all) =>
        all.length === 0 ? (
          <p className={muted}>Nobody is invited. An invitation is a link for one address, good for 7 days.</p>
        ) : (
          <>
            <Table
              label="Invitations"
              columns={["Address", "Roles", "State", "By", "Ends", { name: "Actions", hidden: true }]}
            >
              {all.map((one) => (
                <tr key={one.id}>
                  <td>{one.email}</td>
                  <td>
                    <Grants of={one.roles} />
                  </td>
                  <td>
                    <Badge tone={TONES[one.state]}>{one.state}</Badge>
                  </td>
                  <td>{by(one.invited_by)}</td>
                  <td>{(one.state === "open" || one.state === "expired") && <Ago at={one.expires_at} />}</td>
                  <td>
                    {mayManage && (one.state === "open" || one.state === "expired") && (
                      <div className={row}>
                        <RowButton verb="New link" of={`for ${one.email}`} onPress={() => resend(one)} />
                        <RowButton
                          verb="Revoke"
                          of={`the invitation of ${one.email}`}
                          look="danger"
                          onPress={() => setRevoking(one)}
                        />
                      </div>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
            <Confirm
              title={`Revoke the invitation of ${revoking?.email ?? ""}?`}
              verb="Revoke invitation"
              isOpen={revoking !== null}
              onClose={() => setRevoking(null)}
              onConfirm={async () => {
                await api("DELETE", `${path}/${revoking?.id}`);
                await again();
              }}
            >
              Its link opens nothing from now on.
            </Confirm>
          </>
        )
      }
    </Asked>
  );
}

function Invite(props: {
  tenant: string;
  isOpen: boolean;
  onClose: () => void;
  onMade: (invitation: NewInvitation) => void;
}) {
  const [email, setEmail] = useState("");
  const [roles, setRoles] = useState<Grant[]>([{ role: "member", source: null }]);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setEmail("");
    setError(null);
    props.onClose();
  };
  const submit = async () => {
    const asked = { email: email.trim(), roles };
    const made = await api<NewInvitation>("POST", `/v1/tenants/${props.tenant}/invitations`, asked);
    await queries.invalidateQueries({ queryKey: ["/invitations", props.tenant] });
    close();
    props.onMade(made);
  };
  return (
    <Dialog title="Invite somebody" isOpen={props.isOpen} onClose={close} isKept wide>
      {error !== null && <ErrorBox error={error} />}
      <Form
        onCancel={close}
        verb="Make invitation"
        onSubmit={submit}
        onError={setError}
        isDisabled={!email.trim() || !roles.length}
      >
        <Field label="E-mail" type="email" value={email} onChange={setEmail} autoFocus isRequired />
        <RolesField label="Roles" value={roles} onChange={setRoles} />
      </Form>
    </Dialog>
  );
}
