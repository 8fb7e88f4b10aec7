// Single keys, while nobody is typing. Each can be switched off as a whole (WCAG 2.1.4).

import { useEffect, useRef, useSyncExternalStore } from "react";

/** Where `run` answers `false`, the key does what it does without a binding. */
export type Binding = { keys: string; name: string; run: () => unknown; group: string };

const STORED = "blockhouse-single-keys";
// The second key of a pair comes within this time.
const PAIR_MS = 1_000;

const bound = new Map<string, Binding>();
const listeners = new Set<() => void>();
let list: readonly Binding[] = [];
let first = "";
let firstAt = 0;

function changed() {
  list = [...bound.values()];
  for (const listener of listeners) listener();
}

export const areOn = () => localStorage.getItem(STORED) !== "off";
export function switchKeys(on: boolean) {
  if (on) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, "off");
  changed();
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.shadowRoot !== null ||
    target.matches("input, textarea, select, [role=menu] *, [role=listbox] *, [role=dialog] *")
  );
}

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !areOn())
    return;
  const key = event.key === " " ? "Space" : event.key;
  const pair = first && event.timeStamp - firstAt < PAIR_MS ? `${first} ${key}` : "";
  first = "";
  const binding = bound.get(pair) ?? bound.get(key);
  if (binding) {
    // A space or Enter on a button presses that button.
    if (
      (key === "Space" || key === "Enter") &&
      event.target instanceof HTMLElement &&
      event.target.closest("button, a, summary, [role=tab]")
    )
      return;
    if (binding.run() !== false) event.preventDefault();
  } else if ([...bound.keys()].some((keys) => keys.startsWith(`${key} `))) {
    first = key;
    firstAt = event.timeStamp;
  }
}

/** Binds keys while a screen is there. */
export function useKeys(group: string, bindings: readonly Omit<Binding, "group">[]) {
  const latest = useRef(bindings);
  latest.current = bindings;
  // What a key does may change with each look at the screen; that it is bound does not.
  const signature = bindings.map((binding) => `${binding.keys}\t${binding.name}`).join("\n");
  useEffect(() => {
    const mine = signature.split("\n").map((line): Binding => {
      const [keys = "", name = ""] = line.split("\t");
      return { keys, name, group, run: () => latest.current.find((binding) => binding.keys === keys)?.run() };
    });
    for (const binding of mine) bound.set(binding.keys, binding);
    changed();
    return () => {
      for (const binding of mine) if (bound.get(binding.keys) === binding) bound.delete(binding.keys);
      changed();
    };
  }, [signature, group]);
}

export function useListener() {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useBindings = () => useSyncExternalStore(subscribe, () => list);
