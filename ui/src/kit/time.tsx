// Times as people read them, with the whole of it within reach.

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

/** "3 hours ago", with the full time in UTC for whoever points at it or focuses it. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={`${at.replace("T", " ").replace("Z", "")} UTC`}>
      {ago(at)}
    </time>
  );
}

export const count = new Intl.NumberFormat("en");

/** `41.2 M`. */
export const short = (value: number) =>
  value < 10_000
    ? count.format(value)
    : new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
