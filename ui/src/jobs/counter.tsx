// In the bar over every screen: how many jobs are under way, for whoever may see them; and word of each that ends.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { isRefused } from "../api/client";
import { type Job, job as jobQuery, openJobs } from "../api/jobs";
import { useMay } from "../api/people";
import { queries } from "../api/queries";
import { LinkButton } from "../kit/controls";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import { toast } from "../kit/toast";
import { useMe } from "../shell/shell";

const RUNS_MS = 5_000;
const IDLE_MS = 30_000;

export function JobCounter() {
  const me = useMe();
  const may = useMay("tenant:view") === true;
  const { data } = useQuery({
    ...openJobs(me.tenant),
    enabled: may && me.tenant !== null,
    refetchInterval: ({ state: { data, error } }) => (isRefused(error) ? false : data?.open ? RUNS_MS : IDLE_MS),
  });
  useEnds(data?.jobs, me.tenant);
  if (!data?.open) return null;
  return (
    <LinkButton size="small" href="/app/jobs?state=open">
      {count.format(data.open)} {data.open === 1 ? "job" : "jobs"}
      <span className="visually-hidden">under way</span>
    </LinkButton>
  );
}

/** Says how a job ended that was under way before. */
function useEnds(jobs: readonly Job[] | undefined, tenant: string | null) {
  const seen = useRef<{ tenant: string | null; jobs: readonly Job[] }>({ tenant, jobs: [] });
  useEffect(() => {
    if (!jobs) return;
    const before = seen.current.tenant === tenant ? seen.current.jobs : [];
    seen.current = { tenant, jobs };
    for (const { id } of before.filter((one) => jobs.every((now) => now.id !== one.id))) {
      // Whoever looks at it sees it.
      if (location.pathname.endsWith(`/jobs/${id}`)) continue;
      queries
        .fetchQuery(jobQuery(id))
        .then(({ title, state, outcome }) =>
          toast(`${flat(title)} is ${state}: ${flat(outcome ?? "")}`, { kind: state === "done" ? "done" : "failed" }),
        )
        .catch(() => {});
    }
  }, [jobs, tenant]);
}
