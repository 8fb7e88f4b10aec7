// What the server says of an answer: how the query was read, how much was looked at, and what is not whole.

import type { HistogramAnswer, SearchPage } from "../api/types";
import { count, short, type Zone } from "../kit/time";
import css from "./logs.module.css";

export function Said(props: {
  page: SearchPage | undefined;
  total: HistogramAnswer | undefined;
  isLive: boolean;
  isWaiting: boolean;
  zone: Zone;
  query: string;
}) {
  const { page, total } = props;
  const warnings = page?.warnings ?? [];
  const zone = props.zone === "utc" ? "Times in UTC" : `Times in ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  return (
    <div className={css.said}>
      {props.isLive ? (
        <span>Live: what arrives from now on, the newest at the bottom</span>
      ) : props.isWaiting && !page ? (
        <span>Searching …</span>
      ) : page ? (
        <>
          {total && (
            <span>
              {count.format(total.total)} events, {total.precision}
            </span>
          )}
          <span>
            {short(page.stats.rows_scanned)} looked at, {page.stats.parts_pruned} parts skipped,{" "}
            {Math.round(page.stats.elapsed_ms)} ms
          </span>
          {props.query && (
            <span>
              runs as: <code>{page.understood}</code>
            </span>
          )}
        </>
      ) : null}
      <span>{zone}</span>
      {warnings.map((warning) => (
        <span key={warning.code + warning.detail} className={css.warned}>
          {warning.detail}
        </span>
      ))}
    </div>
  );
}
