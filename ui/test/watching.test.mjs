// Saved views, graphs and alerts: from a search in Logs to an alert that fires and is told.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { HOSTILE, hour } from "./corpus.mjs";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(
    owner,
    hour(600).map((record, at) => ({ ...record, ms: 5 + (at % 90) })),
  );
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const menu = async (page, entry) => {
  await button(page, "View and download").click();
  await page.getByRole("menuitem", { name: entry }).click();
};
const choose = async (page, field, option) => {
  await page.getByRole("button", { name: field }).click();
  await page.getByRole("option", { name: option, exact: typeof option === "string" }).click();
};
const read = async (path) => JSON.parse((await house.ask("GET", path, { key: owner.session })).text);
const tenant = (what) => `/v1/tenants/${owner.tenant}${what}`;

test("a search is saved, drawn in each shape, and leads back to its records", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/views");
  await page.getByRole("heading", { name: "No saved views yet" }).waitFor();
  await looksWell(page, "views-none");

  await page.goto(`${house.origin}/app/logs?q=level:error&from=now-6h&cols=service`);
  await page.getByRole("row").first().waitFor();
  await menu(page, /^Save this view/);
  await page.getByLabel("Name").fill("Errors");
  await choose(page, /Graph$/, "bars");
  await looksWell(page, "views-save");
  await button(page, "Save view").click();
  await page.getByText("Saved as Errors").waitFor();
  const [saved] = (await read(tenant("/views"))).views;
  assert.deepEqual(
    [saved.name, saved.query, saved.columns, saved.from, saved.graph.shape],
    ["Errors", "level:error", ["service"], "now-6h", "bar"],
  );

  const graphs = [
    { name: "Slowest", shape: "line", measure: "percentile", field: "ms", percentile: 99 },
    { name: "Average", shape: "area", measure: "avg", field: "ms" },
    { name: "Requests", shape: "counter", measure: "count" },
  ];
  for (const { name, ...graph } of graphs) {
    const body = { name, source: owner.source, query: "ms:*", from: "now-1h", graph };
    const made = await house.ask("POST", tenant("/views"), { key: owner.session, body });
    assert.equal(made.status, 201, made.text);
  }
  await menu(page, "Saved views");
  await page.getByRole("figure", { name: "Percentile 99 of ms" }).waitFor();
  await page.getByText(/^Records: 36 in all; at most \d+ in/).waitFor();
  await page.getByText("Records: 600 in all.").waitFor();
  await page.getByRole("figure").nth(3).waitFor();
  await looksWell(page, "views");

  // The same with keys: a graph tells each point, and has a table.
  const figure = page.getByRole("figure", { name: "Records", exact: true });
  const chart = figure.getByRole("group");
  await chart.focus();
  await page.keyboard.press("End");
  await figure.getByText(/^\d\d:\d\d:\d\d: \d+$/).waitFor();
  await figure.getByRole("button", { name: "Table" }).click();
  const rows = await figure.getByRole("row").count();
  assert.ok(rows > 10, `${rows} rows`);
  await looksWell(page, "views-table");

  await choose(page, /Time range/, "Last 15 min");
  await page.waitForURL(/from=now-15m/);
  await page.getByText(/^Records: 1\d\d in all\.$/).waitFor();

  await page.getByRole("link", { name: "Errors", exact: true }).click();
  await page.getByRole("heading", { name: "Errors", level: 1 }).waitFor();
  await page.getByText(/^Records: 36 in all/).waitFor();
  await looksWell(page, "view");
  await button(page, "Change").click();
  await page.getByLabel("Name").fill("Errors of all");
  await choose(page, /Graph$/, "line");
  await button(page, "Save view").click();
  await page.getByRole("heading", { name: "Errors of all", level: 1 }).waitFor();

  await page.getByRole("link", { name: "Show the records" }).click();
  await page.waitForURL(/\/app\/logs\?/);
  assert.equal(await page.getByLabel("Query").inputValue(), "level:error");
  await page.goBack();
  await button(page, "Delete").click();
  await page.getByText("Errors of all is deleted").waitFor();
  assert.equal((await read(tenant("/views"))).views.length, 3);
  await button(page, "Undo").click();
  await page.getByText("Errors of all is saved again, by you").waitFor();
  assert.equal((await read(tenant("/views"))).views.length, 4);
  await page.leave();
});

