// A look at Logs: what a link leads to, what is being written, a search that is stopped, and in which zone times are.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hour } from "./corpus.mjs";
import { House } from "./house.mjs";
import { open, query, rows, search, settled } from "./logs.mjs";
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

test("a link leads somebody else to the same row, with their own rights", async () => {
  const page = await open(house, owner, "/app/logs?q=level:error&from=now-24h");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "JSON" }).waitFor();
  await button(page, "Copy link").click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const params = new URL(link).searchParams;
  assert.match(params.get("from"), /^\d{4}-/, "a link says the same time to whoever opens it, whenever");
  assert.match(params.get("to"), /^\d{4}-/);
  const at = params.get("at");

  const invited = await house.ask("POST", `/v1/tenants/${owner.tenant}/invitations`, {
    key: owner.session,
    body: { email: "ben@example.com", roles: [{ role: "member" }] },
  });
  const other = await house.person();
  await other.goto(link);
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  if (invited.status === 201) {
    const invitation = JSON.parse(invited.text).link.split("#")[1];
    const joined = await house.ask("POST", "/v1/invitations/accept", {
      body: { invitation, name: "Ben", token: true },
    });
    const passphrase = "nine dry badgers repair lanterns";
    await house.ask("PUT", "/v1/me/passphrase", { key: JSON.parse(joined.text).token, body: { passphrase } });
    await other.getByLabel("E-mail").fill("ben@example.com");
    await other.getByLabel("Passphrase").fill(passphrase);
    await button(other, "Sign in").click();
    await other.locator(`[id="record-${at}"]`).waitFor();
    assert.equal(await other.locator(`[id="record-${at}"]`).getAttribute("aria-expanded"), "true");
  } else assert.fail(invited.text);
  await other.leave();
  await page.leave();
});

test("a link says to somebody without the right which one it is, and who can give it", async () => {
  const page = await house.joined(owner, "auditor");
  const asked = [];
  page.on(
    "request",
    (request) => /\/sources\/.+\/(search|fields|context|tail)/.test(request.url()) && asked.push(request),
  );
  const oldest = `/v1/sources/${owner.source}/search?order=oldest&limit=1`;
  const [{ id }] = JSON.parse((await house.ask("GET", oldest, { key: owner.readKey })).text).records;
  for (const look of [`q=level:error&at=${id}`, "live=on"]) {
    asked.length = 0;
    await page.goto(`${house.origin}/app/logs?s=${owner.source}&${look}`);
    await page.getByRole("heading", { name: "You may not see the logs of “first”" }).waitFor();
    await page.getByText("It takes the permission logs:read. Owners of the organization can give you a role").waitFor();
    assert.equal(await page.getByRole("main").getByText("`").count(), 0);
    assert.equal(await button(page, "Try again").count(), 0, "it would be refused again");
    assert.equal(await page.getByRole("complementary", { name: "Fields" }).count(), 0);
    assert.equal(await button(page, "Continue from here").count(), 0);
    await page.waitForTimeout(500);
    assert.ok(asked.length <= 2, `each refusal is in the trail: ${asked.map((one) => one.url()).join(" ")}`);
  }
  await looksWell(page, "logs-not-allowed");
  await page.leave();
});

test("Enter is of the row that keys moved to, whatever was pressed before with the mouse", async () => {
  const page = await open(house, owner);
  const opens = async (after) => {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page
      .getByRole("tab", { name: "JSON" })
      .waitFor({ timeout: 5_000 })
      .catch(() => assert.fail(`${after}: no row opened`));
    assert.equal(await page.locator("[role=row][aria-expanded=true]").count(), 1);
    await page.keyboard.press("Escape");
    await page.getByRole("tab", { name: "JSON" }).waitFor({ state: "detached" });
  };
  await button(page, "Run").click();
  await rows(page).first().waitFor();
  await opens("Run");
  await page.getByRole("button", { name: /Time range/ }).click();
  await page.getByRole("option", { name: "Last 6 hours" }).click();
  await page.waitForURL(/now-6h/);
  await rows(page).first().waitFor();
  await opens("a time range");
  await page
    .getByRole("complementary", { name: "Fields" })
    .getByRole("button", { name: /^service/ })
    .click();
  await opens("a field");
  await rows(page).nth(2).click();
  await page.getByRole("tab", { name: "JSON" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "JSON" }).waitFor({ state: "detached" });
  await opens("a row");
  await page.leave();
});

