// One member: their roles, what those allow, where they are signed in, and how to part.

import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import { type Ability, abilitiesOf, type Grant, type Person, people as peopleQuery, useMay } from "../api/people";
import { queries } from "../api/queries";
import type { Session } from "../api/types";
import { Button, LinkButton } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, Behind, Fact, Facts, muted, OnlyLooks, Page, Panel } from "../kit/page";
import { Badge, Empty, ErrorBox, Waiting } from "../kit/states";
import { Ago } from "../kit/time";
import { toast } from "../kit/toast";
import { NotAllowed } from "../kit/unready";
import { useMe } from "../shell/shell";
import { Form } from "../sign-in/ways";
import { Abilities } from "./abilities";
import { TeamPages } from "./pages";
import { Factor } from "./people";
import { Grants, RolesField, same } from "./roles-field";
import { SessionRows } from "./sessions";

export function PersonPage() {
  const { person: id } = useParams({ from: "/inside/people/$person" });
  const me = useMe();
  const maySee = useMay("people:view");
  const people = useQuery({ ...peopleQuery(me.tenant), enabled: maySee === true && me.tenant !== null });
  const name = people.data?.find((one) => one.id === id)?.name;
  if (maySee === false) {
    return (
      <Page title="Person" lead={<TeamPages />}>
        <NotAllowed permission="people:view" what="the people" />
      </Page>
    );
  }
  return (
    <Page title={name ?? "Person"} lead={<TeamPages />}>
      <Asked of={people} what="the people">
        {(people) => {
          const person = people.find((one) => one.id === id);
          if (!person) {
            return (
              <Empty title="There is no such member" action={<LinkButton href="/app/people">All people</LinkButton>}>
                They may have been removed, or belong to another organization.
              </Empty>
            );
          }
          return <Shown key={id} person={person} tenant={me.tenant ?? ""} isMe={id === me.id} />;
        }}
      </Asked>
    </Page>
  );
}

type Of = { person: Person; tenant: string; isMe: boolean };

function Shown({ person, tenant, isMe }: Of) {
  const mayManage = useMay("people:manage");
  return (
    <>
      <Facts>
        <Fact name="E-mail">{person.email}</Fact>
        <Fact name="Account">
          {person.state === "active" ? "active" : <Badge tone="bad">disabled</Badge>} {isMe && "(you)"}
        </Fact>
        <Fact name="Second factor">
          <Factor person={person} />
        </Fact>
        <Fact name="Joined">
          <Ago at={person.joined_at} />
        </Fact>
        <Fact name="Last seen">{person.seen_at ? <Ago at={person.seen_at} /> : "not signed in"}</Fact>
      </Facts>
      <Roles person={person} tenant={tenant} isMe={isMe} mayManage={mayManage === true} />
      {mayManage && (
        <>
          <Sessions person={person} tenant={tenant} isMe={isMe} />
          <Remove person={person} tenant={tenant} isMe={isMe} />
        </>
      )}
    </>
  );
}

