// Logs: what is searched is found, looked around in, and saved.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { HOSTILE, hour } from "./corpus.mjs";
import { House } from "./house.mjs";
import { open, query, rows, search } from "./logs.mjs";
import { looksWell } from "./look.mjs";

const RECORDS = 2_000;

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, hour(RECORDS));
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
test("a search finds, says how it was read, and stands in the address", async () => {
  const page = await open(house, owner);
  await page.getByText(`${RECORDS.toLocaleString("en")} events, exact`).waitFor();
  await looksWell(page, "logs");
  await search(page, "level:error timeout");
  await page.getByText("runs as:").waitFor();
  await page.getByText("118 events, exact").waitFor();
  assert.match(page.url(), /q=level:error\+timeout/);
  assert.equal(await rows(page).first().getAttribute("data-level"), "error");
  await page.goBack();
  await page.getByText(`${RECORDS.toLocaleString("en")} events, exact`).waitFor();
  assert.equal(await query(page).inputValue(), "", "the way back leads to the look before");
  await page.leave();
});

test("a query that cannot be read is marked at its place", async () => {
  const page = await open(house, owner);
  await search(page, "level:error status:>>5");
  await page.locator("mark").waitFor();
  assert.equal(await page.locator("mark").innerText(), ">>");
  assert.equal(await query(page).getAttribute("aria-invalid"), "true");
  await looksWell(page, "logs-wrong-query");
  await search(page, "nothing-is-called-this");
  await page.getByRole("heading", { name: "Nothing matches in this time" }).waitFor();
  await looksWell(page, "logs-nothing");
  await page.leave();
});

test("what may be written next is offered with its counts, and nothing is taken that was not chosen", async () => {
  const page = await open(house, owner);
  await query(page).focus();
  await page.keyboard.type("ser");
  const offered = page.getByRole("listbox", { name: "Fields" });
  await offered.getByRole("option", { name: /^service/ }).waitFor();
  await looksWell(page, "logs-offered");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page
    .getByRole("listbox", { name: "Values of service" })
    .getByRole("option", { name: /billing/ })
    .waitFor();
  await page.keyboard.type("bi");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  assert.equal(await query(page).inputValue(), "service:billing ");
  await page.keyboard.type("lev");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nothing matches in this time" }).waitFor();
  assert.match(page.url(), /q=service:billing\+lev$/, "Enter runs what is written");
  await page.leave();
});

test("a stretch of the histogram is chosen with the pointer, and with keys", async () => {
  const page = await open(house, owner);
  const chart = page.getByRole("group", { name: /Arrow keys move/ });
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from=20.*&to=20/);
  const first = new URL(page.url()).searchParams;
  const minutes = (params) => (Date.parse(params.get("to")) - Date.parse(params.get("from"))) / 60_000;
  assert.ok(minutes(first) > 10 && minutes(first) < 22, `${minutes(first)} minutes of an hour`);
  await rows(page).first().waitFor();

  await chart.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("from") !== first.get("from"));
  assert.ok(minutes(new URL(page.url()).searchParams) < minutes(first));
  await page.leave();
});