test("what is looked at again goes on after a failure, and says what it could not refresh", async () => {
  const page = await house.person();
  await page.clock.install();
  await house.signIn(page, owner, "/app/alerts");
  await page.getByRole("heading", { name: "No alerts yet" }).waitFor();
  const failed = page.getByText("Could not be refreshed, and may be out of date: the alerts.");
  const asked = [];
  await page.route("**/alerts", (route) => {
    asked.push(route.request().url());
    return asked.length === 1 ? route.fulfill({ status: 502, body: "" }) : route.continue();
  });
  await page.clock.fastForward(31_000);
  await failed.waitFor();
  await page.getByRole("heading", { name: "No alerts yet" }).waitFor();
  await looksWell(page, "alerts-stale");
  await page.clock.fastForward(31_000);
  await failed.waitFor({ state: "detached" });
  assert.ok(asked.length >= 2);
  await page.leave();
});

test("an alert is tried against the last day, made, and shows what it counted", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/alerts");
  await page.getByRole("heading", { name: "No alerts yet" }).waitFor();
  await looksWell(page, "alerts-none");

  await page.goto(`${house.origin}/app/logs?q=level:error`);
  await page.getByRole("row").first().waitFor();
  await menu(page, /^Alert on this query/);
  await page.getByRole("heading", { name: "New alert" }).waitFor();
  assert.equal(await page.getByLabel("Query").inputValue(), "level:error");
  await page.getByLabel("Name").fill("Too many errors");
  await page.getByLabel("Records", { exact: true }).fill("3");
  await page.getByText(/^Would have alerted (once|\d+ times), for \d+ minutes in all/).waitFor();
  await looksWell(page, "alert-new");

  // What the server says is wrong with a query stands at its place.
  await page.getByLabel("Query").fill("level:error AND (");
  await page.keyboard.press("Enter");
  await page.locator("#query-wrong").waitFor();
  await looksWell(page, "alert-wrong-query");
  await page.getByLabel("Query").fill("level:error");
  await page.getByLabel("Records", { exact: true }).fill("0");
  await page.getByText("There are always at least 0").waitFor();
  assert.ok(await button(page, "Make alert").isDisabled());
  await page.getByLabel("Records", { exact: true }).fill("1");
  await choose(page, /In a window of/, "an hour");
  await button(page, "Make alert").click();
  await page.getByRole("heading", { name: "Too many errors", level: 1 }).waitFor();

  // The first look is within a minute, and its records are shown.
  await page.getByRole("main").getByText("alerting", { exact: true }).first().waitFor({ timeout: 100_000 });
  await page.getByRole("table").waitFor({ timeout: 60_000 });
  await page.getByText(/^Would have alerted/).waitFor();
  await looksWell(page, "alert");
  await page.getByRole("cell").getByRole("link", { name: "Show the records" }).first().click();
  await page.waitForURL(/\/app\/logs\?.*q=level:error.*from=/);
  await page.getByRole("row").first().waitFor();

  await page.goto(`${house.origin}/app/alerts`);
  await page.getByText("1 of 1 alerting").waitFor();
  await looksWell(page, "alerts");
  await page.getByRole("link", { name: "Too many errors" }).click();
  await page.getByRole("link", { name: "Change", exact: true }).click();
  await choose(page, /Alerts on/, "at most");
  await page.getByLabel("Records", { exact: true }).fill("5");
  await looksWell(page, "alert-change");
  await button(page, "Save alert").click();
  await page.getByText("At most 5 records in an hour").waitFor();
  await button(page, "Delete").click();
  await page.getByRole("heading", { name: /^Delete alert/ }).waitFor();
  await looksWell(page, "alert-delete");
  await button(page, "Delete alert").click();
  await page.getByRole("heading", { name: "No alerts yet" }).waitFor();
  await page.leave();
});