test("a run asks once for what is run, and for nothing of what was run before", async () => {
  const page = await open(house, owner);
  const asked = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    const of = /\/sources\/[^/]+\/(search|histogram|fields)$/.exec(url.pathname);
    if (of) asked.push(`${of[1]} ${url.searchParams.get("q") ?? ""}`);
  });
  const once = (text) => ["fields", "histogram", "search"].map((what) => `${what} ${text}`);
  const runs = async (text, act) => {
    asked.length = 0;
    await act();
    for (let looks = 0; asked.length < 3 && looks < 500; looks++) await page.waitForTimeout(20);
    // Whatever is too much comes at once too.
    await page.waitForTimeout(500);
    assert.deepEqual(asked.toSorted(), once(text));
  };
  await page.waitForTimeout(1_000);
  await runs("level:error", () => search(page, "level:error"));
  await runs("level:error service:api", () => search(page, "level:error service:api"));
  await runs("level:error service:api", () => button(page, "Run").click());
  await runs("level:error service:api", async () => {
    await page.getByRole("button", { name: /Time range/ }).click();
    await page.getByRole("option", { name: "Last 6 hours" }).click();
  });
  await page.leave();
});

test("on a phone a record has a line of its own for when, how bad and whose", async () => {
  const page = await open(house, owner, "/app/logs?q=level:error");
  await page.setViewportSize({ width: 390, height: 844 });
  const row = rows(page).first();
  for (let looks = 0; (await row.boundingBox()).height !== 64 && looks < 500; looks++) await page.waitForTimeout(20);
  const [time, message] = [row.getByRole("gridcell").first(), row.getByRole("gridcell").last()];
  const [above, below] = [await time.boundingBox(), await message.boundingBox()];
  assert.ok(below.y >= above.y + above.height && below.width > 300, JSON.stringify([above, below]));
  await page.leave();
});

test("counts of fields that may be off say so, and why", async () => {
  const page = await house.person();
  await page.addInitScript(() => {
    const honest = globalThis.fetch;
    globalThis.fetch = async (path, options) => {
      const answer = await honest(path, options);
      if (!new URL(path, location.href).pathname.endsWith("/fields")) return answer;
      return Response.json({ ...(await answer.json()), precision: "whole parts" });
    };
  });
  await house.signIn(page, owner);
  const panel = page.getByRole("complementary", { name: "Fields" });
  const count = panel.getByRole("button", { name: /^service about [\d,]+$/ });
  await count.waitFor();
  assert.match(await count.locator("[title]").getAttribute("title"), /the time range begins or ends within one/);
  await looksWell(page, "logs-fields-about");
  await page.leave();
});

test("single keys can be switched off, and stay so", async () => {
  const page = await open(house, owner);
  const selected = page.locator("[role=row][aria-selected=true]");
  const turn = async () => {
    await button(page, "AL, your account").click();
    await page.getByRole("menuitem", { name: "List of keys" }).click();
    await page.getByText("Single keys work while nobody is typing").click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("treegrid").focus();
  };
  await turn();
  for (const key of ["j", "h", "?", "t"]) await page.keyboard.press(key);
  await page.waitForTimeout(300);
  assert.equal(await selected.count(), 0);
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.ok(!page.url().includes("live=on"));
  await page.reload();
  await rows(page).first().waitFor();
  await page.keyboard.press("j");
  await page.waitForTimeout(300);
  assert.equal(await selected.count(), 0, "after a reload they are still off");
  // Those of a part of the page that has the focus are not single keys of the screen.
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("ArrowDown");
  await selected.waitFor();
  await page.keyboard.press("Control+k");
  await page.getByLabel("Where to, or what to do").waitFor();
  await page.keyboard.press("Escape");
  await turn();
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await page.leave();
});

test("where a field is nowhere, the nearest one is offered", async () => {
  const page = await open(house, owner);
  await search(page, "levle:error -srevice:api");
  await page.getByRole("heading", { name: "Nothing matches in this time" }).waitFor();
  const offer = button(page, "Did you mean level:error -service:api?");
  await offer.waitFor();
  await looksWell(page, "logs-meant");
  await offer.click();
  await rows(page).first().waitFor();
  assert.equal(await query(page).inputValue(), "level:error -service:api");
  await search(page, "level:fatal");
  await page.getByRole("heading", { name: "Nothing matches in this time" }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.getByText("Did you mean").count(), 0, "what is there was meant");
  await page.leave();
});

