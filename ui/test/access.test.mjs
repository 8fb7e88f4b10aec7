// Access of staff, from both sides: asked, approved with a passkey, watched while it runs, ended, and kept with what was read.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, [{ message: "invoice 17 is missing" }, { message: "all is well" }]);
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const choose = async (page, field, option) => {
  await page.getByRole("button", { name: field }).click();
  await page.getByRole("option", { name: option }).click();
};

async function addPasskey(page) {
  await page.goto(`${house.origin}/app/me`);
  await button(page, "Add a passkey").click();
  await button(page, "Add passkey").click();
  await page.getByText("is added").waitFor();
}

async function asks(page, minutes, way = null) {
  await button(page, "Ask for access").click();
  await page.getByLabel("Organization's id").fill(owner.tenant);
  await page.getByLabel("Source's id").fill(owner.source);
  await page.getByLabel("Ticket").fill("4812");
  await page.getByLabel("Explanation").fill("missing invoices of November");
  await choose(page, /For/, minutes);
  if (way) await choose(page, /By$/, way);
  await looksWell(page, "staff-ask");
  await page.getByRole("dialog").getByRole("button", { name: "Ask for access" }).click();
}

async function allows(level) {
  const path = `/v1/tenants/${owner.tenant}/staff-access`;
  const set = await house.ask("PUT", path, { key: owner.session, body: { level } });
  assert.equal(set.status, 200, set.text);
}

test("a request is denied; whoever may not decide sees who can", async () => {
  await allows("on_approval");
  const staff = await house.person();
  await house.device(staff);
  await house.enter(staff, house.staff("engineer", "otto@staff.example", "Otto"));
  await staff.goto(`${house.origin}/app/access`);
  await asks(staff, "15 min");
  await staff.getByText("waits for a decision").waitFor();

  const invited = { email: "audit@example.com", roles: [{ role: "auditor" }] };
  const path = `/v1/tenants/${owner.tenant}/invitations`;
  const made = JSON.parse((await house.ask("POST", path, { key: owner.session, body: invited })).text);
  const accepted = { invitation: made.link.split("#")[1], name: "Auditor", token: true };
  const joined = await house.ask("POST", "/v1/invitations/accept", { body: accepted });
  const auditor = await house.person();
  await house.enter(auditor, JSON.parse(joined.text).token);
  await auditor.goto(`${house.origin}/app/access`);
  await auditor.getByText("Ada Lovelace can.").waitFor();
  assert.equal(
    await auditor.getByRole("button", { name: /^(Approve|Deny|Save)/ }).count(),
    0,
    "no form for whoever cannot",
  );
  await looksWell(auditor, "access-not-mine");
  await auditor.goto(`${house.origin}/app/people`);
  await auditor.getByText("invite, change or remove somebody takes the permission").waitFor();
  assert.equal(await button(auditor, "Invite somebody").count(), 0, "nor here");
  await looksWell(auditor, "people-only-looks");

  const page = await house.person();
  await house.signIn(page, owner, "/app/access");
  // What waits is told on every screen, and what happened until it was looked at.
  await page.getByRole("link", { name: /^1 waits for you: *Access requests/ }).waitFor();
  await page.getByRole("link", { name: /notices? not looked at/ }).click();
  await page.getByRole("heading", { name: "Notices" }).waitFor();
  await page.getByRole("link", { name: /notices? not looked at/ }).waitFor({ state: "detached" });
  // A time is in full for whoever focuses it.
  const time = page.getByRole("region", { name: "Notices" }).getByRole("time").first();
  await time.focus();
  assert.match(await time.innerText(), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.* UTC$/);
  await page.getByRole("link", { name: /Access requests/ }).click();
  await button(page, "Deny").click();
  await looksWell(page, "access-deny");
  await button(page, "Deny request").click();
  await page.getByText("denied", { exact: true }).waitFor();
  await staff.reload();
  await staff.getByText("denied", { exact: true }).waitFor();
  for (const window of [staff, auditor, page]) await window.leave();
});

