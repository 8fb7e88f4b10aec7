// Logs: search, look around, follow.

import { useQuery } from "@tanstack/react-query";
import { useSearch as useAddress } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useRunning } from "../access/running";
import { ownAccess } from "../api/people";
import { me as meQuery, queries, sources as sourcesQuery } from "../api/queries";
import type { Source } from "../api/types";
import { LinkButton } from "../kit/controls";
import { Empty, ErrorBox, Waiting } from "../kit/states";
import { useMe } from "../shell/shell";
import { Explorer } from "./explorer";
import css from "./logs.module.css";
import { LAST_SOURCE } from "./view";

const Start = lazy(async () => ({ default: (await import("../first-run/start")).Start }));

export function Logs() {
  const me = useMe();
  const isStaff = me.kind !== "person";
  const running = useRunning(isStaff);
  const { data: listed, error, refetch } = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const view = useAddress({ from: "/inside/logs" });
  // The first source, while its first log is awaited: a list that is asked for anew does not take its key away.
  const [made, setMade] = useState<{ tenant: string; source: Source } | null>(null);
  if (made && (view.s || made.tenant !== me.tenant)) setMade(null);
  useEffect(() => {
    document.title = "Logs - Blockhouse";
  }, []);
  // What staff read is gone with the access that it was read under.
  const all = isStaff && running ? listed?.filter(({ id }) => running.some(({ source }) => source === id)) : listed;
  const isRunning = running !== undefined && running.length > 0;
  const [hasRead, setRead] = useState(false);
  if (isRunning && !hasRead) setRead(true);
  const isOver = isStaff && hasRead && !isRunning;
  useEffect(() => {
    if (isOver) forgetRecords();
  }, [isOver]);
  if (isStaff && (me.tenant === null || running?.length === 0)) return <NoAccess isOver={isOver} />;
  if (me.tenant === null)
    return <Empty title="No organization">This account is a member of none, so there are no logs to show.</Empty>;
  const last = localStorage.getItem(LAST_SOURCE);
  const source = view.s ? all?.find((one) => one.id === view.s) : (all?.find((one) => one.id === last) ?? all?.[0]);
  const { tenant } = me;
  if (made || (all && !source && !view.s)) {
    return (
      <Suspense fallback={<Waiting>Asking what you may do …</Waiting>}>
        <Start tenant={tenant} source={made?.source ?? null} onMade={(source) => setMade({ tenant, source })} />
      </Suspense>
    );
  }
  if (error && !all) {
    return (
      <div className={css.alone}>
        <ErrorBox error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!all) return <Waiting>Asking for the sources …</Waiting>;
  if (!source) {
    return (
      <Empty title="There is no such source here" action={<LinkButton href="/app/logs">Other logs</LinkButton>}>
        It may belong to another organization, or you may not read it. Whoever sent the link can tell which one.
      </Empty>
    );
  }
  return <Explorer key={source.id} source={source} sources={all} view={view} />;
}

function NoAccess({ isOver }: { isOver: boolean }) {
  return (
    <Empty
      title={isOver ? "The access has ended" : "No access is running"}
      action={<LinkButton href="/app/access">Access requests</LinkButton>}
    >
      {isOver && "What was read is not shown any more. "}
      Staff read logs of an organization under an access that its people approved, while it runs.
    </Empty>
  );
}

/** Whatever was answered but who one is and what one asked for. */
function forgetRecords() {
  const kept: unknown[] = [meQuery.queryKey[0], ownAccess.queryKey[0]];
  queries.removeQueries({ type: "inactive", predicate: ({ queryKey }) => !kept.includes(queryKey[0]) });
  void queries.invalidateQueries({ queryKey: meQuery.queryKey });
}
