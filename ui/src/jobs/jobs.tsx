// Long work of the organization: what is under way, and how what is over ended.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useKeeperName } from "../alerts/named";
import { isRefused } from "../api/client";
import { isOpen, type Job, jobsOf } from "../api/jobs";
import { useMay } from "../api/people";
import { Button, LinkButton, Select } from "../kit/controls";
import { Asked, muted, named, Page, row } from "../kit/page";
import { Badge, Empty, numberCell, Table } from "../kit/states";
import { flat } from "../kit/text";
import { Ago, count } from "../kit/time";
import { useMe } from "../shell/shell";
import { Into } from "./into";
import { FILTERS, type Filter, progressWords, standing } from "./words";

const AGAIN_MS = 3_000;
const IDLE_MS = 30_000;

export function Jobs() {
  const me = useMe();
  const { state } = useSearch({ from: "/inside/jobs" });
  const navigate = useNavigate();
  const mayImport = useMay("logs:write") === true;
  const asked = useInfiniteQuery({
    ...jobsOf(me.tenant, state),
    refetchInterval: ({ state: { data, error } }) =>
      isRefused(error) ? false : data?.pages[0]?.open ? AGAIN_MS : IDLE_MS,
  });
  const importFile = mayImport ? (
    <LinkButton look="primary" href="/app/jobs/import">
      Import a file
    </LinkButton>
  ) : undefined;
  const filter = (
    <Select
      label="Which jobs"
      hideLabel
      options={FILTERS}
      value={(state ?? "all") as Filter}
      onChange={(next) => void navigate({ to: "/jobs", search: next === "all" ? {} : { state: next } })}
    />
  );
  const isNone = asked.data?.pages[0]?.jobs.length === 0;
  return (
    <Page
      title="Jobs"
      actions={
        isNone && !state ? undefined : (
          <>
            {filter}
            {importFile}
          </>
        )
      }
    >
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none, so there are no jobs to show.</Empty>
      ) : (
        <Asked of={asked} what="the jobs">
          {({ pages }) => {
            const shown = pages.flatMap((page) => page.jobs);
            if (shown.length === 0) return state ? <NoneSo /> : <None action={importFile} />;
            return (
              <>
                <List all={shown} />
                <p className={row}>
                  <span className={muted} role="status">
                    {count.format(shown.length)} shown{asked.hasNextPage ? "" : "; these are all"}
                    {pages[0]?.open ? `. ${count.format(pages[0].open)} under way.` : "."}
                  </span>
                  {asked.hasNextPage && (
                    <Button
                      size="small"
                      onPress={() => void asked.fetchNextPage()}
                      isPending={asked.isFetchingNextPage}
                    >
                      Show older jobs
                    </Button>
                  )}
                </p>
              </>
            );
          }}
        </Asked>
      )}
    </Page>
  );
}

function None({ action }: { action: ReactNode }) {
  return (
    <Empty title="No jobs yet" action={action}>
      A job is work that takes longer than a request, such as the import of a file into a source. It goes on without
      this page, after a restart too, and what became of it stays here and in the audit trail.
      {!action && " To import a file takes the permission logs:write, which your roles do not have."}
    </Empty>
  );
}

function NoneSo() {
  return (
    <Empty title="No such jobs" action={<LinkButton href="/app/jobs">All jobs</LinkButton>}>
      There is none in this state.
    </Empty>
  );
}

function List({ all }: { all: readonly Job[] }) {
  const keeperOf = useKeeperName();
  return (
    <Table
      label="Jobs"
      columns={["Job", "State", "How far", "Into", { name: "Records stored", number: true }, "Made", "By", "Ended"]}
    >
      {all.map((job) => {
        const { word, tone } = standing(job);
        return (
          <tr key={job.id}>
            <td className={named}>
              <Link to="/jobs/$job" params={{ job: job.id }}>
                <bdi>{flat(job.title)}</bdi>
              </Link>
            </td>
            <td>
              <Badge {...(tone ? { tone } : {})}>{word}</Badge>
            </td>
            <td>{isOpen(job) ? progressWords(job) : ""}</td>
            <td>
              <Into job={job} />
            </td>
            <td className={numberCell}>{count.format(job.records.stored)}</td>
            <td>
              <Ago at={job.created_at} />
            </td>
            <td>{keeperOf(job.keeper)}</td>
            <td>{job.ended_at && <Ago at={job.ended_at} />}</td>
          </tr>
        );
      })}
    </Table>
  );
}
