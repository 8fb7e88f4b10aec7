// What staff ask of the organization: decided here, watched while it runs, and kept with what was read.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../api/client";
import {
  type AccessRequest,
  type AccessRequests,
  accessRequests,
  every,
  people as peopleQuery,
  tenantOf,
  useMay,
} from "../api/people";
import { queries } from "../api/queries";
import { Button, LinkButton } from "../kit/controls";
import { Confirm } from "../kit/dialog";
import { Asked, muted, Page, row } from "../kit/page";
import { Copy, Empty, Note, numberCell, Table } from "../kit/states";
import { Ago, count, counted } from "../kit/time";
import { toast } from "../kit/toast";
import { NotAllowed } from "../kit/unready";
import { useNames } from "../people/roles-field";
import { useMe } from "../shell/shell";
import css from "./access.module.css";
import { Approve } from "./approve";
import { isOpen, left, State, Title, Words } from "./request";
import { Rules } from "./rules";
import { Questions } from "./trail";

/** How often what waits and what runs is looked at. */
export const WATCH_MS = 10_000;

export const again = (tenant: string) => queries.invalidateQueries({ queryKey: ["/access", tenant] });

/** Whether whoever is signed in may decide; `null` while that is not known. */
export function useMayDecide(): boolean | null {
  return useMay("access:approve") ?? null;
}

export function TenantSide() {
  const me = useMe();
  const maySee = useMay("access:view");
  const asked = useQuery({
    ...accessRequests(me.tenant),
    enabled: maySee === true && me.tenant !== null,
    refetchInterval: every(WATCH_MS),
  });
  if (me.tenant === null) {
    return (
      <Page title="Access requests">
        <Empty title="No organization">This account is a member of none, so nobody can ask for anything.</Empty>
      </Page>
    );
  }
  const tenant = me.tenant;
  if (maySee === false) {
    return (
      <Page title="Access requests">
        <NotAllowed permission="access:view" what="the requests of staff" />
      </Page>
    );
  }
  return (
    <Page title="Access requests">
      <Asked of={asked} what="the requests of staff">
        {(answer) => <Shown answer={answer} tenant={tenant} />}
      </Asked>
      <Rules tenant={tenant} />
      <p>
        Staff ask for one source by two ids, which you give them with your ticket: that of the source, which stands on
        its page, and that of your organization: <code>{tenant}</code> <Copy text={tenant} what="organization's id" />
      </p>
    </Page>
  );
}

