// Logs: search, look around, follow.

import { useQuery } from "@tanstack/react-query";
import { useSearch as useAddress } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { sources as sourcesQuery } from "../api/queries";
import { LinkButton } from "../kit/controls";
import { Empty, ErrorBox, Waiting } from "../kit/states";
import { useMe } from "../shell/shell";
import { Explorer } from "./explorer";
import css from "./logs.module.css";
import { LAST_SOURCE } from "./view";

const Start = lazy(async () => ({ default: (await import("../first-run/start")).Start }));

export function Logs() {
  const me = useMe();
  const { data: all, error, refetch } = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const view = useAddress({ from: "/inside/logs" });
  useEffect(() => {
    document.title = "Logs - Blockhouse";
  }, []);
  if (me.tenant === null)
    return <Empty title="No organization">This account is a member of none, so there are no logs to show.</Empty>;
  if (error) {
    return (
      <div className={css.alone}>
        <ErrorBox error={error} retry={() => void refetch()} />
      </div>
    );
  }
  if (!all) return <Waiting>Asking for the sources …</Waiting>;
  const last = localStorage.getItem(LAST_SOURCE);
  const source = view.s ? all.find((one) => one.id === view.s) : (all.find((one) => one.id === last) ?? all[0]);
  if (!source) {
    return view.s ? (
      <Empty title="There is no such source here" action={<LinkButton href="/app/logs">Other logs</LinkButton>}>
        It may belong to another organization, or you may not read it. Whoever sent the link can tell which one.
      </Empty>
    ) : (
      <Suspense fallback={<Waiting>Asking what you may do …</Waiting>}>
        <Start tenant={me.tenant} />
      </Suspense>
    );
  }
  return <Explorer key={source.id} source={source} sources={all} view={view} />;
}
