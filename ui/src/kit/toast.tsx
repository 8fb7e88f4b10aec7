// Short words about what has just been done; they go by themselves, or with what undoes it.

import { useSyncExternalStore } from "react";
import { Button } from "./controls";
import css from "./states.module.css";

type Toast = { id: number; text: string; kind: "done" | "failed"; undo?: () => void };

const SHOWN_MS = 6_000;
// Long enough to change one's mind.
const UNDO_MS = 10_000;
const TOASTS_MAX = 3;

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

const drop = (id: number) => set(toasts.filter((one) => one.id !== id));

export function toast(text: string, options: { kind?: Toast["kind"]; undo?: () => void } = {}) {
  last += 1;
  const made: Toast = { id: last, text, kind: options.kind ?? "done", ...(options.undo ? { undo: options.undo } : {}) };
  // What is said again is said once, and anew; what can be undone is another thing each time.
  const others = toasts.filter((one) => one.text !== text || one.undo);
  set([...others, made].slice(-TOASTS_MAX));
  setTimeout(() => drop(made.id), made.undo ? UNDO_MS : SHOWN_MS);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={css.toasts} role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className={css.toast} data-kind={one.kind}>
          <span>{one.text}</span>
          {one.undo && (
            <Button
              size="small"
              onPress={() => {
                one.undo?.();
                drop(one.id);
              }}
            >
              Undo
            </Button>
          )}
          <Button size="small" look="quiet" icon aria-label={`Close: ${one.text}`} onPress={() => drop(one.id)}>
            ×
          </Button>
        </div>
      ))}
    </div>
  );
}