test("a row opens with keys, its fields narrow the search, and its surroundings are a key away", async () => {
  const page = await open(house, owner, "/app/logs?q=level:error");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "JSON" }).waitFor();
  assert.match(page.url(), /at=/);
  await looksWell(page, "logs-details");
  await page.getByRole("tab", { name: "JSON" }).click();
  await page.getByRole("region", { name: "The record as JSON" }).getByText('"status": 502').waitFor();
  await page.getByRole("tab", { name: "Who sent it" }).click();
  const origin = page.getByRole("tabpanel", { name: "Who sent it" });
  await origin.getByText("TLS 1.3").waitFor();
  await origin.getByText(/API key “/).waitFor();
  const told = await origin.innerText();
  assert.match(told, /Sent by\s+API key “.+” bh_/);
  assert.match(told, /From\s+(127\.0\.0\.1|::1)/);
  assert.match(told, /Sealed in (the journal|part)\s+[0-9a-z]{16}/);
  assert.match(told, /Data keys?\s+\d{8}-\d{2}/);
  await looksWell(page, "logs-origin");
  await origin.getByRole("button", { name: "Check all of it" }).click();
  await origin.getByText("whole", { exact: true }).waitFor();
  await looksWell(page, "logs-origin-whole");
  await page.getByRole("tab", { name: "Fields" }).click();
  const service = await page.locator("dl > div", { hasText: "service" }).locator("dd").first().innerText();
  await page.getByRole("button", { name: "Without service being this" }).click();
  await page.waitForURL(/-service/);
  assert.equal(await query(page).inputValue(), `level:error -service:${service}`);

  await rows(page).first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("c");
  const around = page.getByRole("list", { name: "Records around it" });
  await around.waitFor();
  assert.equal(await around.getByRole("listitem").count(), 21);
  await looksWell(page, "logs-context");
  let answer;
  const held = new Promise((done) => (answer = done));
  await page.route("**/context?*", async (route) => {
    await held;
    await route.continue();
  });
  await button(page, "10 more before").click();
  await page.getByRole("button", { name: "10 more before", disabled: true }).waitFor();
  assert.equal(await page.getByText("There is nothing earlier.").count(), 0, "nobody knows yet");
  answer();
  await around.getByRole("listitem").nth(30).waitFor();
  await page.waitForFunction(() => document.activeElement.textContent === "10 more before");
  await page.keyboard.press("Escape");
  await around.waitFor({ state: "detached" });
  await page.leave();
});

test("the values of a field are counted, and one of them is chosen", async () => {
  const page = await open(house, owner);
  const panel = page.getByRole("complementary", { name: "Fields" });
  await panel.getByRole("button", { name: /^service/ }).click();
  await panel.getByText("20 %").first().waitFor();
  await panel.getByText(/exact: 2,000 of 2,000/).waitFor();
  await looksWell(page, "logs-values");
  await panel.getByRole("button", { name: "Only where service is api" }).click();
  await page.waitForURL(/q=service:api/);
  await page.getByText("400 events, exact").waitFor();
  await panel.getByRole("button", { name: /^http\.path/ }).click();
  await panel.getByRole("button", { name: "Column" }).click();
  await page.waitForURL(/cols=http.path/);
  await rows(page).first().getByText("/v1/orders/").first().waitFor();
  await page.leave();
});

test("a session that ended leads to the sign-in, and back to the same look", async () => {
  const page = await open(house, owner, "/app/logs?q=level:warn");
  // What is asked by the way would notice first.
  await page.waitForLoadState("networkidle");
  await page.context().clearCookies();
  await button(page, "Run").click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Passphrase").fill(owner.passphrase);
  await button(page, "Sign in").click();
  await rows(page).first().waitFor();
  assert.match(page.url(), /q=level:warn/);
  await page.leave();
});

test("what was found is saved as a file", async () => {
  const page = await open(house, owner, "/app/logs?q=level:error&from=now-2h");
  await page.getByRole("button", { name: "View and download" }).click();
  await page.getByRole("menuitem", { name: "Download records …" }).click();
  await page.getByRole("heading", { name: "Download records" }).waitFor();
  await looksWell(page, "logs-download");
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download records").click()]);
  const lines = readFileSync(await download.path(), "utf8")
    .trimEnd()
    .split("\n");
  assert.equal(lines.length, 118);
  assert.ok(lines.every((line) => JSON.parse(line).level === "error"));
  await page.leave();
});

