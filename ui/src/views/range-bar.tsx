// For which time graphs are drawn, and when they are drawn again.

import { Button, Select } from "../kit/controls";
import { row } from "../kit/page";
import { RANGES } from "../logs/search";

const OWN = "own";

export function RangeBar(props: {
  from: string | undefined;
  onFrom: (from: string | undefined) => void;
  onLook: () => void;
}) {
  const own = { id: OWN, name: "As saved" };
  return (
    <div className={row}>
      <Select
        label="Time range"
        hideLabel
        options={[own, ...RANGES]}
        value={RANGES.some((range) => range.id === props.from) ? (props.from ?? OWN) : OWN}
        onChange={(id) => props.onFrom(id === OWN ? undefined : id)}
      />
      <Button onPress={props.onLook}>Refresh</Button>
    </div>
  );
}
