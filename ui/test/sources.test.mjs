// Sources and API keys, from the first to a revoked one.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, [{ message: "one" }, { message: "two" }]);
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });

test("a source is made, its keys are made, rotated and revoked, and each does what it says", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/sources");
  await page.getByRole("cell", { name: /^\d+ B$/ }).waitFor();
  await page
    .getByRole("cell", { name: /^(now|\d+ seconds? ago|\d+ minutes? ago)/ })
    .first()
    .waitFor();
  await page.getByRole("cell", { name: "2 active" }).waitFor();
  await page.getByRole("cell", { name: "of today" }).waitFor();
  await looksWell(page, "sources");
  await button(page, "New source").click();
  await page.getByLabel("Name").fill("web");
  await looksWell(page, "sources-new");
  await button(page, "Make source").click();
  await page.getByRole("heading", { name: "web" }).waitFor();
  await button(page, "Rename").click();
  await looksWell(page, "sources-rename");
  const renamed = page.getByRole("textbox", { name: "Name" });
  await renamed.fill("first");
  await button(page, "Rename source").click();
  await page.getByText("the organization has another source of this name").waitFor();
  await renamed.fill("orders");
  await button(page, "Rename source").click();
  await page.getByRole("heading", { name: "orders" }).waitFor();
  const source = page.url().split("/").at(-1);
  const send = (key) => house.ask("POST", `/sources/${source}/frames`, { key, body: { message: "x" } });

  await button(page, "New key").click();
  await page.getByLabel("Name").fill("collector");
  await looksWell(page, "keys-new");
  await button(page, "Make key").click();
  const secret = page.getByRole("region", { name: "write key" });
  const first = await secret.innerText();
  await page.getByRole("region", { name: "curl snippet" }).getByText(first).waitFor();
  await page.getByText("Waiting for the first event").waitFor();
  await looksWell(page, "keys-once");
  await page.keyboard.press("Escape");
  await page.mouse.click(4, 4);
  assert.equal(await secret.innerText(), first, "what is shown once is closed by its own button alone");
  await page.waitForResponse((answer) => answer.url().endsWith("/refusals"));
  assert.equal((await send(first)).status, 202);
  await page.getByText(/^First event/).waitFor();
  await button(page, "I have copied the key").click();
  assert.equal(await page.getByText(first).count(), 0, "a key is shown once");
  // How to send takes the key that was made just now, and makes no other.
  await button(page, "How to send").click();
  await page.getByRole("region", { name: "curl snippet" }).getByText(first).waitFor();
  await button(page, "How to send").click();

  await button(page, "Rotate collector").click();
  await page.getByText(/^Still to be changed where it was used lately: (127\.0\.0\.1|::1) \(/).waitFor();
  await looksWell(page, "keys-rotate");
  await page.getByRole("button", { name: /The old key ends/ }).click();
  await page.getByRole("option", { name: "at once" }).click();
  await button(page, "Rotate key").click();
  const second = await secret.innerText();
  assert.notEqual(second, first);
  await button(page, "I have copied the key").click();
  assert.deepEqual([(await send(first)).status, (await send(second)).status], [401, 202]);
  await page.getByText("expired").waitFor();
  await page
    .getByText(/^made by Ada Lovelace, /)
    .first()
    .waitFor();

  await button(page, "Revoke collector").click();
  await page.getByRole("heading", { name: /^Revoke key/ }).waitFor();
  await looksWell(page, "keys-revoke");
  await button(page, "Revoke key").click();
  await page.getByText("revoked", { exact: true }).waitFor();
  assert.equal((await send(second)).status, 401);
  await looksWell(page, "source");

  await button(page, "How to send").click();
  await button(page, "Make a write key").waitFor();
  // Without a key there is how to send all the same.
  await page.getByRole("region", { name: "curl snippet" }).getByText("Bearer YOUR_WRITE_KEY").waitFor();
  await page.getByText("Waiting for the first event").waitFor();
  await looksWell(page, "source-send");
  await page.leave();
});

test("who has no source makes the first one in Logs, and sees how to send there", async () => {
  const page = await house.person();
  await page.addInitScript(() => {
    const honest = globalThis.fetch;
    globalThis.fetch = async (path, options) =>
      String(path).endsWith("/sources") && (options?.method ?? "GET") === "GET"
        ? Response.json({ sources: [] })
        : honest(path, options);
  });
  await house.signIn(page, owner, "/app/logs");
  await page.getByRole("heading", { name: "No sources yet" }).waitFor();
  await button(page, "Make a source").click();
  await page.getByLabel("Name").fill("shop");
  await button(page, "Make source").click();
  await button(page, "Make a write key").click();
  await page
    .getByRole("region", { name: "curl snippet" })
    .getByText(/Bearer bh_write_/)
    .waitFor();
  await page.getByText("Waiting for the first event from “shop”").waitFor();
  await looksWell(page, "logs-first");
  await page.leave();
});