test("marked records say so, stay while others are looked for, and are copied together", async () => {
  const page = await open(house, owner, "/app/logs?q=level:error");
  for (let mark = 0; mark < 2; mark += 1) {
    await page.keyboard.press("j");
    await page.keyboard.press("x");
  }
  const marked = page.getByRole("region", { name: "Marked records" });
  await marked.getByText("2 marked").waitFor();
  assert.equal(await page.getByRole("row", { name: /^Marked / }).count(), 2);
  await search(page, "level:warn");
  await page.locator("[role=row][data-level=warn]").first().waitFor();
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await marked.getByText("3 marked").waitFor();
  await button(page, "Copy as NDJSON").click();
  await page.getByText("3 records copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.deepEqual(
    copied
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).level),
    ["error", "error", "warn"],
  );
  await button(page, "Copy as text").click();
  await page.waitForFunction(async () => !(await navigator.clipboard.readText()).startsWith("{"));
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), / ERROR .*upstream timeout after/);
  await marked.getByRole("button", { name: "Show" }).click();
  await marked
    .getByText(/upstream timeout/)
    .first()
    .waitFor();
  await looksWell(page, "logs-marked");
  await marked.getByRole("button", { name: /^Unmark .*WARN/ }).click();
  await marked.getByText("2 marked").waitFor();
  await marked.getByRole("button", { name: "Clear" }).click();
  await marked.waitFor({ state: "detached" });
  await page.leave();
});

test("a record is a tree to fold, of which each value can be copied, and stands beside the rows if one likes", async () => {
  const page = await open(house, owner, "/app/logs?q=level:error");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Fields" }).focus();
  await page.keyboard.press("ArrowRight");
  const tree = page.getByRole("region", { name: "The record as JSON" });
  await tree.getByText('"method": "GET"').waitFor();
  await looksWell(page, "logs-json");
  const http = tree.locator("summary", { hasText: '"http"' });
  await http.focus();
  await page.keyboard.press("Enter");
  await tree.getByText('"method": "GET"').waitFor({ state: "detached" });
  assert.equal(await page.locator("[role=row][aria-expanded=true]").count(), 1, "Enter there is not of the row");
  await page.keyboard.press("Space");
  await tree.getByText('"method": "GET"').waitFor();
  await tree.getByRole("button", { name: "Copy the value of attributes.http.path" }).click();
  await page.getByText("Value copied").waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\/v1\/orders\/\d+$/);

  const beside = page.getByRole("complementary", { name: "Details of the open row" });
  await button(page, "Beside the rows").click();
  await beside.getByRole("tab", { name: "Fields" }).waitFor();
  assert.equal(await page.getByRole("treegrid").getByRole("tab").count(), 0);
  // The fields leave their room to the rows, and come when they are asked for.
  assert.equal(await page.getByRole("complementary", { name: "Fields" }).count(), 0);
  await looksWell(page, "logs-beside");
  await page.keyboard.press("Escape");
  await beside.waitFor({ state: "detached" });
  await page.reload();
  await rows(page).first().click();
  await beside.getByRole("tab", { name: "JSON" }).waitFor();
  await button(page, "Under the row").click();
  await page.getByRole("treegrid").getByRole("tab", { name: "JSON" }).waitFor();
  assert.equal(await beside.count(), 0);
  await page.leave();
});

test("a link to a record beyond the first page shows it, and one that is gone says so", async () => {
  const oldest = `/v1/sources/${owner.source}/search?order=oldest&limit=1`;
  const [record] = JSON.parse((await house.ask("GET", oldest, { key: owner.readKey })).text).records;
  const page = await open(house, owner, `/app/logs?at=${record.id}`);
  const linked = page.getByRole("region", { name: "Linked record" });
  await linked.getByText(record.message).first().waitFor();
  await linked.getByRole("tab", { name: "JSON" }).waitFor();
  await looksWell(page, "logs-linked");
  await page.keyboard.press("c");
  await page.getByRole("list", { name: "Records around it" }).waitFor();
  await page.getByText("There is nothing earlier.").waitFor();
  await button(page, "10 more after").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("listitem").nth(20).waitFor();
  await page.waitForFunction(() => document.activeElement.textContent === "10 more after");
  await page.keyboard.press("Escape");
  await button(page, "Close").click();
  await linked.waitFor({ state: "detached" });

  const id = (year) => `${(BigInt(Date.UTC(year, 4, 1)) * 1_000_000n + (1n << 63n)).toString(16)}-7`;
  await page.goto(`${house.origin}/app/logs?at=${id(2020)}`);
  await linked.getByText("past its retention: it was of 2020-05-01, and “first” keeps events for").waitFor();
  await looksWell(page, "logs-linked-gone");
  await page.goto(`${house.origin}/app/logs?at=${id(new Date().getFullYear() + 1)}`);
  await linked.getByText("is not in “first”: it may have been erased").waitFor();
  await rows(page).first().waitFor();
  await page.leave();
});

