// In which zone the times of a look are: that of its address, or the one that was chosen before, here as on other screens.

import { type ReactNode, useRef, useState } from "react";
import { Button, type Entry, Select } from "../kit/controls";
import { Actions, Dialog } from "../kit/dialog";
import { keepZone, useZone, type Zone, zoneName } from "../kit/zone";
import type { View } from "./search";
import { zone as zoneOf } from "./view";

type Zones = { zone: Zone; turnZone: () => void; entries: Entry[]; dialog: ReactNode };

export function useZones(view: View, onChange: (tz: string | undefined) => void): Zones {
  const zone = zoneOf(view, useZone());
  const [isOpen, setOpen] = useState(false);
  const other = useRef("local");
  if (zone !== "utc") other.current = zone;
  const choose = (next: Zone) => {
    keepZone(next);
    onChange(next === "utc" ? undefined : next);
  };
  const turned = zone === "utc" ? other.current : "utc";
  const turnZone = () => choose(turned);
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
