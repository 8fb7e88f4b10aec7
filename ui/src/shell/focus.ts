// Nobody who uses the keyboard is thrown to the top of the page: where what had the focus goes away, what stands in its place
// has it next, and after a way to another screen its content.
//
// Always holds: focus is moved only from nowhere, never from something; and never for whoever pressed beside everything.

import type { AnyRouter } from "@tanstack/react-router";

/** What had the focus, and in what, from the inside out: the element, and which child of its parent it was. */
type Held = { element: HTMLElement; path: { parent: Element; at: number }[] };

const REMEMBERED = 6;
// Parts of the kit give the focus back by themselves, within a frame or two.
const GRACE_MS = 80;
// Where keys are text nobody is put by surprise.
const CONTROLS = "a[href], button, summary, input:is([type=checkbox], [type=radio])";

const isNowhere = () => document.activeElement === null || document.activeElement === document.body;

const takesFocus = (element: Element): element is HTMLElement =>
  element instanceof HTMLElement &&
  element.matches(`${CONTROLS}, [tabindex]`) &&
  element.tabIndex >= 0 &&
  !element.matches(":disabled, [inert] *, [aria-hidden=true] *") &&
  element.checkVisibility({ visibilityProperty: true });

function held(element: HTMLElement): Held {
  const path: Held["path"] = [];
  for (let one: Element = element; one.parentElement && one !== document.body; one = one.parentElement)
    path.push({ parent: one.parentElement, at: [...one.parentElement.children].indexOf(one) });
  return { element, path };
}

function firstIn(element: Element): HTMLElement | undefined {
  const all = [element, ...element.querySelectorAll("*")].filter(takesFocus);
  return all.find((one) => one.matches(CONTROLS)) ?? all[0];
}

/** What is nearest to where it was, of what is still there; not beyond the content of the screen. */
function nearest({ element, path }: Held, content: Element | null): HTMLElement | undefined {
  if (element.isConnected && !element.matches(":disabled") && element.checkVisibility()) return element;
  for (const { parent, at } of path) {
    if (!parent.isConnected) continue;
    if (parent === content || parent === document.body || parent.contains(content)) return undefined;
    const children = [...parent.children];
    // The next row stands where the one was that is gone; without one it is the row before.
    for (const child of [...children.slice(0, at + 1).reverse(), ...children.slice(at + 1)]) {
      const found = firstIn(child);
      if (found) return found;
    }
  }
  return undefined;
}

/** Looks after the focus from now on. */
export function keepFocus(router: AnyRouter): void {
  let all: Held[] = [];
  let isLeft = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function place() {
    // A button that works on something has the focus again when it is done.
    if (!isNowhere() || all[0]?.element.matches("[data-busy]")) return;
    const content = document.querySelector<HTMLElement>("main");
    for (const one of all[0]?.element.closest("[data-content]") ? [] : all) {
      const found = nearest(one, content);
      if (!found) continue;
      found.focus();
      if (!isNowhere()) return;
    }
    if (!content) return;
    if (!content.hasAttribute("tabindex")) content.tabIndex = -1;
    content.focus({ preventScroll: true });
  }
  function soon() {
    clearTimeout(timer);
    timer = setTimeout(place, GRACE_MS);
  }

  document.addEventListener("focusin", ({ target }) => {
    isLeft = false;
    if (target instanceof HTMLElement && target !== document.body)
      all = [held(target), ...all.filter((one) => one.element !== target)].slice(0, REMEMBERED);
  });
  document.addEventListener("pointerdown", ({ target }) => {
    isLeft = !(target instanceof Element && target.closest("a, button, input, textarea, label, summary, [tabindex]"));
  });
  new MutationObserver(() => {
    const [last] = all;
    if (isNowhere() && last && !isLeft && !(last.element.isConnected && takesFocus(last.element))) soon();
  }).observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled", "data-busy"] });
  router.subscribe("onResolved", ({ fromLocation, pathChanged }) => {
    if (fromLocation && pathChanged && isNowhere()) soon();
  });
}