function Roles({ person, tenant, mayManage }: Of & { mayManage: boolean }) {
  const [wanted, setWanted] = useState<Grant[]>(person.roles);
  const [error, setError] = useState<unknown>(null);
  const now = useQuery(abilitiesOf(tenant, person.id));
  const isChanged = !same(wanted, person.roles);
  // What the roles would allow if they were kept; asked of the server, which changes nothing.
  const then = useQuery({
    queryKey: ["preview", tenant, wanted],
    queryFn: async ({ signal }) => {
      const path = `/v1/tenants/${tenant}/roles/preview`;
      return (await api<{ abilities: Ability[] }>("POST", path, { roles: wanted }, signal)).abilities;
    },
    enabled: isChanged && wanted.length > 0,
  });
  const submit = async () => {
    await api("PUT", `/v1/tenants/${tenant}/people/${person.id}`, { roles: wanted });
    await queries.invalidateQueries({ queryKey: ["/people", tenant] });
    await queries.invalidateQueries({ queryKey: ["abilities", tenant] });
    await queries.invalidateQueries({ queryKey: ["own-abilities"] });
    toast(`${person.name} has these roles from the next request on`);
  };
  return (
    <>
      <Panel title="Roles">
        {error !== null && <ErrorBox error={error} />}
        {mayManage ? (
          <Form verb="Save roles" onSubmit={submit} onError={setError} isDisabled={!isChanged || wanted.length === 0}>
            <RolesField label="Roles and how far each reaches" value={wanted} onChange={setWanted} />
          </Form>
        ) : (
          <>
            <Grants of={person.roles} />
            <OnlyLooks right="people:manage" what="change somebody's roles, sign them out or remove them" />
          </>
        )}
      </Panel>
      <Panel
        title={isChanged ? `What ${person.name} could do with these roles` : `What ${person.name} could do`}
        help={
          isChanged
            ? "Nothing is changed yet. Compared with the roles of now."
            : "Signed in freshly and with a second factor, by the engine that decides each request."
        }
      >
        <Asked of={now} what="what this person could do">
          {(now) => {
            if (!isChanged) return <Abilities of={now} />;
            if (wanted.length === 0) return <p className={muted}>Nothing: there is no role.</p>;
            if (then.error) return <ErrorBox error={then.error} retry={() => void then.refetch()} />;
            return then.data ? <Abilities of={then.data} before={now} /> : <Waiting>Asking what it would be …</Waiting>;
          }}
        </Asked>
      </Panel>
    </>
  );
}

function Sessions({ person, tenant, isMe }: Of) {
  const [isOpen, setOpen] = useState(false);
  const path = `/v1/tenants/${tenant}/people/${person.id}/sessions`;
  const asked = useQuery({
    queryKey: [path],
    queryFn: async ({ signal }) => (await api<{ sessions: Session[] }>("GET", path, undefined, signal)).sessions,
    enabled: isOpen,
    staleTime: 0,
  });
  const end = async (session: Session) => {
    await api("DELETE", `${path}/${session.id}`);
    await queries.invalidateQueries({ queryKey: [path] });
    toast(`${person.name} is signed out there`);
  };
  return (
    <Panel title="Where they are signed in" help="Sessions that work in this organization; others are not shown.">
      {isMe ? (
        <p>
          <LinkButton href="/app/me">See your sessions in your account</LinkButton>
        </p>
      ) : (
        <Behind what="their sessions" isOpen={isOpen} onOpen={() => setOpen(true)}>
          <Asked of={asked} what="their sessions">
            {(all) =>
              all.length === 0 ? (
                <p className={muted}>{person.name} is not signed in here.</p>
              ) : (
                <SessionRows sessions={all} onEnd={end} />
              )
            }
          </Asked>
        </Behind>
      )}
    </Panel>
  );
}

function Remove({ person, tenant, isMe }: Of) {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const remove = async () => {
    await api("DELETE", `/v1/tenants/${tenant}/people/${person.id}`);
    await queries.invalidateQueries({ queryKey: ["/people", tenant] });
    toast(`${person.name} is no member any more`);
    await navigate({ to: "/people" });
  };
  return (
    <Panel
      title={isMe ? "Leave the organization" : "Remove from the organization"}
      help="Their account stays; it reaches nothing here from the next request on. API keys that they made stay, too."
    >
      <p>
        <Button look="danger" onPress={() => setAsking(true)}>
          {isMe ? "Leave" : `Remove ${person.name}`}
        </Button>
      </p>
      <Confirm
        title={isMe ? "Leave the organization?" : `Remove ${person.name}?`}
        verb={isMe ? "Leave" : "Remove person"}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={remove}
      >
        {isMe ? "You reach" : `${person.name} reaches`} nothing of this organization from the next request on. To come
        back takes a new invitation.
      </Confirm>
    </Panel>
  );
}
