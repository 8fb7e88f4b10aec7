// What the organization demands of sign-ins, and its providers.

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
const settings = async () =>
  JSON.parse((await house.ask("GET", `/v1/tenants/${owner.tenant}`, { key: owner.session })).text).settings;

test("the trail is kept for longer at once, for shorter when it is confirmed", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/sign-in-rules");
  await page.getByRole("heading", { name: "No provider yet" }).waitFor();
  // Where there is no provider, nobody signs in without it.
  assert.equal(await page.getByText("Signs in without the provider").count(), 0);
  await looksWell(page, "sign-in-rules");
  await choose(page, /What happened is kept for/, "730 days");
  await page.getByText("is kept for 730 days").first().waitFor();
  assert.equal((await settings()).audit_retention_days, 730);
  await choose(page, /What happened is kept for/, "365 days");
  await page.getByRole("heading", { name: "Keep the trail for 365 days only?" }).waitFor();
  await looksWell(page, "trail-retention");
  await button(page, "Cancel").click();
  assert.equal((await settings()).audit_retention_days, 730);
  await page.leave();
});

test("a provider that does not answer is refused before it is kept, and none cannot be enforced", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/sign-in-rules");
  await button(page, "Add a provider").click();
  await page.getByLabel("Name").fill("Okta");
  await page.getByLabel("Issuer").fill("https://localhost:1");
  await page.getByLabel("Client id").fill("blockhouse");
  await button(page, "Add a group").click();
  await page.getByLabel("Group 1").fill("sre");
  await looksWell(page, "provider-new");
  await page.getByRole("dialog").getByRole("button", { name: "Add provider" }).click();
  await page.getByRole("alert").waitFor();
  await looksWell(page, "provider-refused");
  await button(page, "Cancel").click();

  await choose(page, /Single sign-on is/, /^the only way/);
  await choose(page, /Signs in without the provider/, /^Ada Lovelace/);
  await looksWell(page, "rules-enforced");
  await button(page, "Save rules").click();
  await page.getByText("provider_missing").waitFor();
  assert.equal((await settings()).single_sign_on, "optional");
  await page.leave();
});

test("a second factor is demanded, and whoever has none is named first", async () => {
  const page = await house.person();
  await house.device(page);
  await house.signIn(page, owner, "/app/sign-in-rules");
  await choose(page, /A second factor is/, /^required/);
  await page.getByText("1 of 1 can prove none yet").waitFor();
  await looksWell(page, "rules-required");
  await button(page, "Save rules").click();
  await page.getByText("The rules count from the next request on").waitFor();
  assert.equal((await house.ask("GET", `/v1/tenants/${owner.tenant}/people`, { key: owner.session })).status, 403);
  await page.leave();
});
