// Data keys: which seal now, which only open what they sealed, and what is left of those that were destroyed.

import { useQuery } from "@tanstack/react-query";
import { Link, useSearch as useAddress } from "@tanstack/react-router";
import { useEffect } from "react";
import { address, api } from "../api/client";
import type { Entry } from "../audit/trail";
import { Moment, useTimeColumn } from "../kit/moment";
import kit from "../kit/page.module.css";
import { Badge, Empty, Note, numberCell, Table } from "../kit/states";
import { count, short } from "../kit/time";
import { Unready } from "../kit/unready";
import { useMe } from "../shell/shell";
import css from "./keys.module.css";
import { type DataKey, ends, type KeyedSource, size, until } from "./life";
import { dataKeysOf } from "./query";
import { Timeline } from "./timeline";

export function DataKeys() {
  const me = useMe();
  useEffect(() => {
    document.title = "Keys and rotation - Blockhouse";
  }, []);
  if (me.tenant === null)
    return <Empty title="No organization">This account is a member of none, so there are no data keys to show.</Empty>;
  return (
    <div className={kit.page}>
      <h1>Keys and rotation</h1>
      <Board tenant={me.tenant} />
      <Destroyed tenant={me.tenant} />
    </div>
  );
}

function Board({ tenant }: { tenant: string }) {
  const { source: open } = useAddress({ from: "/inside/keys" });
  const { data, error, refetch } = useQuery(dataKeysOf(tenant));
  if (!data) return <Unready error={error} retry={() => void refetch()} what="the data keys" />;
  if (data.sources.length === 0)
    return <Empty title="No sources yet">Each source gets a data key of its own on each day that it takes logs.</Empty>;
  const sealing = data.sources.filter((source) => source.keys.some((key) => key.state === "seals")).length;
  const chosen = data.sources.find((source) => source.id === open);
  return (
    <>
      <p>
        {count.format(sealing)} of {count.format(data.sources.length)}{" "}
        {data.sources.length === 1 ? "source has" : "sources have"} a data key that seals now. A key seals on its own
        UTC day and for 24 hours at most; the next ones are made after 00:00 UTC, in {until(data.now)}.
      </p>
      {data.whole > data.sources.length && (
        <Note>
          <p>
            The first {count.format(data.sources.length)} of {count.format(data.whole)} sources are shown.
          </p>
        </Note>
      )}
      <Table
        label="Data keys by source"
        columns={["Source", "The last 90 UTC days", { name: "Keys", number: true }, "Oldest", "Kept for"]}
      >
        {data.sources.map((source) => (
          <tr key={source.id}>
            <td>
              <Link
                to="/keys"
                search={{ source: source.id }}
                {...(source.id === open ? { "aria-current": "true" as const } : {})}
              >
                {source.name}
              </Link>
            </td>
            <td>
              <Link to="/keys" search={{ source: source.id }} className={css.timeline ?? ""}>
                <Timeline source={source} today={data.now.slice(0, 10)} />
              </Link>
            </td>
            <td className={numberCell}>{count.format(source.keys.length + source.older)}</td>
            <td className={css.day}>{source.oldest ?? "none yet"}</td>
            <td className={css.day}>{source.retention_days} days</td>
          </tr>
        ))}
      </Table>
      <ul className={css.legend}>
        <li>
          <span className={css.seals} /> seals now
        </li>
        <li>
          <span className={css.opens} /> only opens what it sealed
        </li>
        <li>
          <span className={css.none} /> no key: nothing was sealed, or it was destroyed
        </li>
      </ul>
      {chosen && <OfSource source={chosen} />}
      {open && !chosen && (
        <Note tone="warn">
          <p>There is no such source here.</p>
        </Note>
      )}
      <details>
        <summary>How keys depend on each other</summary>
        <ol className={css.layers}>
          <li>The root key wraps the organization's key of each UTC day.</li>
          <li>That key wraps the data keys of its sources of the same day: the ones above.</li>
          <li>From a data key a key of its own is derived for each sealed object.</li>
          <li>
            When the last object under a data key is past its retention, the key is destroyed, so that no copy of the
            object can be opened, not even one in a backup.
          </li>
        </ol>
      </details>
    </>
  );
}