test("a webhook's secret is shown once, a test that does not arrive says why", async () => {
  const page = await house.person();
  await house.device(page);
  await house.signIn(page, owner, "/app/alerts/destinations");
  await page.getByRole("heading", { name: "Nowhere yet" }).waitFor();
  await button(page, "New destination").click();
  await page.getByLabel("Name").fill("ops");
  await page.getByLabel("Address").fill("http://ops.example/hook");
  await looksWell(page, "way-new");
  await button(page, "Add destination").click();
  await page.getByRole("alert").waitFor();
  await looksWell(page, "way-refused");
  await page.getByLabel("Address").fill("https://hook.invalid/x");
  await button(page, "Add destination").click();
  const secret = page.getByRole("region", { name: "signing secret" });
  const first = await secret.innerText();
  assert.equal(createHmac("sha256", first).update("x").digest("hex").length, 64);
  await looksWell(page, "way-secret");
  await button(page, "I have copied the secret").click();
  assert.equal(await page.getByText(first).count(), 0, "a secret is shown once");
  await button(page, "Rotate secret of ops").click();
  await button(page, "Rotate secret").click();
  assert.notEqual(await secret.innerText(), first);
  await button(page, "I have copied the secret").click();

  await button(page, "Test ops").click();
  await page.getByText("not arrived").waitFor();
  await looksWell(page, "way-tested");
  await button(page, "Close").click();
  await button(page, "New destination").click();
  await choose(page, /Kind$/, /^Mail to a member/);
  await page.getByLabel("Name").fill("Ada");
  await button(page, "Add destination").click();
  await page.getByText("mail_not_configured").waitFor();
  await button(page, "Cancel").click();
  await looksWell(page, "ways");
  await button(page, "Remove ops").click();
  await looksWell(page, "way-remove");
  await button(page, "Remove").click();
  await page.getByRole("heading", { name: "Nowhere yet" }).waitFor();
  await page.leave();
});

test("whoever may only look is told which right is missing, and whoever may not look which that is", async () => {
  // Roles of one's own: one sees alerts and views, the other neither.
  const permissions = ["logs:read", "views:view", "alerts:view"];
  const role = { name: "looker", description: "", permissions, second_factor: false };
  const made = await house.ask("POST", tenant("/roles"), { key: owner.session, body: role });
  assert.equal(made.status, 201, made.text);
  const looker = await join("luke@example.com", JSON.parse(made.text).id);
  const page = await house.person();
  await house.enter(page, looker);
  await page.goto(`${house.origin}/app/views`);
  await page.getByText("views:manage").waitFor();
  await looksWell(page, "views-only-looks");
  await page.goto(`${house.origin}/app/alerts/new`);
  await page.getByText("alerts:manage").waitFor();
  await page.goto(`${house.origin}/app/alerts/destinations`);
  await page.getByText("destinations:manage").waitFor();
  await page.leave();

  const none = { ...role, name: "sender", permissions: ["people:view"] };
  const other = await house.ask("POST", tenant("/roles"), { key: owner.session, body: none });
  const stranger = await house.person();
  await house.enter(stranger, await join("sam@example.com", JSON.parse(other.text).id));
  for (const [path, right] of [
    ["views", "views:view"],
    ["alerts", "alerts:view"],
  ]) {
    await stranger.goto(`${house.origin}/app/${path}`);
    await stranger.getByRole("heading", { name: /^You may not see/ }).waitFor();
    await stranger.getByText(right).waitFor();
    await stranger.waitForLoadState("networkidle");
    assert.equal(await stranger.getByRole("alert").count(), 0, "nothing else is asked for and refused");
    await looksWell(stranger, `${path}-not-allowed`);
  }
  await stranger.leave();
});

