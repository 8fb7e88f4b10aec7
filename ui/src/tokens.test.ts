import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

/** The colours of the rule that begins with this text. */
function colours(selector: string): Record<string, string> {
  const rule = css.slice(css.indexOf(selector)).split("}", 1)[0] ?? "";
  return Object.fromEntries(
    [...rule.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, value]) => [name ?? "", value ?? ""]),
  );
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const THEMES = { light: ":root {", dark: ':root[data-theme="dark"]', system: ':root:not([data-theme="light"])' };

test.each(Object.entries(THEMES))("each pair of the %s theme can be read", (_, selector) => {
  const of = colours(selector);
  const check = (front: string, back: string, least: number) =>
    expect(contrast(of[front] ?? "", of[back] ?? ""), `${front} on ${back}`).toBeGreaterThanOrEqual(least);
  for (const back of ["bg", "surface", "raised"]) {
    for (const front of ["text", "muted", "accent", "error", "warn", "info", "staff"]) check(front, back, 4.5);
    for (const front of ["control", "focus"]) check(front, back, 3);
  }
  check("on-accent", "accent", 4.5);
});

test("the dark theme is the same whether it was chosen or comes from the system", () => {
  expect(colours(THEMES.dark)).toEqual(colours(THEMES.system));
});

test("no two modules of styles have one name, which their classes bear", () => {
  const names = Object.keys(import.meta.glob("./**/*.module.css")).map((path) => path.replace(/.*\//, ""));
  expect(names.length).toBeGreaterThan(10);
  expect(new Set(names).size).toBe(names.length);
});