test("what is being written is not lost, and what is asked next is asked of it", async () => {
  const made = await house.ask("POST", `/v1/tenants/${owner.tenant}/sources`, {
    key: owner.session,
    body: { name: "second", retention_days: 30 },
  });
  assert.equal(made.status, 201, made.text);
  const page = await open(house, owner, "/app/logs?cols=http.path&tz=local");
  const params = () => new URL(page.url()).searchParams;
  const choose = async (field, option) => {
    await page.getByRole("button", { name: field }).click();
    await page.getByRole("option", { name: option, exact: true }).click();
  };
  await query(page).fill("level:error");
  await choose(/Time range/, "Last 6 hours");
  await page.waitForURL(/from=now-6h/);
  assert.equal(params().get("q"), "level:error", "a time is chosen for what stands in the field");
  await page.getByText("118 events, exact").waitFor();
  await query(page).fill("level:error timeout");
  const panel = page.getByRole("complementary", { name: "Fields" });
  await panel.getByRole("button", { name: /^service/ }).click();
  await panel.getByRole("button", { name: "Only where service is api" }).click();
  await page.waitForURL(/service:api/);
  assert.equal(await query(page).inputValue(), "level:error timeout service:api");
  assert.equal(await page.getByText("You were writing").count(), 0, "what a filter took along is in the query");
  await query(page).fill("half a thought");
  await page.goBack();
  await page.getByText("You were writing half a thought").waitFor();
  assert.equal(await query(page).inputValue(), "level:error");
  await looksWell(page, "logs-draft");
  await button(page, "Write on").click();
  assert.equal(await query(page).inputValue(), "half a thought");
  await choose(/Source/, "second");
  await page.getByRole("heading", { name: "Nothing matches in this time" }).waitFor();
  const kept = ["q", "from", "cols", "tz"].map((name) => params().get(name));
  assert.deepEqual(kept, ["half a thought", "now-6h", "http.path", "local"]);

  await page.goto(`${house.origin}/app/logs?s=${owner.source}`);
  await choose(/Time range/, "From … to …");
  await page.getByText("A time without a zone is in UTC.").waitFor();
  await page.getByLabel("From", { exact: true }).fill("2026-01-31 10:00");
  await button(page, "Show this time").click();
  await page.waitForURL(/from=2026-01-31T10:00:00.000Z/);
  await page.leave();
});

test("a search that takes long can be stopped; keys that are of the tail scroll otherwise", async () => {
  const page = await open(house, owner);
  // What comes after the rows moves them.
  await page.waitForLoadState("networkidle");
  const scrolled = () => page.getByRole("treegrid").evaluate((grid) => grid.scrollTop);
  const moves = async (key) => {
    const before = await scrolled();
    await page.getByRole("treegrid").focus();
    await page.keyboard.press(key);
    await page.waitForFunction((top) => document.querySelector("[role=treegrid]").scrollTop > top, before);
    await settled(page);
  };
  await moves("Space");
  await moves("End");
  await page.route("**/search?*", () => {});
  await search(page, "level:warn");
  await button(page, "Stop").click();
  await page.getByRole("heading", { name: "The search was stopped" }).waitFor();
  assert.equal(await page.getByText("Asking for the fields").count(), 0);
  await looksWell(page, "logs-stopped");
  await page.unroute("**/search?*");
  await button(page, "Run again").click();
  await rows(page).first().waitFor();
  await page.leave();
});

