// The own account: passkeys, passphrase, one-time codes, recovery codes, sessions.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { codeOf, House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
});
after(() => house.stop());

/** The passphrase from the test on that changes it. */
const CHANGED = "nine dry herons fold umbrellas";

const button = (page, name) => page.getByRole("button", { name, exact: true });
const panel = (page, name) => page.getByRole("region", { name, exact: true });

test("a passkey is added, named anew, signs in, and is removed", async () => {
  const page = await house.person();
  await house.device(page);
  await house.signIn(page, owner, "/app/me");
  await page.getByText("You can sign in with a passphrase.").waitFor();
  await looksWell(page, "account");
  await button(page, "Add a passkey").click();
  await page.getByLabel("Name").last().fill("Laptop");
  await looksWell(page, "account-passkey");
  await button(page, "Add passkey").click();
  await button(page, "Rename passkey Laptop").click();
  await page.getByRole("dialog").getByLabel("Name").fill("Old laptop");
  await button(page, "Rename passkey").click();
  await page.getByText("Old laptop").waitFor();

  await page.getByRole("button", { name: /your account/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await button(page, "Use a passkey").click();
  await page.getByRole("navigation", { name: "Console" }).waitFor();
  await page.goto(`${house.origin}/app/me`);
  await button(page, "Remove passkey Old laptop").click();
  await looksWell(page, "account-passkey-remove");
  await button(page, "Remove passkey").click();
  await panel(page, "Passkeys").getByText("None yet.").waitFor();
  await page.leave();
});

test("one-time codes come with recovery codes, are asked for, and are turned off", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/me");
  await button(page, "Turn on one-time codes").click();
  await page.getByRole("img", { name: "The secret as a QR code" }).waitFor();
  await looksWell(page, "account-codes");
  const secret = await page.getByRole("dialog").getByRole("code").innerText();
  await page.getByLabel("Code that the app shows").fill("000000");
  await page.getByRole("dialog").getByRole("button", { name: "Turn on one-time codes" }).click();
  await page.getByText("code_wrong").waitFor();
  await page.getByLabel("Code that the app shows").fill(codeOf(secret));
  await page.getByRole("dialog").getByRole("button", { name: "Turn on one-time codes" }).click();
  const kept = (await page.getByRole("region", { name: "recovery codes", exact: true }).innerText()).split("\n");
  await looksWell(page, "account-recovery");
  await button(page, "I have kept the codes").click();
  await page.getByText(kept[0]).waitFor({ state: "detached" });
  await page.getByText(`${kept.length} are left.`).waitFor();

  const other = await house.person();
  await other.goto(`${house.origin}/app/me`);
  await other.getByLabel("E-mail").fill(owner.email);
  await other.getByLabel("Passphrase").fill(owner.passphrase);
  await button(other, "Sign in").click();
  await other.getByLabel("One-time code or recovery code").fill(kept[0]);
  await button(other, "Check code").click();
  await other.getByText(`${kept.length - 1} are left.`, { exact: true }).waitFor();

  await page.reload();
  await panel(page, "Where you are signed in").getByRole("button", { name: "End all others" }).click();
  await page
    .getByText(/ended$/)
    .first()
    .waitFor();
  const me = await other.evaluate(async () => (await fetch("/v1/me")).status);
  assert.equal(me, 401, "the other one is signed out");
  await button(page, "Turn off").click();
  await page.getByRole("dialog").getByRole("button", { name: "Turn off" }).click();
  await button(page, "Turn on one-time codes").waitFor();
  await other.leave();
  await page.leave();
});

test("a weak passphrase is refused at its place, a strong one signs in", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/me");
  await button(page, "Change passphrase").click();
  await page.getByRole("dialog").getByLabel("Passphrase", { exact: true }).fill("password1234");
  await button(page, "Set passphrase").click();
  await page.getByText("passphrase_weak").waitFor();
  await looksWell(page, "account-passphrase");
  await page.getByRole("dialog").getByLabel("Passphrase", { exact: true }).fill(CHANGED);
  await button(page, "Set passphrase").click();
  await page.getByText("The passphrase is set.").waitFor();
  await page.leave();
  const again = await house.person();
  await house.signIn(again, { ...owner, passphrase: CHANGED }, "/app/me");
  await again.getByLabel("Name").fill("Ada King");
  await button(again, "Save name").click();
  await again.getByRole("button", { name: /^AK, your account/ }).waitFor();
  await again.leave();
});

test("the plain page of signing in leads to the console, and the plain account stays where it was", async () => {
  const page = await house.person();
  const enter = async (path) => {
    await page.goto(`${house.origin}${path}`);
    await page.getByLabel("E-mail").fill(owner.email);
    await page.getByLabel("Passphrase").fill(CHANGED);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  await enter("/sign-in");
  await page.waitForURL(/\/app\/logs/);
  await page.getByRole("navigation", { name: "Console" }).waitFor();
  await page.goto(`${house.origin}/me`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/sign-in\?plain$/);
  await enter("/sign-in?plain");
  await page.waitForURL(/\/me$/);
  await page.getByText(owner.email).first().waitFor();
  await page.leave();
});
