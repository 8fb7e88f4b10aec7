// The record that a link is about, where it is not among the rows that are there: above them, or why it is nowhere.

import { useQuery } from "@tanstack/react-query";
import { address, api } from "../api/client";
import type { ContextAnswer, LogRecord, Source } from "../api/types";
import { Button } from "../kit/controls";
import { LogLine } from "../kit/log";
import { ErrorBox, Note } from "../kit/states";
import { flat } from "../kit/text";
import { isNotThere } from "../kit/unready";
import { day, stamp, type Zone } from "../kit/zone";
import { type DetailActions, Details } from "./details";
import css from "./logs.module.css";
import { severity, timeOf } from "./record";

const DAY_MS = 86_400_000;

export function useLinked(source: string, id: string | undefined, isOn: boolean) {
  return useQuery({
    queryKey: ["linked", source, id],
    queryFn: async ({ signal }) => {
      const path = address(`/v1/sources/${source}/context`, { id, before: 0, after: 0 });
      return (await api<ContextAnswer>("GET", path, undefined, signal)).record;
    },
    enabled: isOn && id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function Linked(props: {
  id: string;
  asked: ReturnType<typeof useLinked>;
  source: Source;
  zone: Zone;
  actions: DetailActions;
  onClose: () => void;
}) {
  const { data, error, refetch } = props.asked;
  if (!data && !error) return null;
  const close = (
    <Button size="small" onPress={props.onClose}>
      Close
    </Button>
  );
  return (
    <section aria-label="Linked record" className={css.linked}>
      {data ? (
        <>
          <p className={css.said}>Linked record; it is not among the rows below. {close}</p>
          <One record={data} zone={props.zone} />
          <Details record={data} actions={props.actions} />
        </>
      ) : isNotThere(error) ? (
        <Note tone="warn">
          <p>
            {gone(props.id, props.source, props.zone)} {close}
          </p>
        </Note>
      ) : (
        <>
          <ErrorBox error={error} retry={() => void refetch()} />
          <p>{close}</p>
        </>
      )}
    </section>
  );
}

export function One({ record, zone }: { record: LogRecord; zone: Zone }) {
  return (
    <div className={css.row} data-level={severity(record.level)} data-wrap="">
      <span className={css.time}>
        {day(record.timestamp, zone).slice(5)} {stamp(record.timestamp, zone)}
      </span>
      <span className={css.level}>{flat(record.level ?? "")}</span>
      <span className={css.message}>
        <LogLine text={record.message ?? ""} />
      </span>
    </div>
  );
}

/** Why there is no such record, as far as its id tells. */
function gone(id: string, source: Source, zone: Zone): string {
  const time = timeOf(id);
  const days = `${source.retention_days} ${source.retention_days === 1 ? "day" : "days"}`;
  if (time !== undefined && time < Date.now() - source.retention_days * DAY_MS) {
    const when = day(new Date(time).toISOString(), zone);
    return `The record of the link is past its retention: it was of ${when}, and “${source.name}” keeps events for ${days}.`;
  }
  return `The record of the link is not in “${source.name}”: it may have been erased, or be of another source. Events are kept for ${days}.`;
}