function Shown({ answer, tenant }: { answer: AccessRequests; tenant: string }) {
  const names = useNames();
  const isOff = useQuery(tenantOf(tenant)).data?.settings.staff_access === "never";
  const open = answer.requests.filter(isOpen);
  const past = answer.requests.filter((one) => !isOpen(one));
  const late = past.filter((one) => one.emergency?.second && !one.emergency.reviewed_at);
  const who = (id: string) => answer.people[id] ?? id;
  return (
    <>
      {late.map((one) => (
        <Review key={one.id} of={one} who={who(one.staff)} source={names.source(one.source)} tenant={tenant} />
      ))}
      {open.length === 0 ? (
        <Empty title="No request is open">
          {isOff
            ? "Asking is off: staff can ask for nothing while what they may ask, below, is set to never."
            : "Staff who want to read a source ask here, and read nothing until one of you has signed the request with a passkey."}
        </Empty>
      ) : (
        open.map((one) => (
          <Card
            key={one.id}
            of={one}
            who={who(one.staff)}
            source={names.source(one.source)}
            people={answer.people}
            tenant={tenant}
          />
        ))
      )}
      <h2>History</h2>
      {past.length === 0 ? (
        <p className={muted}>No earlier requests. All of them stay here, with what was read.</p>
      ) : (
        <Table
          label="Earlier requests"
          columns={["Asked", "Who", "Source", "State", "Approved by", { name: "Questions", number: true }]}
        >
          {past.map((one) => (
            <tr key={one.id}>
              <td>
                <Link to="/access/$request" params={{ request: one.id }}>
                  <Ago at={one.created_at} />
                </Link>
              </td>
              <td>{who(one.staff)}</td>
              <td>{names.source(one.source)}</td>
              <td>
                <State of={one} />
              </td>
              <td>{decided(one, answer.people)}</td>
              <td className={numberCell}>{count.format(one.readings)}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

/** Who let it happen. */
function decided({ emergency, approvals }: AccessRequest, people: Record<string, string>): string {
  const name = (id: string) => people[id] ?? id;
  if (emergency)
    return emergency.second ? `opened by ${name(emergency.second.signer)} of staff` : "waits for a second of staff";
  return approvals.map((signature) => name(signature.signer)).join(", ") || "nobody";
}

type Of = { of: AccessRequest; who: string; source: string; tenant: string };

function Card(props: Of & { people: Record<string, string> }) {
  const { of, who, source, tenant, people } = props;
  return (
    <article className={css.card} aria-label={`Request of ${who}`}>
      <div className={row}>
        <State of={of} />
        <span className={muted}>
          {of.emergency
            ? decided(of, people)
            : `${of.approvals.length} of ${counted(of.approvals_needed, "approval")}${of.approvals.length ? `: ${decided(of, people)}` : ""}`}
        </span>
      </div>
      <Title of={of} who={who} source={source} />
      <Words of={of} who={who} source={source} />
      <Decide of={of} who={who} source={source} tenant={tenant} />
      {of.state === "active" && <Questions request={of.id} tenant={tenant} people={people} />}
    </article>
  );
}

function Decide({ of, who, source, tenant }: Of) {
  const me = useMe();
  const may = useMayDecide();
  const [isApproving, setApproving] = useState(false);
  const [isDenying, setDenying] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const path = `/v1/tenants/${tenant}/access/${of.id}`;
  const hasSigned = of.approvals.some((signature) => signature.signer === me.id);
  if (may === null) return null;
  if (!may) return <WhoDecides tenant={tenant} />;
  const deny = (
    <Button look="danger" onPress={() => setDenying(true)}>
      Deny
    </Button>
  );
  const end = (
    <Button look="danger" onPress={() => setEnding(true)}>
      {of.state === "active" ? "End now" : "Take the approval back"}
    </Button>
  );
  return (
    <>
      {of.state === "pending" ? (
        <div className={row}>
          {of.emergency ? null : me.sign_in.passkeys === 0 ? (
            <Note tone="warn">
              <p>
                An approval is a passkey's signature, and your account has none.{" "}
                <LinkButton size="small" href="/app/me">
                  Add a passkey
                </LinkButton>
              </p>
            </Note>
          ) : hasSigned ? (
            <span>You approved it. One more of you has to.</span>
          ) : (
            <Button look="primary" onPress={() => setApproving(true)}>
              Approve {left(of)} …
            </Button>
          )}
          {deny}
          <span className={muted}>
            Approving needs your passkey. To allow less, deny it and have them ask for less.
          </span>
        </div>
      ) : (
        <div className={row}>
          {end}
          {of.ends_at && of.ends_at !== of.until && (
            <span className={muted}>
              It ends by itself <Ago at={of.ends_at} />.
            </span>
          )}
        </div>
      )}
      {isApproving && <Approve of={of} who={who} source={source} tenant={tenant} onClose={() => setApproving(false)} />}
      <Confirm
        title={`Deny the request of ${who}?`}
        verb="Deny request"
        isOpen={isDenying}
        onClose={() => setDenying(false)}
        onConfirm={async () => {
          await api("POST", `${path}/deny`);
          await again(tenant);
          toast(`${who} reads nothing`);
        }}
      >
        {who} reads nothing of “{source}”. They can ask again, with other words or for less.
      </Confirm>
      <Confirm
        title={of.state === "active" ? `End the access of ${who}?` : "Take the approval back?"}
        verb={of.state === "active" ? "End access" : "Take back"}
        isOpen={isEnding}
        onClose={() => setEnding(false)}
        onConfirm={async () => {
          await api("POST", `${path}/end`);
          await again(tenant);
          toast(`The access of ${who} has ended`);
        }}
      >
        {who} is refused from the next question on, and a live tail of theirs ends.
      </Confirm>
    </>
  );
}

/** For whoever cannot decide: who can, and no form. */
function WhoDecides({ tenant }: { tenant: string }) {
  const maySee = useMay("people:view") === true;
  const { data } = useQuery({ ...peopleQuery(tenant), enabled: maySee });
  const can = (data ?? []).filter((person) =>
    person.roles.some((grant) => !grant.source && (grant.role === "owner" || grant.role === "admin")),
  );
  return (
    <p className={muted}>
      You may not decide this: it takes the permission <code>access:approve</code>.{" "}
      {can.length > 0 ? `${can.map((person) => person.name).join(", ")} can.` : "Owners and admins have it."}
    </p>
  );
}

function Review({ of, who, source, tenant }: Of) {
  const may = useMayDecide();
  const review = async () => {
    try {
      await api("POST", `/v1/tenants/${tenant}/access/${of.id}/review`);
      await again(tenant);
    } catch (error) {
      toast(error instanceof Error ? error.message : "It was not marked as reviewed", { kind: "failed" });
    }
  };
  return (
    <Note tone="bad">
      <p>
        {who} used the emergency way into “{source}” <Ago at={of.started_at ?? of.created_at} /> and asked{" "}
        {counted(of.readings, "question")}.{" "}
        {of.emergency?.review_late ? "Its review is late." : "It waits for your review, within 72 hours."}
      </p>
      <div className={row}>
        <LinkButton size="small" href={`/app/access/${of.id}`}>
          What was read
        </LinkButton>
        {may && (
          <Button size="small" onPress={review}>
            Mark as reviewed
          </Button>
        )}
      </div>
    </Note>
  );
}
