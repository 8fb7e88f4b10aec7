// On a telephone: every place, since its bar has room for the first of them only.

import { Sheet } from "../kit/dialog";
import { placesFor } from "./nav";
import { PlaceLink } from "./shell";
import css from "./shell.module.css";

export function More({ kind, onClose }: { kind: string; onClose: () => void }) {
  return (
    <Sheet label="All places" isOpen isLow onClose={onClose}>
      <nav className={css.sheet} aria-label="All places">
        {placesFor(kind).map((place) => (
          <PlaceLink key={place.id} place={place} onPress={onClose} />
        ))}
      </nav>
    </Sheet>
  );
}
