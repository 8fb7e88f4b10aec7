// The sources of a tenant: what each takes in and for how long it keeps it, and what all of them take in.

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { every, useMay } from "../api/people";
import { queries, sources as sourcesQuery } from "../api/queries";
import type { Source } from "../api/types";
import { type DataKey, size } from "../data-keys/life";
import { dataKeysOf } from "../data-keys/query";
import { Button } from "../kit/controls";
import kit from "../kit/page.module.css";
import { Badge, Empty, ErrorBox, numberCell, Table, Waiting } from "../kit/states";
import { Ago } from "../kit/time";
import { useOpened } from "../shell/opened";
import { useMe } from "../shell/shell";
import { arrivalWords, type Bar, byDay, isQuiet } from "./arrivals";
import { NewSource } from "./new-source";
import css from "./sources.module.css";

const TenantQuota = lazy(async () => ({ default: (await import("./quota")).TenantQuota }));

const LOOK_MS = 60_000;

export function Sources() {
  const me = useMe();
  const navigate = useNavigate();
  const [isMaking, setMaking] = useOpened("new");
  const { data, error, refetch } = useQuery({
    ...sourcesQuery(me.tenant ?? ""),
    enabled: me.tenant !== null,
    refetchInterval: every(LOOK_MS),
  });
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
            { name: "Came in today", number: true },
            "By day",
            "Last arrival",
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
        isOpen={isMaking && mayMake === true}
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

function Row({ source, sealed }: { source: Source; sealed: readonly DataKey[] | undefined }) {
  const now = Date.now();
  const bars = byDay(source.arrivals, now);
  const newest = source.arrivals.at(-1);
  const active = source.active_keys;
  return (
    <tr>
      <td>
        <Link to="/sources/$source" params={{ source: source.id }}>
          {source.name}
        </Link>
      </td>
      <td className={numberCell}>{size(bars.at(-1)?.bytes ?? 0)}</td>
      <td>{newest && <Spark bars={bars} />}</td>
      <td>
        {newest && (newest.last_at ? <Ago at={newest.last_at} /> : `on ${newest.day}`)}{" "}
        {isQuiet(source.arrivals, now) && <Badge tone="warn">{newest ? "none in 24 h" : "none in 30 days"}</Badge>}
      </td>
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

function Spark({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ bytes }) => bytes));
  const width = 120 / bars.length;
  const summary = arrivalWords(bars);
  return (
    <svg className={css.spark} viewBox="0 0 120 20" role="img" aria-label={summary}>
      <title>{summary}</title>
      {bars.map(({ day, bytes }, at) => {
        const height = bytes === 0 ? 0 : Math.max(1, (bytes / most) * 20);
        return <rect key={day} x={at * width} y={20 - height} width={Math.max(1, width - 1)} height={height} />;
      })}
    </svg>
  );
}
