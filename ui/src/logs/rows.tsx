// Rows of records: only those on the screen exist, and each keeps its place by its id.

import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import type { LogRecord } from "../api/types";
import { LogLine } from "../kit/log";
import { flat } from "../kit/text";
import { count } from "../kit/time";
import { day, stamp, type Zone } from "../kit/zone";
import css from "./logs.module.css";
import { field, flatten, severity, written } from "./record";
import { useTelephone } from "./use-narrow";

const ROW_PX = 24;
// When, how bad and whose on one line, and two of the message.
const TELEPHONE_ROW_PX = 64;
const TELEPHONE_LINE_PX = 20;
const TELEPHONE_SIDES_PX = 20;
// Of the one font that rows have.
const CHAR_PX = 7.5;
const OVERSCAN = 10;
const MEASURED_MAX = 10_000;
const OPENING_MS = 300;
// Attributes behind the message, so that a row is never all the fields of a record.
const REST_FIELDS = 6;
const REST_CHARS = 200;

export type RowsProps = {
  label: string;
  records: readonly LogRecord[];
  columns: readonly string[];
  zone: Zone;
  withDay: boolean;
  isWrapped: boolean;
  /** Rows that wrap where the others do not, or the other way round. */
  turned: ReadonlySet<string>;
  /** After this row so many are missing. */
  holes?: ReadonlyMap<string, number>;
  /** Which row is selected, and which is open. */
  selected: string | undefined;
  opened: string | undefined;
  marked: Pick<ReadonlySet<string>, "has">;
  onSelect: (id: string) => void;
  onToggle: (id: string) => void;
  /** What opens under a row; none where it stands beside them. */
  details: ((record: LogRecord) => ReactNode) | undefined;
  /** Stays at the newest row as rows come. */
  isFollowing: boolean;
  /** Somebody scrolled away from the end, or selected text. */
  onLeave?: () => void;
  onEnd?: () => void;
  end?: ReactNode;
};

// Another search has other rows: whoever moved among the former ones moves among these.
let wasAmong = false;

const rowId = (id: string) => `record-${id}`;