test("times are shown in the zone that was chosen, from then on and on other screens", async () => {
  const page = await open(house, owner);
  const times = page.getByRole("treegrid").locator("[role=row][id]").first().getByRole("gridcell").first();
  assert.match(await times.innerText(), /^\d\d:\d\d:\d\d\.\d{3}Z$/);
  await page.getByRole("button", { name: "View and download" }).click();
  await page.getByRole("menuitem", { name: "Time zone …" }).click();
  await page.getByRole("button", { name: /Times are shown in/ }).click();
  await page.getByRole("option", { name: "Asia/Tokyo", exact: true }).click();
  await page.waitForURL(/tz=Asia(%2F|\/)Tokyo/);
  await looksWell(page, "logs-zone");
  await button(page, "Close").click();
  await page.getByText(/^Times in Asia\/Tokyo$/).waitFor();
  const shown = await times.innerText();
  const [record] = JSON.parse(
    (await house.ask("GET", `/v1/sources/${owner.source}/search?limit=1&from=now-1h`, { key: owner.readKey })).text,
  ).records;
  const there = new Date(Date.parse(record.timestamp) + 9 * 3_600_000).toISOString().slice(11, 23);
  assert.equal(shown, there);
  await page.goto(`${house.origin}/app/logs`);
  await page.getByText(/^Times in Asia\/Tokyo$/).waitFor();
  await page.keyboard.press("u");
  await page.getByText("Times in UTC", { exact: true }).waitFor();
  // A link's zone is that of its look; what is kept beside UTC outlives a reload and a link.
  await page.goto(`${house.origin}/app/logs?tz=America/Lima`);
  await page.getByText(/^Times in America\/Lima$/).waitFor();
  await page.keyboard.press("u");
  await page.getByText("Times in UTC", { exact: true }).waitFor();
  await page.goto(`${house.origin}/app/logs`);
  await rows(page).first().waitFor();
  await page.keyboard.press("u");
  await page.getByText(/^Times in Asia\/Tokyo$/).waitFor();
  await page.leave();
});

test("on a phone what opens is seen from its head on, context is whole once asked, and the fields can be closed", async () => {
  const long = `a long message ${"of many words ".repeat(30)}that ends here`;
  await house.send(owner, [{ level: "error", service: "long", message: long }]);
  const page = await open(house, owner, "/app/logs?q=level:error");
  await page.setViewportSize({ width: 390, height: 844 });
  const grid = page.getByRole("treegrid");
  for (let looks = 0; (await rows(page).first().boundingBox()).height !== 64 && looks < 500; looks++)
    await page.waitForTimeout(20);
  // The last one that is whole: what opens under it has to be scrolled to.
  const bottom = Math.min(844 - 52, ...[await grid.boundingBox()].map((box) => box.y + box.height));
  const boxes = await Promise.all((await rows(page).all()).map(async (row) => [row, await row.boundingBox()]));
  const [row] = boxes.filter(([, box]) => box.y + box.height <= bottom).at(-1);
  const id = await row.getAttribute("id");
  await row.click();
  await page.getByRole("tablist", { name: "Details" }).waitFor();
  await page.waitForTimeout(500);
  await settled(page);
  const head = await page.locator(`[id="${id}"]`).boundingBox();
  const top = (await grid.boundingBox()).y;
  assert.ok(head.y >= top - 1 && head.y < top + 200, `the row is at ${head.y}, its grid at ${top}`);
  await looksWell(page, "logs-phone-open");
  await page.keyboard.press("Escape");

  await page.goto(`${house.origin}/app/logs?q=service:long`);
  await rows(page).first().click();
  await button(page, "Context").click();
  const dialog = page.getByRole("dialog");
  // Folded at first, so that what stands around it is in sight.
  const own = dialog.locator("[aria-current=true]");
  await own.getByText("a long message").waitFor();
  const whole = own.getByText("that ends here");
  assert.equal(await whole.count(), 0);
  await looksWell(page, "logs-phone-context-folded");
  await own.getByRole("button", { name: "Show all" }).click();
  await whole.waitFor();
  assert.ok(await whole.evaluate((text) => text.scrollHeight <= text.parentElement.scrollHeight + 1));
  const [said, around] = [await whole.boundingBox(), await dialog.locator("[aria-current=true]").boundingBox()];
  assert.ok(said.height > 100 && said.y + said.height <= around.y + around.height + 1, JSON.stringify([said, around]));
  await looksWell(page, "logs-phone-context");
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  await button(page, "View and download").click();
  await page.getByRole("menuitem", { name: "Show fields" }).click();
  await dialog.getByPlaceholder("Find a field").waitFor();
  await looksWell(page, "logs-phone-fields");
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.leave();
});
