// What stood around one record, in the order of time.

import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef, useState } from "react";
import { address, api } from "../api/client";
import type { ContextAnswer, LogRecord } from "../api/types";
import { Button, Checkbox } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { LogLine, LogText } from "../kit/log";
import { Copy, ErrorBox, Waiting } from "../kit/states";
import { flat, folded } from "../kit/text";
import { day, stamp, type Zone } from "../kit/zone";
import css from "./logs.module.css";
import { field, line, severity, written } from "./record";
import { term } from "./view";

const STEP = 10;
const SIDE_MAX = 200;

export function Context(props: {
  source: string;
  record: LogRecord | null;
  zone: Zone;
  onClose: () => void;
  onLink: (record: LogRecord) => void;
}) {
  return (
    <Dialog title="Context" isOpen={props.record !== null} onClose={props.onClose} wide hasClose>
      {props.record && <Around {...props} record={props.record} key={props.record.id} />}
    </Dialog>
  );
}

function Around({
  source,
  record,
  zone,
  onLink,
}: {
  source: string;
  record: LogRecord;
  zone: Zone;
  onLink: (record: LogRecord) => void;
}) {
  const [width, setWidth] = useState({ before: STEP, after: STEP });
  const [isNarrow, setNarrow] = useState(false);
  const service = written(field(record, "service") ?? field(record, "service.name"));
  const query = isNarrow && service ? term("service", service) : "";
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["context", source, record.id, width, query],
    queryFn: async ({ signal }) => {
      const path = address(`/v1/sources/${source}/context`, { id: record.id, ...width, q: query });
      // With how much was asked for: while more is on its way, the answer before it is shown.
      return { ...(await api<ContextAnswer>("GET", path, undefined, signal)), width };
    },
    placeholderData: (before) => before,
  });
  const here = useRef<HTMLDivElement>(null);
  const isThere = data !== undefined;
  useEffect(() => {
    if (isThere) here.current?.scrollIntoView({ block: "center" });
  }, [isThere]);
  const list = useRef<HTMLDivElement>(null);
  // A button that has nothing more to ask for goes; whoever pressed it stays with the records.
  const pressed = useRef<"before" | "after" | null>(null);
  useEffect(() => {
    if (isFetching || !data || !pressed.current) return;
    const [side, wanted] = [data[pressed.current], data.width[pressed.current]];
    const isGone = side.length < wanted || wanted >= SIDE_MAX;
    if (isGone && document.activeElement?.matches("body, [role=dialog]")) list.current?.focus();
    pressed.current = null;
  }, [isFetching, data]);
  if (error) return <ErrorBox error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting>Looking around the record …</Waiting>;
  const more = (side: "before" | "after") => () => {
    pressed.current = side;
    setWidth({ ...width, [side]: Math.min(SIDE_MAX, width[side] + STEP) });
  };
  const isCut = data.warnings.some((warning) => warning.code === "context_cut");
  const side = (name: "before" | "after", records: readonly LogRecord[]) =>
    records.length < data.width[name] ? (
      // Where some were left out, nobody can tell whether it was on this side.
      !isCut && (
        <p className={css.small}>{name === "before" ? "There is nothing earlier." : "There is nothing later."}</p>
      )
    ) : data.width[name] >= SIDE_MAX ? (
      <p className={css.small}>{SIDE_MAX} are shown; search for more.</p>
    ) : (
      <Button size="small" onPress={more(name)} isPending={isFetching && pressed.current === name}>
        {STEP} more {name === "before" ? "before" : "after"}
      </Button>
    );
  const all = [...data.before, data.record, ...data.after];
  return (
    <>
      {service && (
        <Checkbox isSelected={isNarrow} onChange={setNarrow}>
          <span>
            Only <code>{flat(service)}</code>
          </span>
        </Checkbox>
      )}
      {data.warnings.map((warning) => (
        <p key={warning.code} className={css.warned}>
          {warning.detail}
        </p>
      ))}
      <div>{side("before", data.before)}</div>
      <div ref={list} className={css.context} role="list" aria-label="Records around it" tabIndex={0}>
        {all.map((one) => (
          <Row key={one.id} record={one} zone={zone} here={one.id === record.id ? here : null} />
        ))}
      </div>
      <div>{side("after", data.after)}</div>
      <Actions>
        <Button onPress={() => onLink(record)}>Copy link</Button>
        <Copy text={all.map(line).join("\n")} what="lines">
          {`Copy ${all.length} lines`}
        </Copy>
      </Actions>
    </>
  );
}

/** The record itself is wrapped; each is folded at first, so that what stands around it is in sight. */
function Row({ record, zone, here }: { record: LogRecord; zone: Zone; here: RefObject<HTMLDivElement | null> | null }) {
  const [isWhole, setWhole] = useState(false);
  const text = record.message ?? "";
  const shown = folded(text);
  const isWrapped = here !== null || isWhole;
  return (
    <div
      role="listitem"
      className={css.row}
      data-level={severity(record.level)}
      {...(isWrapped ? { "data-wrap": "" } : {})}
      {...(here ? { "data-this": "", ref: here, "aria-current": "true" as const } : {})}
    >
      <span className={css.head}>
        <span className={css.time}>
          {day(record.timestamp, zone).slice(5)} {stamp(record.timestamp, zone)}
        </span>
        <span className={css.level}>{flat(record.level ?? "")}</span>
        <span className={css.column}>{flat(written(field(record, "service") ?? field(record, "service.name")))}</span>
      </span>
      <span {...(isWrapped ? { className: css.message } : {})}>
        {isWhole ? (
          <LogText text={text} />
        ) : (
          <>
            <LogLine text={shown} />
            {shown.length < text.length && (
              <>
                {" … "}
                <Button size="small" onPress={() => setWhole(true)}>
                  Show all
                </Button>
              </>
            )}
          </>
        )}
      </span>
    </div>
  );
}
