// An alert that fires is told where it was said: to a webhook that checks its signature, and to a member who confirmed.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";
import { Receivers } from "./receivers.mjs";

// A look is once a minute.
const LOOK_MS = 100_000;

let receivers;
let house;
let owner;
before(async () => {
  receivers = await Receivers.open();
  const mail = ["--mail-host", receivers.mailHost, "--mail-from", "alerts@example.com"];
  house = await House.open(["--private-host", "localhost", ...mail, "--mail-ca", receivers.authorityFile]);
  owner = await house.found();
  await house.send(owner, [{ level: "error", message: "it broke" }]);
});
after(async () => {
  await house?.stop();
  receivers?.stop();
});

const button = (page, name) => page.getByRole("button", { name, exact: true });

test("an alert is told to a webhook and to a member, and its page says that it arrived", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/alerts/destinations");
  await button(page, "New destination").click();
  await page.getByLabel("Name").fill("ops");
  await page.getByLabel("Address").fill(receivers.hook);
  await page.getByLabel("Certificate authority").fill(receivers.authority);
  await button(page, "Add destination").click();
  const secret = await page.getByRole("region", { name: "signing secret" }).innerText();
  await button(page, "I have copied the secret").click();
  const isOurs = ({ headers, body }) => {
    const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers["blockhouse-signature"]);
    const made = createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
    return made === signature && JSON.parse(body).id === headers["blockhouse-message"];
  };

  const tested = receivers.next("hook");
  await button(page, "Test ops").click();
  assert.ok(isOurs(await tested));
  await page.getByText("arrived", { exact: true }).waitFor();
  await button(page, "Close").click();

  const asked = receivers.next("mail");
  await button(page, "New destination").click();
  await page.getByRole("button", { name: /Kind$/ }).click();
  await page.getByRole("option", { name: /^Mail to a member/ }).click();
  await page.getByLabel("Name").fill("Ada");
  await looksWell(page, "way-new-mail");
  await button(page, "Add destination").click();
  const question = await asked;
  assert.ok(question.includes(`${house.origin}/app/alerts/destinations`), "the message leads to where it is confirmed");
  const code = /^CODE +(\S+)\r?$/m.exec(question)?.[1];
  await page.getByText("not confirmed yet").waitFor();
  await looksWell(page, "ways-unconfirmed");
  await button(page, "Confirm").click();
  await page.getByRole("textbox", { name: "Code" }).fill("wrong");
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("textbox", { name: "Code" }).fill(code);
  await looksWell(page, "way-confirm");
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  await page.getByText("Ada is confirmed").waitFor();

  await page.goto(`${house.origin}/app/alerts/new?q=level:error`);
  await page.getByLabel("Name").fill("Anything broken");
  await page.getByRole("checkbox", { name: /^ops/ }).press(" ");
  await page.getByRole("checkbox", { name: /^Ada/ }).press(" ");
  await looksWell(page, "alert-new-told");
  const [fired, written] = [receivers.next("hook"), receivers.next("mail")];
  await button(page, "Make alert").click();
  await page.getByRole("heading", { name: "Anything broken", level: 1 }).waitFor();
  const said = await fired;
  assert.ok(isOurs(said));
  const { type, count, link } = JSON.parse(said.body);
  assert.deepEqual([type, count], ["alert.fired", 1]);
  assert.match(await written, /Anything broken/);
  const main = page.getByRole("main");
  await main
    .getByText(/^arrived/)
    .nth(1)
    .waitFor({ timeout: LOOK_MS });
  assert.equal(await main.getByRole("listitem").filter({ hasText: "arrived" }).count(), 2);
  // What it would have done is counted anew once it did it.
  await main.getByText(/^Would have alerted once/).waitFor();
  await looksWell(page, "alert-told");

  // The link of a message leads to the alert, and from there to the records that were counted, for whoever may read them.
  await page.goto(link);
  await page.getByRole("heading", { name: "Anything broken", level: 1 }).waitFor();
  await main.getByRole("table").getByRole("link", { name: "Show the records" }).click();
  await page.getByText("it broke").first().waitFor();
  await page.leave();
});
