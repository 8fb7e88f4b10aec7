// What the server says of an answer: how the query was read, how much was looked at, and what is not whole.

import type { HistogramAnswer, SearchPage } from "../api/types";
import { counted, short } from "../kit/time";
import { type Zone, zoneName } from "../kit/zone";
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
              {counted(total.total, "event")}, {total.precision}
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
      <span>Times in {zoneName(props.zone)}</span>
      {warnings.map((warning) => (
        <span key={warning.code + warning.detail} className={css.warned}>
          {warning.detail}
        </span>
      ))}
    </div>
  );
}