function OfSource({ source }: { source: KeyedSource }) {
  return (
    <section className={css.section} aria-label={`Data keys of ${source.name}`}>
      <h2>Data keys of {source.name}</h2>
      {source.keys.length === 0 ? (
        <p className={kit.muted}>No key yet: the first one is made when the first log arrives.</p>
      ) : (
        <Table
          label={`Keys of ${source.name}`}
          columns={[
            "Key",
            "State",
            "Sealed on",
            { name: "Parts", number: true },
            { name: "Records", number: true },
            { name: "Raw", number: true },
            { name: "Sealed", number: true },
            "Why it is there",
          ]}
        >
          {[...source.keys].reverse().map((key) => (
            <KeyRow key={key.id} dataKey={key} source={source} />
          ))}
        </Table>
      )}
      <p className={kit.muted}>Records that are in the journal only are not counted yet.</p>
      {source.older > 0 && (
        <p className={kit.muted}>
          And {count.format(source.older)} older ones, since {source.oldest}.
        </p>
      )}
    </section>
  );
}

function KeyRow({ dataKey: key, source }: { dataKey: DataKey; source: KeyedSource }) {
  return (
    <tr>
      <td>
        <code>{key.id}</code>
      </td>
      <td>{key.state === "seals" ? <Badge tone="good">seals now</Badge> : <Badge>opens</Badge>}</td>
      <td className={css.day}>{key.day}</td>
      <td className={numberCell}>{count.format(key.parts)}</td>
      <td className={numberCell}>{short(key.records)}</td>
      <td className={numberCell}>{size(key.raw_bytes)}</td>
      <td className={numberCell}>{size(key.sealed_bytes)}</td>
      <td>
        {key.state === "seals"
          ? "Takes what arrives today."
          : key.parts > 0
            ? `Its records are kept; the last of them end after ${ends(key.day, source.retention_days)}.`
            : "Seals the journal of what is not a part yet, or ends with the next look at retention."}
      </td>
    </tr>
  );
}

/** What retention ended, as the trail tells it. */
function Destroyed({ tenant }: { tenant: string }) {
  const base = `/v1/tenants/${tenant}/audit`;
  const time = useTimeColumn();
  const { data, error, refetch } = useQuery({
    queryKey: ["destroyed", tenant],
    queryFn: ({ signal }) =>
      api<{ entries: Entry[] }>("GET", address(base, { event: "retention_ended", limit: 20 }), undefined, signal),
    retry: false,
  });
  return (
    <section className={css.section} aria-label="Destroyed keys">
      <h2>Destroyed keys</h2>
      {!data ? (
        <Unready error={error} retry={() => void refetch()} what="what retention ended" />
      ) : data.entries.length === 0 ? (
        <p className={kit.muted}>None yet: nothing is past its retention.</p>
      ) : (
        <Table
          label="What retention ended"
          columns={[
            time,
            "Source",
            { name: "Keys destroyed", number: true },
            { name: "Parts", number: true },
            { name: "Records", number: true },
            "Entry",
          ]}
        >
          {data.entries.map((entry) => (
            <tr key={entry.sequence}>
              <td className={css.day}>
                <Moment at={entry.time} />
              </td>
              <td>{entry.source}</td>
              <td className={numberCell}>{count.format(Number(entry.event.keys))}</td>
              <td className={numberCell}>{count.format(Number(entry.event.parts))}</td>
              <td className={numberCell}>{count.format(Number(entry.event.records))}</td>
              <td>
                <Link to="/audit" search={{ entry: String(entry.sequence) }}>
                  Prove entry {entry.sequence}
                </Link>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
