// The kit, each part on one page, under the server's policy.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { looksWell } from "./look.mjs";

const root = join(import.meta.dirname, "..");
let folder;
let server;
let browser;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "blockhouse-kit-"));
  const outDir = join(folder, "app");
  await build({ root, mode: "gallery", logLevel: "error", build: { outDir, emptyOutDir: true } });
  server = await preview({ root, logLevel: "error", build: { outDir }, preview: { port: 0, host: "localhost" } });
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu"],
  });
});
after(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

test("every part is without fault in both themes and at each width", async () => {
  const page = await browser.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.text().startsWith("policy:") && faults.push(message.text()));
  await page.addInitScript(() =>
    addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.effectiveDirective} ${event.sample}`),
    ),
  );
  await page.goto(`${server.resolvedUrls.local[0]}dev/kit`);
  await page.getByRole("heading", { name: "Kit" }).waitFor();
  await looksWell(page, "kit");
  for (const name of ["Open dialog", "Open confirmation"]) {
    await page.getByRole("button", { name }).click();
    await page.getByRole("dialog").waitFor();
    await looksWell(page, `kit-${name.split(" ")[1]}`);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.getByRole("button", { name: "Select" }).click();
  await page.getByRole("listbox").waitFor();
  await looksWell(page, "kit-select");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Toast" }).click();
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await looksWell(page, "kit-toast");
  assert.deepEqual(faults, []);
});

test("a toast waits while somebody points at it or is on it with the keyboard, and goes some time after", async () => {
  const page = await browser.newPage();
  await page.clock.install();
  await page.goto(`${server.resolvedUrls.local[0]}dev/kit`);
  const [make, undo] = ["Toast", "Undo"].map((name) => page.getByRole("button", { name, exact: true }));
  const away = () => page.mouse.move(2, 2);
  const isGone = () => undo.waitFor({ state: "detached" });
  const LONG = 60_000;

  await make.click();
  await undo.waitFor();
  await away();
  await page.clock.fastForward(LONG);
  await isGone();

  await make.click();
  await undo.hover();
  await page.clock.fastForward(LONG);
  await undo.waitFor();
  await undo.focus();
  await away();
  await page.clock.fastForward(LONG);
  assert.ok(await undo.isVisible(), "the focus is on it");
  await make.focus();
  assert.ok(await undo.isVisible(), "it does not go at once");
  await page.clock.fastForward(LONG);
  await isGone();

  // What was under the pointer when it went holds no later one.
  await make.click();
  await undo.click();
  const undone = page.getByText("Undone", { exact: true });
  await undone.waitFor();
  await away();
  await page.clock.fastForward(LONG);
  await undone.waitFor({ state: "detached" });
  await page.close();
});