test("hostile text stays text wherever it is shown", async () => {
  await house.send(owner, HOSTILE);
  const page = await open(house, owner, "/app/logs?q=service:hostile");
  await page.getByText(`${HOSTILE.length} events, exact`).waitFor();
  const grid = page.getByRole("treegrid");
  await grid.getByText("<script>globalThis.harmed = 1</script>").waitFor();
  await grid.getByText("⟨202E⟩").first().waitFor();
  await grid.getByText("⟨00⟩").first().waitFor();
  await looksWell(page, "logs-hostile");
  for (let row = 0; row < HOSTILE.length; row += 1) {
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("tab", { name: "JSON" }).click();
    await page.getByRole("region", { name: "The record as JSON" }).waitFor();
    await page.keyboard.press("Escape");
  }
  // One row alone is wrapped, and folded while all others are not.
  const wrapped = grid.locator("[role=row][data-wrap]");
  await page.keyboard.press("Shift+W");
  await wrapped.waitFor();
  assert.equal(await wrapped.count(), 1);
  await page.keyboard.press("w");
  await page.waitForURL(/wrap=on/);
  await grid.locator("[role=row][aria-selected=true]:not([data-wrap])").waitFor();
  assert.ok((await wrapped.count()) > 1);

  // What is offered and what is counted is a stranger's text too.
  const panel = page.getByRole("complementary", { name: "Fields" });
  await panel.getByPlaceholder("Find a field").fill("note");
  await panel.getByRole("button", { name: /^note/ }).click();
  await panel.getByText("<b onclick=globalThis.harmed=1>⟨202E⟩bold").first().waitFor();
  // One stop of Tab for all of them, in the order of people.
  await panel.getByPlaceholder("Find a field").fill("<b>");
  await page.keyboard.press("Tab");
  const field = () => page.evaluate(() => document.activeElement.textContent);
  assert.match(await field(), /^f0<b>/);
  for (let at = 0; at < 10; at += 1) await page.keyboard.press("ArrowDown");
  assert.match(await field(), /^f10<b>/);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowUp");
  assert.match(await field(), /^f0<b>/);
  await page.keyboard.press("Tab");
  assert.doesNotMatch(await field(), /^f\d+<b>/);
  await panel.getByPlaceholder("Find a field").fill("f0");
  await panel.getByText("f0<b>").waitFor();
  await looksWell(page, "logs-hostile-fields");
  await query(page).fill("");
  await query(page).pressSequentially("f0");
  await page.getByRole("option", { name: /^f0<b>/ }).waitFor();
  await query(page).fill("");
  await query(page).pressSequentially("note:");
  await page.getByRole("option", { name: /^<b onclick=globalThis.harmed=1>⟨202E⟩bold/ }).waitFor();
  await looksWell(page, "logs-hostile-offered");
  await query(page).fill("service:hostile");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "View and download" }).click();
  await page.getByRole("menuitem", { name: "Download records …" }).click();
  await page.getByRole("button", { name: /^NDJSON/ }).click();
  await page.getByRole("option", { name: /^Markdown/ }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Download records").click()]);
  const text = readFileSync(await download.path(), "utf8");
  assert.ok(text.startsWith("`````\n") && text.endsWith("\n`````\n"), "nothing in a record ends the fence");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("c");
  await page.getByRole("list", { name: "Records around it" }).waitFor();
  await looksWell(page, "logs-hostile-context");
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined);
  assert.equal(await page.evaluate(() => ({}).polluted), undefined);
  await page.leave();
});

test("everything is reached with keys, and by name", async () => {
  const page = await open(house, owner);
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await looksWell(page, "keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByLabel("Where to, or what to do").fill("sources");
  await looksWell(page, "palette");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sources", exact: true }).waitFor();
  // What is done at a place, its dialog open: from there, and from elsewhere.
  for (const [words, does] of [
    ["new source", "New source"],
    ["invite", "Invite somebody"],
    ["new key", "New key of first"],
    ["passkey", "Add a passkey"],
  ]) {
    await page.keyboard.press("Control+k");
    await page.getByLabel("Where to, or what to do").fill(words);
    await page.getByRole("menuitem", { name: does }).click();
    await page.getByRole("dialog").getByRole("heading").waitFor();
    assert.equal(new URL(page.url()).hash, "", "it is asked for once");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.keyboard.press("Control+k");
  await page.getByLabel("Where to, or what to do").fill("sign out");
  await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await rows(page).first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("jjj");
  assert.equal(await query(page).inputValue(), "jjj", "single keys are text while somebody writes");
  await page.goto(`${house.origin}/app/nothing`);
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await looksWell(page, "no-such-page");
  await page.leave();
});
