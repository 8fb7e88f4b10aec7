// Short links: a look whose address is too long to pass on, opened by others with their own rights, and ended.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hour } from "./corpus.mjs";
import { House } from "./house.mjs";
import { open, query, rows, search } from "./logs.mjs";
import { looksWell, panelLooksWell } from "./look.mjs";

const LONG = Array(120).fill("level:error").join(" OR ");

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, hour(400));
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const copied = (page) => page.evaluate(() => navigator.clipboard.readText());
const links = () => `/v1/tenants/${owner.tenant}/links`;

async function asked(method, path, key, body) {
  const answer = await house.ask(method, path, { key, body });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
  return answer.text ? JSON.parse(answer.text) : null;
}

async function copiesLink(page) {
  await button(page, "View and download").click();
  await page.getByRole("menuitem", { name: "Copy link" }).click();
}

test("a look whose address is too long is passed on as a short link, and opens for somebody else with their own rights", async () => {
  const page = await open(house, owner, "/app/logs?from=now-24h&cols=http.path&tz=Europe/Berlin&wrap=on");
  await search(page, LONG);
  await page.locator("[role=row][data-level=error]").first().waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "JSON" }).waitFor();
  const at = new URL(page.url()).searchParams.get("at");
  assert.ok(at, page.url());
  await copiesLink(page);
  await page.getByText(/^Short link copied; it works until \d{4}-\d\d-\d\d$/).waitFor();
  await looksWell(page, "link-copied");
  const link = await copied(page);
  assert.match(link, new RegExp(`^${house.origin}/app/l/${owner.tenant}/[0-9a-z]{24}$`));

  const invited = { email: "ben@example.com", roles: [{ role: "read-only" }] };
  const made = await asked("POST", `/v1/tenants/${owner.tenant}/invitations`, owner.session, invited);
  const accept = { invitation: made.link.split("#")[1], name: "Ben", token: true };
  const joined = await asked("POST", "/v1/invitations/accept", undefined, accept);
  const passphrase = "nine dry badgers repair lanterns";
  await asked("PUT", "/v1/me/passphrase", joined.token, { passphrase });
  const other = await house.person();
  await other.goto(link);
  await other.getByLabel("E-mail").fill("ben@example.com");
  await other.getByLabel("Passphrase").fill(passphrase);
  await button(other, "Sign in").click();
  await other.locator(`[id="record-${at}"][aria-expanded=true]`).waitFor();
  assert.equal(await query(other).inputValue(), LONG);
  const { pathname, searchParams } = new URL(other.url());
  assert.equal(pathname, "/app/logs", "what it leads to is readable");
  const shown = Object.fromEntries(
    ["s", "q", "cols", "tz", "wrap", "at"].map((name) => [name, searchParams.get(name)]),
  );
  const expected = { s: owner.source, q: LONG, cols: "http.path", tz: "Europe/Berlin", wrap: "on", at };
  assert.deepEqual(shown, expected);
  for (const name of ["from", "to"])
    assert.match(searchParams.get(name), /^\d{4}-/, "the same time, whenever it is opened");
  await other.leave();
  await page.leave();
});

test("where no short link is made, the long one is copied, with why", async () => {
  const page = await open(house, owner);
  await search(page, LONG);
  await page.locator("[role=row][data-level=error]").first().waitFor();
  const code = { code: "too_many", detail: "you have 100 short links already: remove one" };
  await page.route(`**${links()}`, (route) => route.fulfill({ status: 409, body: JSON.stringify(code) }));
  await copiesLink(page);
  await page.getByText(/^A long link, of [12],\d{3} characters, copied$/).waitFor();
  await page.getByText("There is no short link for it. You have 100 short links already: remove one.").waitFor();
  assert.equal(new URL(await copied(page)).searchParams.get("q"), LONG);
  await page.leave();
});

test("a link says to whoever may not see where it leads no more than that", async () => {
  const made = await asked("POST", links(), owner.session, { source: owner.source, query: "customer:ada" });
  const auditor = await house.joined(owner, "auditor");
  // A body may come in after the page has shown what it says.
  const bodies = [];
  auditor.on("response", (answer) => {
    if (/\/links\//.test(answer.url())) bodies.push(answer.text());
  });
  await auditor.goto(`${house.origin}/app/l/${owner.tenant}/${made.id}`);
  await auditor.getByRole("heading", { name: "This short link leads nowhere for you" }).waitFor();
  const told = await Promise.all(bodies);
  assert.ok(told.length > 0 && told.every((text) => !text.includes("customer:ada") && !text.includes(owner.source)));
  assert.ok(!(await auditor.content()).includes("customer:ada"));
  await looksWell(auditor, "link-nowhere");
  await auditor.goto(`${house.origin}/app/l/0000000000000001/${made.id}`);
  await auditor.getByRole("heading", { name: "This short link is of an organization that you are not in" }).waitFor();
  await looksWell(auditor, "link-elsewhere");
  await auditor.leave();
});

test("one's own links stand with what is saved, until they are removed", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/views");
  const panel = page.getByRole("heading", { name: "Your short links" });
  await panel.waitFor();
  await panelLooksWell(page, panel, "saved-links");
  const all = page.getByRole("region", { name: "Your short links" }).getByRole("row");
  const count = (await all.count()) - 1;
  assert.ok(count >= 2, `${count}`);
  await page
    .getByRole("button", { name: /^Copy the short link of / })
    .first()
    .click();
  await page.getByText("Short link copied").waitFor();
  const link = await copied(page);
  await page
    .getByRole("button", { name: /^Remove the short link of / })
    .first()
    .click();
  await page.getByRole("heading", { name: "Remove this short link?" }).waitFor();
  await looksWell(page, "link-remove");
  await button(page, "Remove link").click();
  await page.getByText("The short link is removed").waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await all.count()) - 1, count - 1);
  await page.waitForFunction(() => document.activeElement !== document.body);
  await page.goto(link);
  await page.getByRole("heading", { name: "This short link leads nowhere for you" }).waitFor();
  await page.leave();
});

test("a link of another of one's organizations opens there", async () => {
  const made = await asked("POST", links(), owner.session, { source: owner.source, query: "level:error" });
  const page = await open(house, owner);
  const globex = house.admin("create-tenant", "Globex");
  const invitation = house.admin("invite", "--tenant", "Globex", "--email", owner.email);
  await page.evaluate(async (invitation) => {
    const post = (path, body) =>
      fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    await post("/v1/invitations/accept", { invitation });
  }, invitation.token);
  await page.evaluate(async (tenant) => {
    const headers = { "content-type": "application/json" };
    await fetch("/v1/me/tenant", { method: "POST", headers, body: JSON.stringify({ tenant }) });
  }, globex.id ?? globex.tenant_id);
  await page.goto(`${house.origin}/app/l/${owner.tenant}/${made.id}`);
  await page.getByRole("heading", { name: "This short link is of Acme" }).waitFor();
  await looksWell(page, "link-other-organization");
  await button(page, "Go on in Acme").click();
  await page.waitForURL(/\/app\/logs\?/);
  await rows(page).first().waitFor();
  assert.equal(await query(page).inputValue(), "level:error");
  await page.getByRole("button", { name: /Organization/ }).click();
  await page.getByRole("option", { name: "Globex" }).click();
  await page.waitForURL((url) => url.pathname === "/app/logs" && !url.searchParams.has("q"));
  await page.getByRole("button", { name: /Globex/ }).waitFor();
  await page.leave();
});
