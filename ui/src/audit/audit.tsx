// The audit trail: who did what, dense, with the proof of each entry beside it.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearch as useAddress, useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { api } from "../api/client";
import { useMay } from "../api/people";
import { keys as keysQuery, queries, sources as sourcesQuery } from "../api/queries";
import { Button } from "../kit/controls";
import { Moment, useTimeColumn } from "../kit/moment";
import kit from "../kit/page.module.css";
import { Badge, Empty, Table, Waiting } from "../kit/states";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import { NotAllowed, Unready } from "../kit/unready";
import { keepZone, otherZone, useZone, zoneName } from "../kit/zone";
import { ZoneDialog } from "../kit/zone-dialog";
import { useKeys } from "../shell/keys";
import { useMe } from "../shell/shell";
import css from "./audit.module.css";
import { Filters } from "./filters";
import { EntryPane } from "./pane";
import { Save } from "./save";
import { conditionsOf, details, type Entry, entries, spoken, ways, who } from "./trail";
import { Unbroken } from "./unbroken";
import type { View } from "./view";

export function Audit() {
  const me = useMe();
  const view = useAddress({ from: "/inside/audit" });
  useEffect(() => {
    document.title = "Audit trail - Blockhouse";
  }, []);
  const may = useMay("audit:read");
  const isOfAll = view.log === "installation" || (me.tenant === null && me.kind === "operator");
  if (me.tenant === null && !isOfAll)
    return <Empty title="No organization">This account is a member of none, so there is no trail to show.</Empty>;
  // Of staff, whoever sees it is not said by the rights of an organization.
  if (me.kind === "person" && !isOfAll) {
    if (may === undefined) return <Waiting>Asking what you may do …</Waiting>;
    if (!may) {
      return (
        <div className={css.trail}>
          <h1>Audit trail</h1>
          <NotAllowed permission="audit:read" what="the audit trail" />
        </div>
      );
    }
  }
  const base = isOfAll ? "/v1/audit" : `/v1/tenants/${me.tenant}/audit`;
  return <Trail key={base} base={base} view={view} />;
}

// Keys of more sources than these stay ids.
const NAMED_SOURCES_MAX = 20;

type Named = { id: string; name: string };

/** Names of whatever the trail names by id, as far as whoever looks may see them. */
export function useNames(tenant: string | null): ReadonlyMap<string, string> {
  const { data: all } = useQuery({ ...sourcesQuery(tenant ?? ""), enabled: tenant !== null, retry: false });
  const [mayPeople, mayKeys] = [useMay("people:view"), useMay("keys:view")];
  const { data: others } = useQuery({
    queryKey: ["names", tenant, all?.map((source) => source.id)],
    enabled: tenant !== null && all !== undefined && mayPeople !== undefined,
    queryFn: async ({ signal }) => {
      // Only what needs no fresh proof of who asks: names are not worth a question.
      const people = () => api<{ people: Named[] }>("GET", `/v1/tenants/${tenant}/people`, undefined, signal);
      const asked: Promise<Named[]>[] = [
        ...(mayPeople ? [people().then((answer) => answer.people)] : []),
        ...(mayKeys ? (all ?? []) : [])
          .slice(0, NAMED_SOURCES_MAX)
          .map((source) => queries.ensureQueryData(keysQuery(source.id))),
      ];
      const answered = await Promise.allSettled(asked);
      return answered.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
    },
  });
  return useMemo(
    () => new Map([...(others ?? []), ...(all ?? [])].map((one): [string, string] => [one.id, flat(one.name)])),
    [others, all],
  );
}

