// A time to the second, in the zone that was chosen.

import { clock, day, useZone, zoneName } from "./zone";

/** To the second, in a column or beside words that name the zone; the rest, in UTC, for whoever points at it. */
export function Moment({ at, isNamed }: { at: string; isNamed?: boolean }) {
  const zone = useZone();
  return (
    <time dateTime={at} title={`${at.replace("T", " ").replace("Z", "")} UTC`}>
      {day(at, zone)} {clock(at, zone).slice(0, 8)}
      {isNamed && ` ${zoneName(zone)}`}
    </time>
  );
}

/** The name of a column of them. */
export const useTimeColumn = () => `Time (${zoneName(useZone())})`;
