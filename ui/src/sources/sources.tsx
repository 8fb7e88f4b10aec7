// The sources of a tenant: what each takes in and for how long it keeps it, and what all of them take in.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { address, api, Problem } from "../api/client";
import { useMay } from "../api/people";
import { queries, sources as sourcesQuery } from "../api/queries";
import type { HistogramAnswer, SearchPage, Source } from "../api/types";
import type { DataKey } from "../data-keys/life";
import { dataKeysOf } from "../data-keys/query";
import { Button } from "../kit/controls";
import kit from "../kit/page.module.css";
import { Badge, Empty, ErrorBox, numberCell, Table, Waiting } from "../kit/states";
import { Ago, count, counted, short } from "../kit/time";
import { spread } from "../logs/spread";
import { useMe } from "../shell/shell";
import { useMayWith } from "./may";
import { NewSource } from "./new-source";
import css from "./sources.module.css";

const TenantQuota = lazy(async () => ({ default: (await import("./quota")).TenantQuota }));

export function Sources() {
  const me = useMe();
  const navigate = useNavigate();
  const [isMaking, setMaking] = useState(false);
  const { data, error, refetch } = useQuery({ ...sourcesQuery(me.tenant ?? ""), enabled: me.tenant !== null });
  const { data: dataKeys } = useQuery({
    ...dataKeysOf(me.tenant ?? ""),
    enabled: useMay("tenant:view") === true && me.tenant !== null,
    retry: false,
  });
  useEffect(() => {
    document.title = "Sources - Blockhouse";
  }, []);
  const mayMake = useMay("sources:create");
  const make = mayMake && (
    <Button look="primary" onPress={() => setMaking(true)}>
      New source
    </Button>
  );
  return (
    <div className={kit.page}>
      <div className={kit.head}>
        <h1>Sources</h1>
        {data && data.length > 0 && make}
      </div>
      {me.tenant === null ? (
        <Empty title="No organization">This account is a member of none, so there are no sources to show.</Empty>
      ) : error ? (
        <ErrorBox error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Waiting>Asking for the sources …</Waiting>
      ) : data.length === 0 ? (
        <Empty title="No sources yet" action={make}>
          A source is one namespace of logs, with its own keys, retention and data key.
          {mayMake === false && " To make one takes the permission sources:create, which your roles do not have."}
        </Empty>
      ) : (
        <Table
          label="Sources"
          columns={[
            "Source",
            { name: "Events in 24 h", number: true },
            "By hour",
            "Newest",
            "API keys",
            "Kept for",
            "Data key",
            "Made",
          ]}
        >
          {data.map((source) => (
            <Row
              key={source.id}
              source={source}
              sealed={dataKeys && (dataKeys.sources.find((one) => one.id === source.id)?.keys ?? [])}
            />
          ))}
        </Table>
      )}
      {me.tenant !== null && data && data.length > 0 && (
        <Suspense>
          <TenantQuota tenant={me.tenant} />
        </Suspense>
      )}
      <NewSource
        isOpen={isMaking}
        onClose={() => setMaking(false)}
        tenant={me.tenant ?? ""}
        onMade={async (made) => {
          await queries.invalidateQueries({ queryKey: ["sources", me.tenant] });
          await navigate({ to: "/sources/$source", params: { source: made.id } });
        }}
      />
    </div>
  );
}

const DAY_MS = 86_400_000;
const HOURS = 24;

/** What came in the last day; asked for only where one may read, because each refusal is in the trail. */
function useDay(source: string, mayRead: boolean) {
  return useQuery({
    queryKey: ["day", source],
    enabled: mayRead,
    queryFn: async ({ signal }) => {
      const now = Date.now();
      const window = { from: new Date(now - DAY_MS).toISOString(), to: new Date(now).toISOString() };
      const at = `/v1/sources/${source}`;
      const [day, newest] = await Promise.all([
        api<HistogramAnswer>("GET", address(`${at}/histogram`, { ...window, buckets: 288 }), undefined, signal),
        api<SearchPage>("GET", address(`${at}/search`, { ...window, limit: 1 }), undefined, signal),
      ]);
      return { day: spread(day, window, now, HOURS), newest: newest.records[0]?.timestamp };
    },
    staleTime: 60_000,
    retry: false,
  });
}

function Row({ source, sealed }: { source: Source; sealed: readonly DataKey[] | undefined }) {
  const mayRead = useMayWith(source.id)("logs:read");
  const { data, error } = useDay(source.id, mayRead === true);
  const active = source.active_keys;
  const newest = data?.newest;
  return (
    <tr>
      <td>
        <Link to="/sources/$source" params={{ source: source.id }}>
          {source.name}
        </Link>
      </td>
      <td className={numberCell}>
        {mayRead === false ? (
          "not allowed"
        ) : data ? (
          short(data.day.total)
        ) : error ? (
          <span title={Problem.of(error).detail}>failed</span>
        ) : (
          "…"
        )}
      </td>
      <td>{data && data.day.total > 0 && <Spark day={data.day} />}</td>
      <td>{newest ? <Ago at={newest} /> : data ? <Badge tone="warn">none in 24 h</Badge> : ""}</td>
      <td>{active === 0 ? <Badge tone="warn">none active</Badge> : `${active} active`}</td>
      <td>{source.retention_days} days</td>
      <td>{sealed && newestOf(sealed)}</td>
      <td>
        <Ago at={source.created_at} />
      </td>
    </tr>
  );
}

/** A data key is of one UTC day; its day is its age. */
function newestOf(keys: readonly DataKey[]): string {
  const newest = keys.at(-1);
  if (!newest) return "none yet";
  return newest.state === "seals" ? "of today" : `of ${newest.day}`;
}

function Spark({ day }: { day: HistogramAnswer }) {
  const most = Math.max(1, ...day.buckets.map((bucket) => bucket.count));
  const width = 120 / day.buckets.length;
  const summary = `${counted(day.total, "event")} in 24 hours; at most ${count.format(most)} in an hour`;
  return (
    <svg className={css.spark} viewBox="0 0 120 20" role="img" aria-label={summary}>
      <title>{summary}</title>
      {day.buckets.map((bucket, at) => {
        const height = bucket.count === 0 ? 0 : Math.max(1, (bucket.count / most) * 20);
        return <rect key={bucket.time} x={at * width} y={20 - height} width={Math.max(1, width - 1)} height={height} />;
      })}
    </svg>
  );
}
