// Short words about what has just been done; they go by themselves, or with what undoes it. While somebody points at them, or
// is among them with the keyboard, they stay (WCAG 2.2.1).

import { useSyncExternalStore } from "react";
import { Button } from "./controls";
import css from "./states.module.css";

type Toast = { id: number; text: string; kind: "done" | "failed"; undo?: () => void };

const SHOWN_MS = 6_000;
// Long enough to change one's mind.
const UNDO_MS = 10_000;
// What is left at least once nobody holds them any more.
const LEFT_MS_MIN = 2_000;
const TOASTS_MAX = 3;

type Clock = { left: number; since: number; timer?: ReturnType<typeof setTimeout> };

let toasts: readonly Toast[] = [];
let last = 0;
const clocks = new Map<number, Clock>();
const holders = new Set<"pointer" | "focus">();
const listeners = new Set<() => void>();

function set(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

function drop(id: number) {
  clearTimeout(clocks.get(id)?.timer);
  clocks.delete(id);
  set(toasts.filter((one) => one.id !== id));
  // What is gone holds nothing, and tells nobody that it is left.
  if (toasts.length === 0) holders.clear();
}

function run(id: number, left: number) {
  const timer = holders.size === 0 ? { timer: setTimeout(() => drop(id), left) } : {};
  clocks.set(id, { left, since: Date.now(), ...timer });
}

function hold(by: "pointer" | "focus", isHeld: boolean) {
  const wasHeld = holders.size > 0;
  if (isHeld) holders.add(by);
  else holders.delete(by);
  if (wasHeld === holders.size > 0) return;
  for (const [id, { left, since, timer }] of clocks) {
    clearTimeout(timer);
    run(id, timer === undefined ? left : Math.max(LEFT_MS_MIN, left - (Date.now() - since)));
  }
}

/** By one of its buttons: what was on it, or pointed at it, is on nothing any more, and no event tells so. */
function close(id: number) {
  drop(id);
  hold("pointer", false);
  hold("focus", false);
}

export function toast(text: string, options: { kind?: Toast["kind"]; undo?: () => void } = {}) {
  last += 1;
  const made: Toast = { id: last, text, kind: options.kind ?? "done", ...(options.undo ? { undo: options.undo } : {}) };
  // What is said again is said once, and anew; what can be undone is another thing each time.
  const others = toasts.filter((one) => one.text !== text || one.undo);
  set([...others, made].slice(-TOASTS_MAX));
  run(made.id, made.undo ? UNDO_MS : SHOWN_MS);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div
      className={css.toasts}
      role="status"
      aria-live="polite"
      onPointerMove={() => hold("pointer", true)}
      onPointerLeave={() => hold("pointer", false)}
      onFocus={() => hold("focus", true)}
      onBlur={(event) => hold("focus", event.currentTarget.contains(event.relatedTarget))}
    >
      {shown.map((one) => (
        <div key={one.id} className={css.toast} data-kind={one.kind}>
          <span>{one.text}</span>
          {one.undo && (
            <Button
              size="small"
              onPress={() => {
                one.undo?.();
                close(one.id);
              }}
            >
              Undo
            </Button>
          )}
          <Button size="small" look="quiet" icon aria-label={`Close: ${one.text}`} onPress={() => close(one.id)}>
            ×
          </Button>
        </div>
      ))}
    </div>
  );
}