export function Rows(props: RowsProps) {
  const { records, selected, opened, isFollowing, onLeave, onEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const grid = scroller.current;
    if (wasAmong && document.activeElement?.matches("body, main")) grid?.focus();
    wasAmong = false;
    return () => {
      wasAmong = grid?.contains(document.activeElement) === true;
    };
  }, []);
  const isTelephone = useTelephone();
  const rowPx = isTelephone ? TELEPHONE_ROW_PX : ROW_PX;
  const isShort = useShort(props.columns, isTelephone);
  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => rowPx - (isShort(records[at]) ? TELEPHONE_LINE_PX : 0),
    getItemKey: (at) => records[at]?.id ?? at,
    overscan: OVERSCAN,
  });
  // The rows that are not measured keep the height that they had otherwise.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the height of a row is another one
  useLayoutEffect(() => virtual.measure(), [virtual, rowPx, isShort]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && records.length > 0 && last >= records.length - OVERSCAN) onEnd();
  }, [onEnd, last, records.length]);

  // Rows that come while following are scrolled to.
  useLayoutEffect(() => {
    if (!isFollowing || records.length === 0) return;
    virtual.scrollToIndex(records.length - 1, { align: "end" });
  }, [isFollowing, records, virtual]);
  useEffect(() => {
    const element = scroller.current;
    if (!element || !isFollowing || !onLeave) return;
    const selecting = () => {
      const selection = document.getSelection();
      if (selection && !selection.isCollapsed && element.contains(selection.anchorNode)) onLeave();
    };
    const wheel = (event: WheelEvent) => event.deltaY < 0 && onLeave();
    const touch = () => onLeave();
    // The view itself only scrolls down. What moves up is somebody's doing, with whatever they scroll, unless the rows became
    // lower or fewer.
    let { scrollTop: top, scrollHeight: height } = element;
    const scrolled = () => {
      const isUp = element.scrollTop < top - 1 && element.scrollHeight >= height;
      const left = element.scrollHeight - element.clientHeight - element.scrollTop;
      if (isUp && left > ROW_PX / 2) onLeave();
      ({ scrollTop: top, scrollHeight: height } = element);
    };
    element.addEventListener("wheel", wheel, { passive: true });
    element.addEventListener("touchmove", touch, { passive: true });
    element.addEventListener("scroll", scrolled, { passive: true });
    document.addEventListener("selectionchange", selecting);
    return () => {
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("touchmove", touch);
      element.removeEventListener("scroll", scrolled);
      document.removeEventListener("selectionchange", selecting);
    };
  }, [isFollowing, onLeave]);

  // A row that keys move to is on the screen.
  const selectedAt = selected === undefined ? -1 : records.findIndex((record) => record.id === selected);
  const shown = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (selectedAt < 0 || shown.current === selected) return;
    shown.current = selected;
    const row = document.getElementById(rowId(selected ?? ""));
    // Its own line, and not the end of the details under it.
    if (row) row.scrollIntoView({ block: "nearest" });
    else virtual.scrollToIndex(selectedAt, { align: selected === opened ? "start" : "auto" });
  }, [selected, selectedAt, opened, virtual]);
  // What opens is seen from its head on, as much of it as there is room for. Its parts are there one after another.
  useEffect(() => {
    const item = opened === undefined ? null : document.getElementById(rowId(opened))?.parentElement;
    if (!item) return;
    const growing = new ResizeObserver(() => item.scrollIntoView({ block: "nearest" }));
    growing.observe(item);
    const timer = setTimeout(() => growing.disconnect(), OPENING_MS);
    return () => {
      clearTimeout(timer);
      growing.disconnect();
    };
  }, [opened]);

  // Once a row had a height of its own it is measured for good, as it may have become lower since.
  const measured = useRef(new Set<string>());
  useEffect(() => {
    const { current } = measured;
    // A tail goes on for days, and its rows do not.
    if (current.size > MEASURED_MAX)
      measured.current = new Set(records.map(({ id }) => id).filter((id) => current.has(id)));
  }, [records]);

  // One function for all rows and for good, so that a row is drawn again only when it is another one.
  const act = useRef<(id: string) => void>(() => {});
  act.current = (id) => {
    props.onSelect(id);
    props.onToggle(id);
  };
  const onPress = useCallback((id: string) => act.current(id), []);

  const step = (to: number) => {
    const record = records[Math.max(0, Math.min(records.length - 1, to))];
    if (record) props.onSelect(record.id);
    if (isFollowing) onLeave?.();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 1);
    const moves: Record<string, number> = {
      ArrowDown: selectedAt + 1,
      ArrowUp: selectedAt - 1,
      PageDown: selectedAt + page,
      PageUp: selectedAt - page,
      Home: 0,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      step(to);
    } else if (event.key === "Enter" && selected) {
      event.preventDefault();
      event.stopPropagation();
      props.onToggle(selected);
    }
  };
  return (
    <div
      ref={scroller}
      className={css.grid}
      role="treegrid"
      // Its keys are those of the screen, which has the focus while there are no rows.
      data-content=""
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={props.end === undefined ? records.length : -1}
      {...(selectedAt >= 0 && items.some((item) => item.index === selectedAt)
        ? { "aria-activedescendant": rowId(selected ?? "") }
        : {})}
      onKeyDown={onKeyDown}
    >
      <div className={css.all} role="presentation" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const record = records[item.index];
          if (!record) return null;
          const isOpen = record.id === opened;
          const isWrapped = props.isWrapped !== props.turned.has(record.id);
          const missing = props.holes?.get(record.id);
          // Rows of one line all have one height; to measure each as it comes would cost more than to draw it.
          if (isWrapped || isOpen || missing) measured.current.add(record.id);
          const isMeasured = measured.current.has(record.id);
          return (
            <div
              key={item.key}
              ref={isMeasured ? virtual.measureElement : null}
              data-index={item.index}
              className={css.item}
              role="presentation"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Row
                record={record}
                number={item.index + 1}
                isOpen={isOpen}
                isSelected={record.id === selected}
                isMarked={props.marked.has(record.id)}
                columns={props.columns}
                zone={props.zone}
                withDay={props.withDay}
                isWrapped={isWrapped}
                isShort={isShort(record)}
                onPress={onPress}
              />
              {isOpen && props.details && (
                <div role="row" aria-label="Details of the row above">
                  <div role="gridcell">{props.details(record)}</div>
                </div>
              )}
              {missing && (
                <div role="row">
                  <div role="gridcell" className={css.end}>
                    {count.format(missing)} records came here while the tail was held, and were counted only; a search
                    finds them
                  </div>
                </div>
              )}
            </div>
          );
        })}
      </div>
      {props.end && (
        <div role="row">
          <div role="gridcell" className={css.end}>
            {props.end}
          </div>
        </div>
      )}
    </div>
  );
}

