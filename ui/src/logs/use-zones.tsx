// In which zone the times of a look are: that of its address, or the one that was chosen before, here as on other screens.

import { type ReactNode, useState } from "react";
import type { Entry } from "../kit/controls";
import { keepZone, otherZone, useZone, type Zone, zoneName } from "../kit/zone";
import { ZoneDialog } from "../kit/zone-dialog";
import type { View } from "./search";
import { zone as zoneOf } from "./view";

type Zones = { zone: Zone; turnZone: () => void; entries: Entry[]; dialog: ReactNode };

export function useZones(view: View, onChange: (tz: string | undefined) => void): Zones {
  const kept = useZone();
  const zone = zoneOf(view, kept);
  const [isOpen, setOpen] = useState(false);
  // That of a link counts for this look: it takes the place of the one that is kept only where somebody chooses it.
  const [linked, setLinked] = useState(zone === kept ? null : zone);
  const choose = (next: Zone) => {
    setLinked(null);
    keepZone(next);
    onChange(next === "utc" ? undefined : next);
  };
  const other = linked === null || linked === "utc" ? otherZone() : linked;
  const turned = zone === "utc" ? other : "utc";
  const turnZone = () => (linked === null ? choose(turned) : onChange(turned));
  const turning = (to: Zone) => {
    const [name, isOn] = [zoneName(to), zoneName(to) === zoneName(zone)];
    return { id: `zone-${to}`, name: `Times in ${name}`, isOn, ...(isOn ? {} : { help: "u", onAction: turnZone }) };
  };
  const second = zone === "utc" ? other : zone;
  const entries = [
    turning("utc"),
    ...(zoneName(second) === "UTC" ? [] : [turning(second)]),
    { id: "zones", name: "Time zone …", onAction: () => setOpen(true) },
  ];
  const dialog = <ZoneDialog isOpen={isOpen} zone={zone} onChange={choose} onClose={() => setOpen(false)} />;
  return { zone, turnZone, entries, dialog };
}
