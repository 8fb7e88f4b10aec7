// One source: its query, its events over time, its rows, and what is asked of them.

import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { askRunning } from "../access/running";
import type { LogRecord, Source } from "../api/types";
import { Button, Menu, Select } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { copy, Empty, ErrorBox } from "../kit/states";
import { toast } from "../kit/toast";
import { missingPermission } from "../kit/unready";
import { useCopyLink } from "../links/copy";
import { useKeys } from "../shell/keys";
import { Context } from "./context";
import { Details } from "./details";
import { Download } from "./download";
import { type Asked, FieldsPanel } from "./fields-panel";
import { useFolded } from "./folded";
import { End, Found } from "./found";
import { Histogram } from "./histogram";
import { useKeep } from "./keep";
import { Linked, useLinked } from "./linked";
import { LiveBar } from "./live-bar";
import css from "./logs.module.css";
import { useMarks } from "./marked";
import { QueryField } from "./query-field";
import { RangePicker } from "./range";
import { json } from "./record";
import { Rows } from "./rows";
import { Said } from "./said";
import type { View } from "./search";
import { ShownFields } from "./shown-fields";
import { spread } from "./spread";
import { useLive } from "./use-live";
import { useLook } from "./use-look";
import { useNarrow } from "./use-narrow";
import { forgetRunning, stopSearch, useForgetOnLeave, useHistogram, useSearch } from "./use-search";
import { useZones } from "./use-zones";
import { columns as columnsOf, LAST_SOURCE, narrowed, shared, term, window as windowOf } from "./view";

