// Times as people read them, with the whole of it within reach.

import { useContext, useState } from "react";
import { InRows } from "./in-rows";

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function ago(text: string, now = Date.now()): string {
  const seconds = (new Date(text).getTime() - now) / 1000;
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  if (unit === "second" && Math.abs(seconds) < 10) return "now";
  return relative.format(Math.round(seconds / length), unit);
}

/** "3 hours ago", with the full time in UTC for whoever points at it, taps it or focuses it. */
export function Ago({ at }: { at: string }) {
  const [isFull, setFull] = useState(false);
  const isInRow = useContext(InRows);
  const full = `${at.replace("T", " ").replace("Z", "")} UTC`;
  return (
    <time
      dateTime={at}
      title={full}
      // A title alone is for whoever has a mouse.
      tabIndex={isInRow ? -1 : 0}
      onFocus={() => setFull(true)}
      onBlur={() => setFull(false)}
    >
      {isFull ? full : ago(at)}
    </time>
  );
}

export const count = new Intl.NumberFormat("en");

/** `1 event`, `2,000 events`. */
export const counted = (value: number, thing: string) => `${count.format(value)} ${thing}${value === 1 ? "" : "s"}`;

/** `41.2 M`. */
export const short = (value: number) =>
  value < 10_000
    ? count.format(value)
    : new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** `20 %`; what is more than nothing does not read as nothing, nor what is less than all as all. */
export const percent = (share: number) =>
  share > 0 && share < 0.01 ? "<1 %" : share > 0.99 && share < 1 ? ">99 %" : `${Math.round(share * 100)} %`;