function Trail({ base, view }: { base: string; view: View }) {
  const me = useMe();
  const navigate = useNavigate();
  const names = useNames(me.tenant);
  const zone = useZone();
  const time = useTimeColumn();
  const search = useRef<HTMLInputElement>(null);
  const conditions = useMemo(() => conditionsOf(view), [view]);
  const found = useInfiniteQuery(entries(base, conditions));
  const shown = useMemo(() => found.data?.pages.flatMap((page) => page.entries) ?? [], [found.data]);
  const open = view.entry === undefined ? null : Number(view.entry);
  const isFiltered = Object.keys(conditions).length > 0;

  const show = useMemo(
    () => (entry: number | null) =>
      void navigate({
        to: "/audit",
        search: ((now: View) => ({ ...now, entry: entry === null ? undefined : String(entry) })) as never,
        replace: entry !== null && open !== null,
      }),
    [navigate, open],
  );
  // Whoever closes an entry is where they opened it.
  const last = useRef<number | null>(null);
  useEffect(() => {
    if (open === null && last.current !== null && document.activeElement === document.body)
      document.getElementById(`entry-${last.current}`)?.focus();
    last.current = open;
  }, [open]);
  const narrow = (next: Partial<View>) =>
    void navigate({ to: "/audit", search: { ...view, entry: undefined, ...next } as View });
  const bindings = useMemo(() => {
    const move = (by: number) => () => {
      const at = shown.findIndex((one) => one.sequence === open);
      const next = shown[at < 0 ? 0 : at + by];
      if (next) show(next.sequence);
    };
    return [
      { keys: "/", name: "Look for words", run: () => search.current?.focus() },
      { keys: "j", name: "Older entry", run: move(1) },
      { keys: "k", name: "Newer entry", run: move(-1) },
      { keys: "u", name: "UTC or the other time zone", run: () => keepZone(zone === "utc" ? otherZone() : "utc") },
      { keys: "Escape", name: "Close the entry", run: () => open !== null && show(null) },
    ];
  }, [shown, open, show, zone]);
  useKeys("Audit trail", bindings);

  return (
    <div className={css.screen} {...(open === null ? {} : { "data-open": "" })}>
      <div className={css.trail}>
        <div className={kit.head}>
          <h1>Audit trail{base === "/v1/audit" ? " of the installation" : ""}</h1>
          <div className={kit.row}>
            {me.kind === "operator" && me.tenant !== null && (
              <Button
                size="small"
                onPress={() =>
                  narrow(base === "/v1/audit" ? ({ log: undefined } as Partial<View>) : { log: "installation" })
                }
              >
                {base === "/v1/audit" ? "Of the organization" : "Of the installation"}
              </Button>
            )}
            <Zone />
            <Save base={base} conditions={conditions} />
          </div>
        </div>
        <Unbroken base={base} isThere={shown.length > 0 || (isFiltered && found.data !== undefined)} />
        <Filters view={view} names={names} onChange={narrow} searchRef={search} tenant={me.tenant} />
        {!found.data ? (
          <Unready error={found.error} retry={() => void found.refetch()} what="the audit trail" />
        ) : shown.length === 0 && !found.hasNextPage ? (
          <Empty title={isFiltered ? "No entry matches" : "No entries yet"}>
            {isFiltered
              ? "Entries whose body has ended by retention are not found any more; their hashes stay."
              : "Every change, reading and refusal will be here."}
          </Empty>
        ) : (
          <>
            {shown.length > 0 && (
              <Table
                label="Entries"
                columns={["Entry", time, "Who", "Did what", "To what", "From", "Result"]}
                hasOwnCards
              >
                {shown.map((entry) => (
                  <Row key={entry.sequence} entry={entry} view={view} names={names} isOpen={entry.sequence === open} />
                ))}
              </Table>
            )}
            <div className={kit.row}>
              <span className={kit.muted} role="status">
                {shown.length === 0
                  ? "Nothing matched so far."
                  : `${count.format(shown.length)} shown${found.hasNextPage ? "" : "; these are all"}`}
              </span>
              {found.hasNextPage && (
                <Button size="small" onPress={() => void found.fetchNextPage()} isPending={found.isFetchingNextPage}>
                  {found.isFetchingNextPage ? "Looking …" : "Show older entries"}
                </Button>
              )}
              <Button size="small" look="quiet" onPress={() => void found.refetch()}>
                Look for newer ones
              </Button>
              {found.isRefetching && <Waiting>Looking …</Waiting>}
            </div>
          </>
        )}
      </div>
      {open !== null && (
        <EntryPane
          key={`${base} ${open}`}
          base={base}
          sequence={open}
          names={names}
          tenant={base === "/v1/audit" ? null : (me.tenants.find((one) => one.id === me.tenant)?.name ?? null)}
          onNarrow={narrow}
          onClose={() => show(null)}
        />
      )}
    </div>
  );
}

/** In which zone times are, here as on other screens. */
function Zone() {
  const zone = useZone();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="small" look="quiet" onPress={() => setOpen(true)} aria-keyshortcuts="U">
        Times in {zoneName(zone)}
      </Button>
      <ZoneDialog isOpen={isOpen} zone={zone} onChange={keepZone} onClose={() => setOpen(false)} />
    </>
  );
}

function Row(props: { entry: Entry; view: View; names: ReadonlyMap<string, string>; isOpen: boolean }) {
  const { entry, view, names, isOpen } = props;
  const said = details(entry.event, names);
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isOpen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isOpen]);
  return (
    <tr ref={row} {...(isOpen ? { "data-open": "" } : {})}>
      <td className={css.number}>
        <Link
          id={`entry-${entry.sequence}`}
          to="/audit"
          search={{ ...view, entry: String(entry.sequence) }}
          {...(isOpen ? { "aria-current": "true" as const } : {})}
        >
          {count.format(entry.sequence)}
        </Link>
      </td>
      <td className={css.time}>
        <Moment at={entry.time} />
      </td>
      <td className={css.who}>
        {who(entry.actor, names)}
        {entry.on_behalf_of && <span className={kit.muted}> for {who(entry.on_behalf_of, names)}</span>}
      </td>
      <td className={css.what}>{spoken(entry.event.type)}</td>
      <td className={css.details}>
        {entry.source && <strong>{names.get(entry.source) ?? `source ${entry.source}`}</strong>}
        {entry.source && said && " · "}
        <bdi>{said}</bdi>
      </td>
      <td className={css.from}>
        {entry.address}
        {entry.signed_in_by && <span className={kit.muted}> by {ways(entry.signed_in_by)}</span>}
      </td>
      <td className={css.result}>
        {entry.outcome.result === "refused" ? <Badge tone="bad">refused: {entry.outcome.code}</Badge> : "done"}
      </td>
    </tr>
  );
}
