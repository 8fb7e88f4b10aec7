// On a telephone: every place, since its bar has room for the first of them only.

import { useMay } from "../api/people";
import { Sheet } from "../kit/dialog";
import { Groups } from "./shell";
import css from "./shell.module.css";

export function More({ kind, onClose }: { kind: string; onClose: () => void }) {
  const isOwner = useMay("people:manage") === true && kind === "person";
  return (
    <Sheet label="All places" isOpen isLow onClose={onClose}>
      <nav className={css.sheet} aria-label="All places">
        <Groups onPress={onClose} />
        {isOwner && (
          <p className={css.heading}>
            Health, TLS and settings are for whoever runs this installation: <code>blockhouse admin create-staff</code>{" "}
            makes their account.
          </p>
        )}
      </nav>
    </Sheet>
  );
}
