// The list of keys, and the switch that turns the single ones off.

import { Checkbox } from "../kit/controls";
import { Dialog } from "../kit/dialog";
import { Kbd } from "../kit/states";
import { areOn, switchKeys, useBindings } from "./keys";
import css from "./shell.module.css";

export function KeyList({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const bindings = useBindings();
  const groups = [...new Set(bindings.map((binding) => binding.group))];
  return (
    <Dialog title="Keys" isOpen={isOpen} onClose={onClose} wide hasClose>
      <Checkbox isSelected={areOn()} onChange={switchKeys}>
        Single keys work while nobody is typing
      </Checkbox>
      <div className={css.groups}>
        {groups.map((group) => (
          <div key={group}>
            <h3>{group}</h3>
            <dl className={css.bindings}>
              {bindings
                .filter((binding) => binding.group === group)
                .map((binding) => [
                  <dt key={`${binding.keys} keys`}>
                    {binding.keys.split(" ").map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dt>,
                  <dd key={binding.keys}>{binding.name}</dd>,
                ])}
            </dl>
          </div>
        ))}
      </div>
      <p>
        <Kbd>Ctrl K</Kbd> goes anywhere.
      </p>
    </Dialog>
  );
}
