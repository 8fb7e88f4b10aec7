// The choice of the zone that times are shown in.

import { Button, Select } from "./controls";
import { Actions, Dialog } from "./dialog";
import { type Zone, zoneName } from "./zone";

export function ZoneDialog(props: {
  isOpen: boolean;
  zone: Zone;
  onChange: (zone: Zone) => void;
  onClose: () => void;
}) {
  const { isOpen, zone, onChange, onClose } = props;
  return (
    <Dialog title="Time zone" isOpen={isOpen} onClose={onClose}>
      {isOpen && <Select label="Times are shown in" options={all()} value={zone} onChange={onChange} />}
      <p>It counts for records, graphs and the audit trail, in this browser.</p>
      <Actions>
        <Button look="primary" onPress={onClose}>
          Close
        </Button>
      </Actions>
    </Dialog>
  );
}

const all = () => [
  { id: "utc", name: "UTC" },
  { id: "local", name: `Local: ${zoneName("local")}` },
  ...Intl.supportedValuesOf("timeZone")
    .filter((id) => id.includes("/"))
    .map((id) => ({ id, name: id.replaceAll("_", " ") })),
];