type RowProps = Pick<RowsProps, "columns" | "zone" | "withDay" | "isWrapped"> & {
  record: LogRecord;
  number: number;
  isOpen: boolean;
  isSelected: boolean;
  isMarked: boolean;
  isShort: boolean;
  onPress: (id: string) => void;
};

const Row = memo(function Row(props: RowProps) {
  const { record, columns, zone, withDay } = props;
  const press = (event: MouseEvent) => {
    // To select text is not to open a row.
    if (!document.getSelection()?.isCollapsed || event.defaultPrevented) return;
    props.onPress(record.id);
  };
  const service = columns.length ? undefined : (field(record, "service") ?? field(record, "service.name"));
  const message = record.message ?? "";
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the grid's, which is what has the focus
    <div
      id={rowId(record.id)}
      className={css.row}
      role="row"
      aria-rowindex={props.number}
      aria-selected={props.isSelected}
      aria-expanded={props.isOpen}
      data-level={severity(record.level)}
      {...(props.isOpen ? { "data-open": "" } : {})}
      {...(props.isMarked ? { "data-marked": "" } : {})}
      {...(props.isWrapped ? { "data-wrap": "" } : {})}
      {...(props.isShort ? { "data-short": "" } : {})}
      onClick={press}
      tabIndex={-1}
    >
      <span role="presentation" className={css.head}>
        <span role="gridcell" className={css.time}>
          {props.isMarked && (
            <>
              <span className={css.mark} aria-hidden="true">
                ◆
              </span>
              <span className="visually-hidden">Marked </span>
            </>
          )}
          {withDay && `${day(record.timestamp, zone).slice(5)} `}
          {stamp(record.timestamp, zone)}
        </span>
        <span role="gridcell" className={css.level}>
          {flat(record.level ?? "")}
        </span>
        {columns.length === 0 && (
          <span role="gridcell" className={css.column}>
            {flat(written(service))}
          </span>
        )}
        {columns.map((name) => (
          <span role="gridcell" key={name} className={css.column} title={name}>
            {flat(written(field(record, name)))}
          </span>
        ))}
      </span>
      <span role="gridcell" className={css.message}>
        <LogLine text={props.isWrapped ? message : (message.split("\n", 1)[0] ?? "")} />
        {!props.isWrapped && message.includes("\n") && <span className={css.rest}> ⏎</span>}{" "}
        <span className={css.rest}>{rest(record, columns)}</span>
      </span>
    </div>
  );
});

/** On a telephone: whether one line is enough for what a row says of a record. It is asked of each again and again. */
function useShort(columns: readonly string[], isTelephone: boolean): (record: LogRecord | undefined) => boolean {
  return useMemo(() => {
    const known = new WeakMap<LogRecord, boolean>();
    const most = Math.floor((innerWidth - TELEPHONE_SIDES_PX) / CHAR_PX);
    return (record) => {
      if (!isTelephone || !record) return false;
      let short = known.get(record);
      if (short === undefined) {
        const message = record.message ?? "";
        short = message.length <= most && `${flat(message)} ${rest(record, columns)}`.length <= most;
        known.set(record, short);
      }
      return short;
    };
  }, [columns, isTelephone]);
}

function rest(record: LogRecord, columns: readonly string[]): string {
  const others = flatten(record.attributes).filter(
    ([name]) => name !== "service" && name !== "service.name" && !columns.includes(name),
  );
  const text = others
    .slice(0, REST_FIELDS)
    .map(([name, value]) => `${flat(name).slice(0, 40)}=${flat(written(value).slice(0, 80))}`)
    .join(" ");
  return text.slice(0, REST_CHARS);
}
