// A source's daily archive: set, tried, written anew, failing and removed.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell, panelLooksWell } from "./look.mjs";

const RECIPIENT = "age16qkzph9895ke6ur7m3jfwafgguwtayd5atyushmfz3kc2dmsk58q624mwn";
const DAY_MS = 86_400_000;
// A round of archives, on a machine that compiles beside it.
const ROUND_MS = 150_000;

let folder;
let house;
let owner;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "blockhouse-archives-"));
  house = await House.open(["--archive-folder", folder]);
  owner = await house.found();
});
after(async () => {
  await house?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const button = (page, name) => page.getByRole("button", { name, exact: true });
const setting = async () =>
  JSON.parse((await house.ask("GET", `/v1/sources/${owner.source}/archive`, { key: owner.session })).text);

test("an archive is set with a destination that takes it, writes a day, says why it fails, and is removed", async () => {
  const yesterday = new Date(Date.now() - DAY_MS).toISOString();
  const day = yesterday.slice(0, 10);
  await house.send(owner, [
    { timestamp: yesterday, message: "one of yesterday" },
    { timestamp: yesterday, message: "two of yesterday" },
  ]);
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: "Daily archive" });
  await panel.getByText("No archive: records end with the source's retention.").waitFor();
  await panelLooksWell(page, panel, "source-archive-none");

  await button(page, "New archive").click();
  const dialog = page.getByRole("dialog");
  const verb = button(page, "Try and save");
  assert.ok(await verb.isDisabled());
  await looksWell(page, "archive-new");
  await dialog.getByLabel("Endpoint").fill("http://s3.example");
  await dialog.getByLabel("Bucket", { exact: true }).fill("acme-logs");
  await dialog.getByLabel("Region").fill("eu-central-1");
  await dialog.getByLabel("Access key id").fill("AKIA1");
  await dialog.getByLabel("Its secret").fill("not a real one");
  await verb.click();
  await dialog.getByText("An endpoint is https://HOST or https://HOST:PORT.").waitFor();
  await dialog.getByLabel("Endpoint").fill("https://localhost:1");
  await verb.click();
  await dialog.getByText(/not (a )?public/i).waitFor();
  await looksWell(page, "archive-wrong");
  assert.equal((await setting()).archive, null, "nothing is set that was not taken");

  await dialog.getByRole("button", { name: /The days are written to/ }).click();
  await page.getByRole("option", { name: /a folder/ }).click();
  await dialog.getByRole("textbox", { name: "Folder" }).fill("acme");
  await dialog.getByLabel("Encrypted to").fill("age1nonsense");
  await verb.click();
  await dialog.locator("[aria-invalid=true]").waitFor();
  await dialog.getByLabel("Encrypted to").fill(RECIPIENT);
  await looksWell(page, "archive-folder");
  await verb.click();
  await page.getByText("The archive of first is saved; the destination took what was sent to try it").waitFor();
  await panel.getByText("the folder acme").waitFor();
  await panelLooksWell(page, panel, "source-archive");

  await panel.getByLabel("A day that is over").fill(new Date().toISOString().slice(0, 10));
  await button(page, "Write day anew").click();
  await panel.getByText("The day is not over.").waitFor();
  await panel.getByLabel("A day that is over").fill(day);
  await button(page, "Write day anew").click();
  await page.getByText(`${day} is written anew as soon as its turn comes`).waitFor();
  const written = panel.getByRole("region", { name: "Days that were written" });
  await written.getByRole("cell", { name: day, exact: true }).waitFor({ timeout: ROUND_MS });
  await written.getByRole("cell", { name: "2", exact: true }).waitFor();
  await panelLooksWell(page, panel, "source-archive-written");

  const [tenant] = readdirSync(folder);
  const place = join(folder, tenant, "acme");
  renameSync(place, `${place}.away`);
  writeFileSync(place, "in the way");
  await panel.getByLabel("A day that is over").fill(day);
  await button(page, "Write day anew").click();
  await panel.getByText("failing", { exact: true }).waitFor({ timeout: ROUND_MS });
  await panel.getByText("archive_folder_failed").waitFor();
  await panelLooksWell(page, panel, "source-archive-failing");

  await button(page, "Remove archive").click();
  await page.getByRole("heading", { name: "Remove the archive of first?" }).waitFor();
  await looksWell(page, "archive-remove");
  await page.getByRole("dialog").getByRole("button", { name: "Remove archive" }).click();
  await panel.getByText("No archive: records end").waitFor();
  assert.equal((await setting()).archive, null);
  await page.leave();
});

test("whoever may only look sees the archive without controls", async () => {
  const body = { folder: "other", recipient: RECIPIENT };
  const set = await house.ask("PUT", `/v1/sources/${owner.source}/archive`, { key: owner.session, body });
  assert.equal(set.status, 200, set.text);
  const page = await house.joined(owner, "read-only");
  await page.goto(`${house.origin}/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: "Daily archive" });
  await panel.getByText("the folder other").waitFor();
  await panel.getByText("source:configure").waitFor();
  assert.equal(await panel.getByRole("button").count(), 0);
  await panelLooksWell(page, panel, "source-archive-look");
  const { entries } = JSON.parse(
    (await house.ask("GET", `/v1/tenants/${owner.tenant}/audit?event=permission_refused`, { key: owner.session })).text,
  );
  assert.deepEqual(entries, []);
  await page.leave();
});
