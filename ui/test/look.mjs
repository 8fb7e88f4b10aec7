// What every screen has to be: whole at each width, without a fault that axe finds in either theme.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
// A small telephone, a telephone, a desk.
const WINDOWS = [
  [320, 640],
  [390, 844],
  [1280, 900],
];
// Narrower than what is asked about faults: only that nothing is cut off there.
const NARROWEST = 320;
const pictures = process.env.BLOCKHOUSE_SCREENSHOTS;

/** Looks at a panel, from its beginning at each width. */
export const panelLooksWell = (page, panel, name) => looksWell(page, name, panel);

/** Looks at the screen as it stands, at each width and in both themes; it stands as before afterwards. */
export async function looksWell(page, name, panel) {
  const before = page.viewportSize();
  for (const [width, height] of WINDOWS) {
    await page.setViewportSize({ width, height });
    for (const theme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: theme });
      await panel?.evaluate((element) => element.scrollIntoView({ block: "start" }));
      await page.evaluate(() => document.fonts.ready);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      if (theme === "light") assert.deepEqual(await tooWide(page), [], `${name} at ${width} px scrolls sideways`);
      if (pictures) {
        mkdirSync(pictures, { recursive: true });
        await page.screenshot({ path: join(pictures, `${name}-${theme}-${width}.png`) });
      }
      if (width > NARROWEST) assert.deepEqual(await faultsOf(page), [], `${name}, ${theme}, ${width} px`);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}

/** What makes the page scroll sideways. */
function tooWide(page) {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    // What lies in a box that scrolls by itself is not what makes the page scroll.
    const isBoxed = (element) => {
      const parent = element.parentElement;
      return (
        parent !== null &&
        parent !== document.body &&
        (getComputedStyle(parent).overflowX !== "visible" || isBoxed(parent))
      );
    };
    const wide = [...document.querySelectorAll("body *")].filter(
      (one) => one.getBoundingClientRect().right > innerWidth + 1 && !isBoxed(one),
    );
    return [document.documentElement, ...wide].map((one) => one.outerHTML.slice(0, 160)).slice(0, 4);
  });
}

async function faultsOf(page) {
  // Through the debugger, which no policy of a page holds back.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  return page.evaluate(async (rules) => {
    const found = await globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
    const where = (one) => one.nodes.slice(0, 3).map((node) => node.target.join(" "));
    return found.violations.map((one) => `${one.id}: ${where(one).join(", ")}`);
  }, RULES);
}
