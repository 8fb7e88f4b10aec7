// The bar over every screen while staff read: for the organization that is read, and for whoever reads.

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { api } from "../api/client";
import { type AccessRequest, accessRequests, every, ownAccess, useMay } from "../api/people";
import { me as meQuery, queries } from "../api/queries";
import { Button } from "../kit/controls";
import { Badge } from "../kit/states";
import { toast } from "../kit/toast";
import { useNames } from "../people/roles-field";
import { useMe } from "../shell/shell";
import css from "./access.module.css";
import { isOpen } from "./request";
import { endOf, useRunning } from "./running";

const WATCH_MS = 15_000;
const TICK_MS = 1_000;

export function AccessBar() {
  const me = useMe();
  if (me.kind === "person") return me.tenant === null ? null : <OfTenant tenant={me.tenant} />;
  return me.session.access ? <OfStaff access={me.session.access} /> : null;
}

function OfTenant({ tenant }: { tenant: string }) {
  const maySee = useMay("access:view") === true;
  const mayEnd = useMay("access:approve") === true;
  const { data } = useQuery({
    ...accessRequests(tenant),
    enabled: maySee,
    refetchInterval: every(WATCH_MS),
  });
  const names = useNames();
  const running = data?.requests.filter((one) => one.state === "active") ?? [];
  return running.map((one) => (
    <Bar
      key={one.id}
      of={one}
      onEnd={
        mayEnd
          ? async () => {
              await api("POST", `/v1/tenants/${tenant}/access/${one.id}/end`);
              await queries.invalidateQueries({ queryKey: ["/access", tenant] });
            }
          : null
      }
    >
      {data?.people[one.staff] ?? "Staff"} of the installation's staff reads source “{names.source(one.source)}”.
    </Bar>
  ));
}

/** At the place of requests: how many wait for whoever is signed in. What is asked for is what the bar asks for. */
export function Waits({ className }: { className: string | undefined }) {
  const { id, tenant } = useMe();
  const may = [useMay("access:view"), useMay("access:approve")].every((one) => one === true);
  const { data } = useQuery({ ...accessRequests(tenant), enabled: may && tenant !== null });
  const waits = (may && data?.requests.filter((one) => waitsFor(one, id)).length) || 0;
  return (
    waits > 0 && (
      <span className={className}>
        <Badge tone="warn">
          {waits}
          <span className="visually-hidden"> {waits === 1 ? "waits" : "wait"} for you:</span>
        </Badge>
      </span>
    )
  );
}

/** To be decided by this person, or used in an emergency and to be reviewed. */
const waitsFor = (one: AccessRequest, person: string) =>
  one.state === "pending"
    ? isOpen(one) && !one.emergency && one.approvals.every((signature) => signature.signer !== person)
    : !isOpen(one) && one.emergency?.second != null && !one.emergency.reviewed_at;

function OfStaff({ access }: { access: string }) {
  const one = useRunning(true)?.find((request) => request.id === access);
  if (!one) return null;
  return (
    <Bar
      of={one}
      onEnd={async () => {
        await api("POST", `/v1/access/${one.id}/end`);
        await queries.invalidateQueries({ queryKey: ownAccess.queryKey });
        await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      }}
    >
      You read source {one.source} of an organization, with its approval. Each question is told there.
    </Bar>
  );
}

function Bar(props: { of: AccessRequest; onEnd: (() => Promise<void>) | null; children: React.ReactNode }) {
  const { of, onEnd } = props;
  const [isEnding, setEnding] = useState(false);
  const end = async () => {
    setEnding(true);
    try {
      await onEnd?.();
      toast("The access has ended");
    } catch (error) {
      toast(error instanceof Error ? error.message : "The access was not ended", { kind: "failed" });
    } finally {
      setEnding(false);
    }
  };
  return (
    <section className={css.bar} aria-label="Staff access">
      <span>{props.children}</span>
      <Left until={endOf(of)} />
      <Link to="/access">See it</Link>
      {onEnd && (
        <Button size="small" onPress={end} isPending={isEnding}>
          End now
        </Button>
      )}
    </section>
  );
}

/** `12 min 04 s left`. */
function Left({ until }: { until: string }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.round((Date.parse(until) - now) / 1000));
  const words =
    seconds >= 60 ? `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s` : `${seconds} s`;
  return (
    <time dateTime={until} title={`until ${until.replace("T", " ").replace("Z", "")} UTC`}>
      {words} left
    </time>
  );
}