test("an engineer asks, an owner approves with a passkey, both see it run, and it ends at once", async () => {
  await allows("never");
  const page = await house.person();
  await house.device(page);
  await house.signIn(page, owner, "/app/me");
  await addPasskey(page);
  await page.goto(`${house.origin}/app/access`);
  await page.getByRole("heading", { name: "No request is open" }).waitFor();
  await page.getByText("Asking is off").waitFor();
  // What staff have to be told to be able to ask.
  await page.getByText(owner.tenant).waitFor();
  await button(page, "Copy organization's id").waitFor();
  await choose(page, /Staff may ask for access/, /^On approval they/);
  await looksWell(page, "access-none");
  await button(page, "Save").click();
  await page.getByText("every owner is told").waitFor();

  const staff = await house.person();
  await house.device(staff);
  await house.enter(staff, house.staff("engineer", "mira@staff.example", "Mira"));
  await addPasskey(staff);
  // Where engineers begin.
  await staff.goto(`${house.origin}/app/`);
  await staff.getByRole("heading", { name: "No request is open" }).waitFor();
  await asks(staff, "30 min");
  await staff.getByText("waits for a decision").waitFor();
  await looksWell(staff, "staff-waits");

  await page.reload();
  await page.getByRole("heading", { name: "Mira asks to read source “first” for 30 min" }).waitFor();
  await looksWell(page, "access-waits");
  await page.getByRole("button", { name: /^Approve/ }).click();
  await page.getByRole("dialog").getByText("missing invoices of November").waitFor();
  await looksWell(page, "access-approve");
  await button(page, "Sign with your passkey").click();
  await page.getByText("approved, not begun").waitFor();

  await staff.reload();
  await button(staff, "Begin …").click();
  await button(staff, "Show the words to sign").click();
  await looksWell(staff, "staff-begin");
  await button(staff, "Sign and begin").click();
  await staff.getByRole("region", { name: "Staff access" }).waitFor();
  await looksWell(staff, "staff-runs");
  await staff.getByRole("link", { name: "Read its logs" }).click();
  await staff.getByText("invoice 17 is missing").waitFor();
  await looksWell(staff, "staff-logs");
  const hostile = `/v1/sources/${owner.source}/search?q=${encodeURIComponent('"\u202egnp.exe"')}`;
  assert.equal(await staff.evaluate(async (path) => (await fetch(path)).status, hostile), 200);

  await page.reload();
  const bar = page.getByRole("region", { name: "Staff access" });
  await bar.getByText("Mira of the installation's staff reads source “first”.").waitFor();
  await page.getByText('"⟨202E⟩gnp.exe"').first().waitFor();
  await page.getByText("Mira searched").or(page.getByText("searched: 2 records")).first().waitFor();
  await looksWell(page, "access-runs");
  await page.goto(`${house.origin}/app/sources`);
  await bar.waitFor();
  await looksWell(page, "access-bar");
  await bar.getByRole("button", { name: "End now" }).click();
  await bar.waitFor({ state: "detached" });
  // Whoever read sees it at the next look, without a question of theirs.
  await staff.getByRole("heading", { name: "The access has ended" }).waitFor({ timeout: 20_000 });
  assert.equal(await staff.getByText("invoice 17 is missing").count(), 0, "nothing of it is shown any more");
  await staff.getByRole("region", { name: "Staff access" }).waitFor({ state: "detached" });
  await looksWell(staff, "staff-ended");
  await staff.reload();
  await staff.getByRole("heading", { name: "No access is running" }).waitFor();
  await staff.getByRole("main").getByRole("link", { name: "Access requests" }).waitFor();
  const refused = await staff.evaluate(
    async (path) => (await fetch(path)).status,
    `/v1/sources/${owner.source}/search`,
  );
  assert.equal(refused, 403, "the next question is refused");

  await page.goto(`${house.origin}/app/access`);
  await page.getByText("ended", { exact: true }).waitFor();
  await page.getByRole("table").getByRole("link").first().click();
  await page
    .getByText(/^Mira searched: 2 records/)
    .first()
    .waitFor();
  await page.getByText(/^Ada Lovelace approved it/).waitFor();
  await page.getByText('"⟨202E⟩gnp.exe"').first().waitFor();
  await looksWell(page, "access-history");
  await page.goto(`${house.origin}/app/audit?event=staff_question_asked`);
  await page.getByText("⟨202E⟩gnp.exe").first().waitFor();
  await staff.leave();
  await page.leave();
});

test("two of staff open an emergency; it is told over every screen, and waits for a review", async () => {
  await allows("break_glass");
  const [first, second] = [await house.person(), await house.person()];
  for (const [page, name] of [
    [first, "Nora"],
    [second, "Paul"],
  ]) {
    await house.device(page);
    await house.enter(page, house.staff("engineer", `${name}@staff.example`, name));
    await addPasskey(page);
    await page.goto(`${house.origin}/app/access`);
  }
  await asks(first, "15 min", "emergency: an attack");
  const id = await first.getByText("A second of staff opens it with this id:").getByRole("code").innerText();
  await button(second, "Open a colleague's emergency").click();
  await second.getByLabel("Id of their request").fill(id);
  await button(second, "Go on").click();
  await button(second, "Show the words to sign").click();
  await second.getByText("open-emergency").waitFor();
  await button(second, "Sign and open").click();
  await second.getByText("It is open; its owners are told").waitFor();
  await first.reload();
  await button(first, "Begin …").click();
  await button(first, "Show the words to sign").click();
  await button(first, "Sign and begin").click();
  await first.getByRole("link", { name: "Read its logs" }).waitFor();

  const page = await house.person();
  await house.enter(page, owner.session);
  await page.goto(`${house.origin}/app/access`);
  await page.getByRole("region", { name: "Staff access" }).getByText("Nora of the installation's staff").waitFor();
  await looksWell(page, "access-emergency");
  await first.getByRole("main").getByRole("button", { name: "End now" }).click();
  await first.getByText("The access has ended").waitFor();
  await page.reload();
  await page.getByText("Nora used the emergency way into “first”").waitFor();
  await looksWell(page, "access-review");
  await button(page, "Mark as reviewed").click();
  await page.getByText("Nora used the emergency way").waitFor({ state: "detached" });
  for (const window of [first, second, page]) await window.leave();
});
