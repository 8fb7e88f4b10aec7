// People, roles and service accounts, from an invitation to somebody who is gone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const choose = async (page, field, option) => {
  await page.getByRole("button", { name: field }).click();
  await page.getByRole("option", { name: option }).click();
};

/** Follows an invitation by the API; the session of whoever joined. */
async function joins(link, name) {
  const asked = { invitation: link.split("#")[1], name, token: true };
  const joined = await house.ask("POST", "/v1/invitations/accept", { body: asked });
  assert.equal(joined.status, 200, joined.text);
  return JSON.parse(joined.text).token;
}

test("somebody is invited, joins, gets other roles, is signed out and removed", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/people");
  await page.getByText("Nobody is invited.").waitFor();
  await looksWell(page, "people");
  await button(page, "Invite somebody").click();
  await page.getByLabel("E-mail").fill("ben@example.com");
  await choose(page, /Role 1/, /^auditor/);
  await looksWell(page, "people-invite");
  await button(page, "Make invitation").click();
  const link = await page.getByRole("region", { name: "invitation link" }).innerText();
  await looksWell(page, "people-invited");
  await button(page, "I have copied the link").click();
  assert.equal(await page.getByText(link).count(), 0, "a link is shown once");
  await page.getByText("ben@example.com").waitFor();

  await button(page, "New link for ben@example.com").click();
  const second = await page.getByRole("region", { name: "invitation link" }).innerText();
  await button(page, "I have copied the link").click();
  const look = (link) => house.ask("POST", "/v1/invitations/look", { body: { invitation: link.split("#")[1] } });
  assert.deepEqual([(await look(link)).status, (await look(second)).status], [404, 200], "the newest link counts");
  const ben = await joins(second, "Ben Okri");
  const reads = (path) => house.ask("GET", path, { key: ben });
  const search = `/v1/sources/${owner.source}/search`;
  assert.equal((await reads(search)).status, 403, "an auditor reads no logs");

  await page.reload();
  await page.getByRole("link", { name: "Ben Okri" }).click();
  await page.getByText("8 of").waitFor();
  await looksWell(page, "person");
  await choose(page, /Role 1/, /^read-only/);
  await choose(page, /Reach of role 1/, "source first");
  await page.getByText("gained").first().waitFor();
  await page.getByText("lost").first().waitFor();
  await looksWell(page, "person-preview");
  assert.equal((await reads(search)).status, 403, "a preview changes nothing");
  await button(page, "Save roles").click();
  await page.getByText("has these roles from the next request on").waitFor();
  assert.equal((await reads(search)).status, 200);

  await button(page, "Show their sessions").click();
  await page.getByRole("button", { name: /^End session of/ }).click();
  await page.getByText("is not signed in here").waitFor();
  assert.equal((await reads("/v1/me")).status, 401);

  await button(page, "Remove Ben Okri").click();
  await page.getByRole("heading", { name: "Remove Ben Okri?" }).waitFor();
  await looksWell(page, "person-remove");
  await button(page, "Remove person").click();
  await page.getByRole("heading", { name: "Invitations" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Ben Okri" }).count(), 0);
  await page.leave();
});

test("the last owner stays, and is told why", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/people");
  await page.getByRole("link", { name: "Ada Lovelace" }).click();
  await button(page, "Leave").click();
  await page.getByRole("dialog").getByRole("button", { name: "Leave", exact: true }).click();
  await page.getByText("last_owner").waitFor();
  await page.leave();
});

test("a role is made, allows what it says, is changed, and is kept while somebody has it", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/roles");
  await page.getByRole("columnheader", { name: "owner" }).waitFor();
  await looksWell(page, "roles");
  await button(page, "New role").click();
  await page.getByLabel("Name").fill("on call");
  await page.getByRole("checkbox", { name: /^logs:read/ }).press("Space");
  await looksWell(page, "role-new");
  await button(page, "Make role").click();
  await page.getByRole("columnheader", { name: "on call" }).waitFor();

  await page.getByRole("link", { name: "Service accounts" }).click();
  await page.getByRole("heading", { name: "No service accounts yet" }).waitFor();
  await looksWell(page, "services-none");
  await button(page, "New service account").click();
  await page.getByLabel("Name").fill("dashboard");
  await choose(page, /Role 1/, "on call");
  await button(page, "Make service account").click();
  await button(page, "New key for dashboard").click();
  await button(page, "Make key").click();
  const key = await page.getByRole("region", { name: "key", exact: true }).innerText();
  await button(page, "I have copied the key").click();
  await page.getByText("active").waitFor();
  await looksWell(page, "services");
  const asks = async (path) => (await house.ask("GET", path, { key })).status;
  const search = `/v1/sources/${owner.source}/search`;
  assert.deepEqual([await asks(search), await asks(`/v1/tenants/${owner.tenant}/people`)], [200, 403]);

  await page.getByRole("link", { name: "Roles", exact: true }).click();
  await button(page, "Change role on call").click();
  await page.getByRole("checkbox", { name: /^logs:read/ }).press("Space");
  await page.getByRole("checkbox", { name: /^people:view/ }).press("Space");
  await button(page, "Save role").click();
  await page.getByText("is changed").waitFor();
  assert.deepEqual([await asks(search), await asks(`/v1/tenants/${owner.tenant}/people`)], [403, 200]);
  await button(page, "Change role on call").click();
  await button(page, "Delete role …").click();
  await button(page, "Delete role").click();
  await page.getByText("role_in_use").waitFor();
  await looksWell(page, "role-in-use");
  await button(page, "Cancel").click();
  await button(page, "Cancel").click();

  await page.getByRole("link", { name: "Service accounts" }).click();
  await page.getByRole("button", { name: /^Revoke key/ }).click();
  await button(page, "Revoke key").click();
  await page.getByText("revoked", { exact: true }).waitFor();
  assert.equal(await asks(`/v1/tenants/${owner.tenant}/people`), 401);
  await page.leave();
});

test("whoever may not see people is told which permission is missing", async () => {
  const asked = { email: "cleo@example.com", roles: [{ role: "read-only" }] };
  const path = `/v1/tenants/${owner.tenant}/invitations`;
  const made = await house.ask("POST", path, { key: owner.session, body: asked });
  const session = await joins(JSON.parse(made.text).link, "Cleo");
  const page = await house.person();
  await house.enter(page, session);
  // Each refusal is in the trail: what would be refused is not asked for, and not offered.
  const refused = [];
  page.on("response", (answer) => answer.status() === 403 && refused.push(answer.url()));
  for (const [where, right] of [
    ["people", "people:view"],
    ["roles", "roles:view"],
    ["access", "access:view"],
  ]) {
    await page.goto(`${house.origin}/app/${where}`);
    await page.getByRole("code").getByText(right).first().waitFor();
    await looksWell(page, `${where}-not-allowed`);
  }
  const rail = page.getByRole("navigation", { name: "Console" });
  await rail.getByRole("link", { name: "Jobs" }).waitFor();
  for (const name of [/Access requests/, "Audit trail", "People & roles", "Sign-in"])
    assert.equal(await rail.getByRole("link", { name }).count(), 0, String(name));
  assert.deepEqual(refused, []);
  await page.leave();
});