test("how to send comes with the certificate to trust, which is compared, and fits the snippets", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  await button(page, "How to send").click();
  await page.getByText(new X509Certificate(readFileSync(house.ca)).fingerprint256).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download ca.crt" }).click(),
  ]);
  const folder = mkdtempSync(join(tmpdir(), "blockhouse-how-"));
  await download.saveAs(join(folder, download.suggestedFilename()));
  await button(page, "Make a write key").click();
  const curl = page.getByRole("region", { name: "curl snippet" });
  await curl.getByText(/Bearer bh_write_/).waitFor();
  // As somebody pastes it, where the file was saved.
  const answer = execFileSync("sh", ["-c", await curl.innerText()], { cwd: folder, encoding: "utf8" });
  assert.equal(answer, "Accepted logs");
  await page.getByText(/^An event arrived|^First event/).waitFor();
  rmSync(folder, { recursive: true });

  await page.setViewportSize({ width: 320, height: 700 });
  for (const tab of await page.getByRole("tablist", { name: "Ways to send" }).getByRole("tab").all()) {
    await tab.click();
    const name = await tab.innerText();
    const snippet = page.getByRole("region", { name: `${name} snippet` });
    const isCut = await snippet.evaluate((box) => box.scrollWidth > box.clientWidth);
    assert.equal(isCut, false, `${name} is cut off`);
    await looksWell(page, `how-to-send-${name.replaceAll(/\W+/g, "-").toLowerCase()}`, page.getByLabel("How to send"));
  }
  await page.leave();
});

test("the list of sources asks nothing of their records", async () => {
  const trail = `/v1/tenants/${owner.tenant}/audit?event=records_read&limit=1000`;
  const readings = async () => JSON.parse((await house.ask("GET", trail, { key: owner.session })).text).entries.length;
  const page = await house.person();
  await house.signIn(page, owner, "/app/jobs");
  const before = await readings();
  await page.getByRole("link", { name: "Sources", exact: true }).click();
  await page
    .getByRole("img", { name: /came in within 30 days; the most, .*, on \d{4}-\d\d-\d\d$/ })
    .first()
    .waitFor();
  await page.waitForLoadState("networkidle");
  assert.equal(await readings(), before, "a look at the list is told as no reading");
  await page.goto(`${house.origin}/app/logs?s=${owner.source}`);
  await page.getByText("one", { exact: true }).first().waitFor();
  assert.ok((await readings()) > before, "a look at records is");
  await page.leave();
});

test("on a telephone each row of a table is a card that shows all of it, with what can be done", async () => {
  const page = await house.person();
  await page.setViewportSize({ width: 320, height: 700 });
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const table = page.getByRole("region", { name: "API keys" });
  await table
    .getByRole("button", { name: /^Revoke/ })
    .first()
    .waitFor();
  const hidden = await table.evaluate((box) => {
    const { left, right } = box.getBoundingClientRect();
    const out = [...box.querySelectorAll("tbody *")].filter((one) => {
      const place = one.getBoundingClientRect();
      return place.width > 0 && !one.closest(".visually-hidden") && (place.left < left || place.right > right);
    });
    return out.map((one) => one.outerHTML.slice(0, 80));
  });
  assert.deepEqual(hidden, []);
  // A cell says which column it is of.
  const said = await table.evaluate((box) =>
    [...box.querySelector("tbody tr").cells].map((cell) => getComputedStyle(cell, "::before").content),
  );
  assert.deepEqual(said, ["none", '"Name"', '"May"', '"State"', '"Last used"', '"Ends"', "none"]);
  await page.leave();
});

test("who may only look is offered nothing that would be refused, and asks for nothing that is", async () => {
  const page = await house.joined(owner, "auditor");
  const refused = [];
  page.on("response", (answer) => answer.status() === 403 && refused.push(new URL(answer.url()).pathname));
  const SCREENS = {
    "/app/sources": ["of today", "New source"],
    "/app/security/own": ["To name it takes the permission", "Name the page"],
    "/app/security/template": ["To bring one takes the permission", "Read the template"],
    "/app/service-accounts": ["To see and change them takes the permission", "Show the service accounts"],
    "/app/sign-in-rules": ["What happened is kept for 400 days.", "Save rules"],
  };
  for (const [path, [said, verb]] of Object.entries(SCREENS)) {
    await page.goto(`${house.origin}${path}`);
    await page.getByText(said).first().waitFor();
    await page.waitForLoadState("networkidle");
    assert.equal(await button(page, verb).count(), 0, `${path} offers “${verb}”`);
    await looksWell(page, `looks${path.replaceAll("/", "-")}`);
  }
  assert.deepEqual(refused, [], "each refusal is in the trail");
  await page.leave();
});

test("a shorter retention is confirmed, a longer one is not", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const kept = page.getByRole("button", { name: /Events are kept for/ });
  await kept.click();
  await page.getByRole("option", { name: "90 days" }).click();
  await page.getByText("are kept for 90 days").waitFor();
  await kept.click();
  await page.getByRole("option", { name: "7 days", exact: true }).click();
  await page.getByRole("heading", { name: "Keep events for 7 days only?" }).waitFor();
  await looksWell(page, "retention");
  await button(page, "Shorten retention").click();
  await page.getByText("are kept for 7 days").first().waitFor();
  const answer = await house.ask("GET", `/v1/sources/${owner.source}`, { key: owner.session });
  assert.equal(JSON.parse(answer.text).retention_days, 7);
  await page.leave();
});

test("a theme that was chosen comes with the page", async () => {
  const page = await house.person();
  await house.signIn(page, owner);
  await page.getByRole("button", { name: /your account/ }).click();
  await page.getByRole("menuitem", { name: "Theme: as the system on" }).waitFor();
  await page.getByRole("menuitem", { name: "Theme: dark off" }).click();
  await page.getByRole("button", { name: /your account/ }).click();
  await page.getByRole("menuitem", { name: "Theme: dark on" }).waitFor();
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  const cookie = (await page.context().cookies()).find((cookie) => cookie.name === "blockhouse-theme");
  assert.deepEqual([cookie.value, cookie.secure, cookie.path], ["dark", true, "/app"]);
  await page.leave();
});
