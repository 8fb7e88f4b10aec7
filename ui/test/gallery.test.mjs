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