test("what fails is said with its code, and can be asked for again", async () => {
  const page = await house.person();
  await house.signIn(page, owner);
  for (const [path, asked] of [
    ["views", "views"],
    ["alerts", "alerts"],
    ["alerts/destinations", "alert-destinations"],
  ]) {
    const question = `**/v1/tenants/*/${asked}`;
    await page.route(question, (route) => route.abort());
    await page.goto(`${house.origin}/app/${path}`);
    await page.getByText("unreachable").waitFor();
    await looksWell(page, `${asked}-failed`);
    await page.unroute(question);
    await button(page, "Try again").click();
    await page.getByText("unreachable").waitFor({ state: "detached" });
  }
  // What is not there is not there.
  await page.goto(`${house.origin}/app/alerts/0000000000000000`);
  await page.getByRole("heading", { name: "There is no such alert here" }).waitFor();
  await looksWell(page, "alert-gone");
  await page.goto(`${house.origin}/app/views/0000000000000000`);
  await page.getByRole("link", { name: "All saved views" }).click();
  await page.getByRole("heading", { name: "Saved views" }).waitFor();
  await page.leave();
});

/** Somebody who joined with one role; the token of their session. */
async function join(email, role) {
  const body = { email, roles: [{ role }] };
  const asked = await house.ask("POST", tenant("/invitations"), { key: owner.session, body });
  assert.equal(asked.status, 201, asked.text);
  const invitation = JSON.parse(asked.text).link.split("#")[1];
  const joined = await house.ask("POST", "/v1/invitations/accept", { body: { invitation, name: "Luke", token: true } });
  assert.equal(joined.status, 200, joined.text);
  return JSON.parse(joined.text).token;
}

test("text of strangers stays text in names, queries and columns", async () => {
  await house.send(owner, HOSTILE);
  const body = {
    name: "<img src=x onerror=globalThis.harmed=1>",
    source: owner.source,
    query: '"<script>globalThis.harmed = 1</script>" OR "a\u202eb"',
    columns: ["<b>", "javascript:alert(1)"],
    graph: { shape: "bar", measure: "max", field: "f1<b>" },
  };
  const made = await house.ask("POST", tenant("/views"), { key: owner.session, body });
  assert.equal(made.status, 201, made.text);
  const rule = { source: owner.source, query: body.query, comparison: "at_least", threshold: 1, window_minutes: 5 };
  const alert = await house.ask("POST", tenant("/alerts"), { key: owner.session, body: { ...rule, name: body.name } });
  assert.equal(alert.status, 201, alert.text);
  const page = await house.person();
  await house.signIn(page, owner, "/app/views");
  await page.getByRole("link", { name: body.name, exact: true }).waitFor();
  await looksWell(page, "views-hostile");
  await page.goto(`${house.origin}/app/views/${JSON.parse(made.text).id}`);
  await page.getByText("<script>").first().waitFor();
  await page.getByText("⟨202E⟩").waitFor();
  await looksWell(page, "view-hostile");
  await page.goto(`${house.origin}/app/alerts/${JSON.parse(alert.text).id}`);
  await page.getByText(/^Would/).waitFor();
  await looksWell(page, "alert-hostile");
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined);
  await page.leave();
});

test("on a telephone the bar has four places, and the last leads to all", async () => {
  const page = await house.person();
  await page.setViewportSize({ width: 390, height: 844 });
  await house.signIn(page, owner);
  const bar = page.getByRole("navigation", { name: "Console" });
  const shown = await bar.locator("a:visible, button:visible").allInnerTexts();
  assert.deepEqual(
    shown.map((text) => text.trim()),
    ["Logs", "Alerts", "Approvals", "More"],
  );
  await bar.getByRole("button", { name: "More" }).click();
  await page.getByRole("navigation", { name: "All places" }).waitFor();
  const all = page.getByRole("navigation", { name: "All places" });
  assert.deepEqual(
    await all.getByRole("group").evaluateAll((groups) => groups.map((one) => one.getAttribute("aria-label"))),
    ["Logs", "Security", "Data", "Team", "System"],
  );
  await all.getByRole("group", { name: "Team" }).getByRole("link", { name: "Sign-in" }).waitFor();
  await all.getByText("blockhouse admin create-staff").waitFor();
  await looksWell(page, "more");
  await page.getByRole("link", { name: "Saved" }).click();
  await page.getByRole("heading", { name: "Saved views", exact: true }).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.leave();
});