export function Explorer({ source, sources, view }: { source: Source; sources: Source[]; view: View }) {
  const navigate = useNavigate();
  const query = view.q ?? "";
  const isLive = view.live === "on";
  const {
    zone,
    turnZone,
    dialog: zoneDialog,
    ...zones
  } = useZones(view, (tz) => change({ tz } as Partial<View>, true));
  const columns = useMemo(() => columnsOf(view), [view]);
  const { look, lookAt, isAsking, askAgain } = useLook(source.id, view);
  const window = useMemo(() => windowOf({ from: view.from, to: view.to } as View, look), [view.from, view.to, look]);
  const asked = useMemo((): Asked => ({ source: source.id, query, window, look }), [source.id, query, window, look]);
  const { isFolded, fold } = useFolded();
  const [selected, setSelected] = useState<string | undefined>(view.at);
  const marks = useMarks(zone);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [around, setAround] = useState<LogRecord | null>(null);
  const [openField, setOpenField] = useState<string | null>(null);
  const [isFieldsDialog, setFieldsDialog] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const queryField = useRef<HTMLTextAreaElement>(null);
  const taken = useRef<string | null>(null);
  const isNarrow = useNarrow();
  const keep = useKeep(source, view);
  useForgetOnLeave();
  // So that the keys of the tail are keys at once, and not those of the button that began it.
  useEffect(() => {
    if (isLive) focusRows();
  }, [isLive]);
  useEffect(() => localStorage.setItem(LAST_SOURCE, source.id), [source.id]);

  const change = (next: Partial<View>, replace = false) => {
    const merged = { ...view, s: source.id, ...next } as View;
    if ("q" in next) taken.current = (next.q ?? "") === query ? null : written();
    void navigate({ to: "/logs", search: merged, replace });
  };
  const run = (q: string) => {
    const next = { q: q || undefined, at: undefined } as Partial<View>;
    lookAt(next, "run");
    // The same again is no other look, and no step on the way back.
    change(next, q === query);
  };
  // What is asked next is asked of what stands in the field, whether it was run or not.
  const written = () => queryField.current?.value.trim() ?? query;
  const show = (from: string | undefined, to: string | undefined) => {
    const next = { q: written() || undefined, from, to, at: undefined, live: undefined } as Partial<View>;
    lookAt(next, "range");
    change(next);
  };
  /** To choose a time is to stop following. */
  const choose = (from: string | undefined, to: string | undefined) => {
    show(from, to);
    if (isLive) toast("No longer followed: the time that you chose is searched");
  };
  const follow = (isOn: boolean) =>
    change({ q: written() || undefined, live: isOn ? "on" : undefined } as Partial<View>);

  const hasPanel = !isFolded("fields");
  const hasChart = !isFolded("chart");

  const search = useSearch(asked, !isLive && !isAsking);
  const histogram = useHistogram(asked, !isLive && hasChart && !isAsking && !search.isError);
  const { live, hold, resume, goOn } = useLive(source.id, query, isLive);
  // A tail that ends may end with the access of staff.
  useEffect(() => {
    if (live.problem) askRunning();
  }, [live.problem]);
  const records = isLive ? live.rows : search.records;
  const missing = missingPermission(isLive ? live.problem : search.error);
  const isElsewhere =
    !isLive && !search.isPending && missing === null && !records.some((record) => record.id === view.at);
  const linked = useLinked(source.id, view.at, isElsewhere);

  const filter = (condition: string, keep: "in" | "out") => run(narrowed(written(), condition, keep));
  const column = (name: string) =>
    change(
      {
        cols:
          (columns.includes(name) ? columns.filter((one) => one !== name) : [...columns, name]).join(",") || undefined,
      } as Partial<View>,
      true,
    );
  const copyLink = useCopyLink();
  const link = (record?: LogRecord) =>
    void copyLink(shared({ ...view, s: source.id }, window, isLive ? Date.now() : look, record));
  const toggle = (id: string) => {
    if (isLive && !live.isHeld) hold();
    change({ at: view.at === id ? undefined : id } as Partial<View>, true);
  };
  const select = (id: string) => {
    if (isLive && !live.isHeld) hold();
    setSelected(id);
  };
  const move = (by: number) => {
    const at = records.findIndex((record) => record.id === selected);
    const to = records[Math.max(0, Math.min(records.length - 1, at < 0 ? (isLive ? records.length - 1 : 0) : at + by))];
    if (!to) return;
    select(to.id);
    // Enter is of the row then, and not of what was pressed before.
    focusRows();
  };
  const current =
    records.find((record) => record.id === selected) ?? (linked.data?.id === selected ? linked.data : undefined);
  const turn = (id: string) => setTurned(toggled(turned, id));
  const shift = (by: number) => {
    const begin = Date.parse(window.from);
    const end = window.to ? Date.parse(window.to) : look;
    if (Number.isNaN(begin) || Number.isNaN(end)) return;
    const half = ((end - begin) / 2) * by;
    choose(new Date(begin + half).toISOString(), new Date(end + half).toISOString());
  };

  const wrap = () => change({ wrap: view.wrap ? undefined : "on" } as Partial<View>, true);
  useKeys("Logs", [
    { keys: "/", name: "Write a query", run: () => queryField.current?.focus() },
    { keys: "r", name: "Run again", run: () => run(written()) },
    { keys: "j", name: "Next row", run: () => move(1) },
    { keys: "k", name: "Row before", run: () => move(-1) },
    { keys: "Enter", name: "Open or close the row", run: () => selected && toggle(selected) },
    { keys: "c", name: "Context of the row", run: () => current && setAround(current) },
    { keys: "y", name: "Copy the row as JSON", run: () => current && void copy(json(current), "Record") },
    { keys: "l", name: "Copy a link", run: () => link(current) },
    { keys: "x", name: "Mark the row", run: () => current && marks.turn(current) },
    { keys: "f", name: "Only this level", run: () => current && filter(term("level", current.level), "in") },
    { keys: "F", name: "Without this level", run: () => current && filter(term("level", current.level), "out") },
    { keys: "w", name: "Wrap lines", run: wrap },
    { keys: "W", name: "Wrap or fold the row", run: () => selected && turn(selected) },
    { keys: "u", name: "UTC or the other time zone", run: turnZone },
    { keys: "h", name: "Fold the histogram", run: () => fold("chart") },
    { keys: "t", name: "Follow live, or stop", run: () => follow(!isLive) },
    // Otherwise they scroll.
    { keys: "Space", name: "Hold the live tail", run: () => isLive && hold() },
    { keys: "End", name: "Resume the live tail", run: () => isLive && resume() },
    { keys: "[", name: "Earlier", run: () => shift(-1) },
    { keys: "]", name: "Later", run: () => shift(1) },
    { keys: "Escape", name: "Close the row", run: () => view.at && change({ at: undefined } as Partial<View>, true) },
  ]);

  const inFields = { opened: openField, onOpen: setOpenField, columns, onColumn: column, onFilter: filter };
  // Without an answer there are no fields to ask for.
  const panel = isLive ? (
    <ShownFields records={records} actions={inFields} />
  ) : isAsking || search.isStopped || search.isError ? null : (
    <FieldsPanel asked={asked} actions={inFields} />
  );
  const isPinned = isFolded("under") && !isNarrow;
  const beside = isPinned ? records.find((record) => record.id === view.at) : undefined;
  // Where the fields would take the room of the rows, they come when they are asked for.
  const inDialog = isNarrow || beside !== undefined;
  const isBeside = hasPanel && !inDialog && missing === null;
  const actions = {
    source: source.id,
    onFilter: filter,
    onColumn: column,
    onStats: (name: string) => {
      setOpenField(name);
      if (inDialog) setFieldsDialog(true);
      else if (!hasPanel) fold("fields");
    },
    onContext: setAround,
    onLink: link,
  };
  const inRow = {
    ...actions,
    onTurn: (record: LogRecord) => turn(record.id),
    onPin: isNarrow ? undefined : () => fold("under"),
    isPinned,
  };
  return (
    <div className={css.screen}>
      <div className={css.bar} role="search">
        <Select
          label="Source"
          hideLabel
          options={sources}
          value={source.id}
          onChange={(s) => change({ s, q: written() || undefined, at: undefined } as Partial<View>)}
        />
        <QueryField
          query={query}
          asked={asked}
          onRun={run}
          error={isLive ? live.problem : search.error}
          field={queryField}
          taken={taken}
        />
        <div className={css.controls}>
          <RangePicker view={view} zone={zone} isLive={isLive} onChange={choose} />
          <Button onPress={() => follow(!isLive)} pressed={isLive}>
            Live
          </Button>
          <Button look="primary" onPress={() => run(written())}>
            Run
          </Button>
          <Menu
            label="View"
            button={<Button aria-label="View and download">⋯</Button>}
            entries={[
              {
                id: "fields",
                name: hasPanel && !inDialog ? "Hide fields" : "Show fields",
                onAction: () => (inDialog ? setFieldsDialog(true) : fold("fields")),
              },
              {
                id: "chart",
                name: hasChart ? "Hide the histogram" : "Show the histogram",
                help: "h",
                onAction: () => fold("chart"),
              },
              { id: "wrap", name: "Wrap lines", help: "w", isOn: view.wrap === "on", onAction: wrap },
              ...zones.entries,
              { id: "link", name: "Copy link", help: "l", onAction: () => link() },
              { id: "save", name: "Download records …", onAction: () => setSaving(true) },
              ...keep.entries,
            ]}
          />
        </div>
      </div>
      <Said
        page={search.first}
        isLive={isLive && missing === null}
        total={histogram.data}
        isWaiting={search.isFetching}
        zone={zone}
        query={query}
      />
      {!isLive && hasChart && histogram.data && histogram.data.total > 0 ? (
        <figure className={css.chart} aria-label="Histogram">
          <Histogram answer={spread(histogram.data, window, look)} zone={zone} onZoom={show} />
        </figure>
      ) : (
        <div>
          {histogram.error && !isLive && !search.isError ? (
            <ErrorBox error={histogram.error} retry={() => void histogram.refetch()} />
          ) : null}
        </div>
      )}
      <div
        className={css.below}
        {...(beside ? { "data-pinned": "" } : {})}
        {...(isBeside ? {} : { "data-folded": "" })}
      >
        {isBeside && (
          <aside className={css.panel} aria-label="Fields">
            {panel}
          </aside>
        )}
        <div className={css.results}>
          <div>
            {marks.bar}
            {isElsewhere && view.at && (
              <Linked
                id={view.at}
                asked={linked}
                source={source}
                zone={zone}
                actions={actions}
                onClose={() => toggle(view.at ?? "")}
              />
            )}
          </div>
          {isAsking ? (
            <Empty
              title="This query was running when the page ended"
              action={
                <Button
                  look="primary"
                  onPress={() => {
                    forgetRunning();
                    askAgain();
                  }}
                >
                  Run it again
                </Button>
              }
            >
              It may have been too much for this browser. Change the query or the time range first, or run it again.
            </Empty>
          ) : (
            <Found
              isLive={isLive}
              search={search}
              source={source}
              asked={asked}
              missing={missing}
              onWiden={() => show("all", undefined)}
              onRun={(q) => run(q ?? written())}
              onStop={() => void stopSearch(asked)}
              rows={
                <Rows
                  label={isLive ? "Live records, the newest last" : "Records, the newest first"}
                  records={records}
                  columns={columns}
                  zone={zone}
                  withDay={!isLive && isLong(window, look)}
                  isWrapped={view.wrap === "on"}
                  turned={turned}
                  selected={selected}
                  opened={view.at}
                  marked={marks.all}
                  onSelect={select}
                  onToggle={toggle}
                  details={isPinned ? undefined : (record) => <Details record={record} actions={inRow} />}
                  isFollowing={isLive && !live.isHeld}
                  onLeave={hold}
                  {...(isLive
                    ? { holes: live.holes }
                    : {
                        onEnd: () => search.hasNextPage && !search.isFetching && void search.fetchNextPage(),
                        end: <End search={search} />,
                      })}
                />
              }
              isEmpty={records.length === 0}
            />
          )}
          {isLive && missing === null && (
            <LiveBar live={live} onHold={hold} onResume={resume} onGoOn={goOn} onStop={() => follow(false)} />
          )}
        </div>
        {beside && (
          <aside className={css.panel} aria-label="Details of the open row">
            <Details key={beside.id} record={beside} actions={inRow} />
          </aside>
        )}
      </div>
      <Context source={source.id} record={around} zone={zone} onClose={() => setAround(null)} onLink={link} />
      <Download asked={asked} isOpen={isSaving} onClose={() => setSaving(false)} />
      {keep.dialog}
      {zoneDialog}
      <Dialog title="Fields" isOpen={isFieldsDialog} onClose={() => setFieldsDialog(false)} hasClose>
        <div className={css.inDialog}>{panel ?? <p>Run the query to see its fields.</p>}</div>
      </Dialog>
    </div>
  );
}

const focusRows = () => document.querySelector<HTMLElement>("[role=treegrid]")?.focus({ preventScroll: true });

/** The set with this one in it, or without it. */
function toggled(all: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const next = new Set(all);
  if (!next.delete(one)) next.add(one);
  return next;
}

const isLong = (window: { from: string; to: string }, now: number) =>
  !window.from || (window.to ? Date.parse(window.to) : now) - Date.parse(window.from) > 12 * 3_600_000;
