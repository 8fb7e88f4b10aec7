// In which zone the times of a look are: that of its address, or the one that was chosen before, here as on other screens.

import { type ReactNode, useState } from "react";
import { Button, type Entry, Select } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { keepZone, otherZone, useZone, type Zone, zoneName } from "../kit/zone";
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
  const entries = [
    { id: "zone", name: `Times in ${zoneName(turned)}`, help: "u", onAction: turnZone },
    { id: "zones", name: "Time zone …", onAction: () => setOpen(true) },
  ];
  const close = () => setOpen(false);
  const dialog = (
    <Dialog title="Time zone" isOpen={isOpen} onClose={close}>
      {isOpen && <Select label="Times are shown in" options={all()} value={zone} onChange={choose} />}
      <p>It counts for records and graphs, in this browser.</p>
      <Actions>
        <Button look="primary" onPress={close}>
          Close
        </Button>
      </Actions>
    </Dialog>
  );
  return { zone, turnZone, entries, dialog };
}

const all = () => [
  { id: "utc", name: "UTC" },
  { id: "local", name: `Local: ${zoneName("local")}` },
  ...Intl.supportedValuesOf("timeZone")
    .filter((id) => id.includes("/"))
    .map((id) => ({ id, name: id.replaceAll("_", " ") })),
];
