// What is done to records before they are kept, and the shared key of a write key.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell, panelLooksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const setting = async (name) =>
  JSON.parse((await house.ask("GET", `/v1/sources/${owner.source}/${name}`, { key: owner.session })).text);
const MASKED = "Masked before it is kept";
const READ = "Read out of messages";

test("what is masked is chosen in the browser, counts for new records, and is counted", async () => {
  await house.send(owner, [{ message: "before: ada@example.com" }]);
  const page = await house.person();
  const settings = `/app/sources/${owner.source}`;
  await house.signIn(page, owner, settings);
  const panel = page.getByRole("region", { name: MASKED });
  const kind = (name) => panel.getByRole("checkbox", { name });
  await panel.waitFor();
  assert.deepEqual(
    [await kind(/^Card numbers/).isChecked(), await kind(/^E-mail/).isChecked()],
    [true, false],
    "as it is at first",
  );
  await panelLooksWell(page, panel, "source-masked");
  assert.ok(await button(page, "Save what is masked").isDisabled(), "nothing was changed yet");
  await kind(/^E-mail/).press(" ");
  await button(page, "Save what is masked").click();
  await page.getByText("What is masked in first is saved; it counts from the next request on").waitFor();
  assert.equal((await setting("redaction")).emails, true);

  await house.send(owner, [{ message: "after: ada@example.com", contact: { mail: "ben@example.com" } }]);
  await page.goto(`${house.origin}/app/logs?s=${owner.source}&q=after`);
  await page.getByText("after: [masked email]").first().waitFor();
  await page.getByRole("row").filter({ hasText: "after:" }).first().click();
  await page.getByText("[masked email]").nth(1).waitFor();
  assert.equal(await page.getByText(/@example\.com/).count(), 0, "no address is left in the record");
  await looksWell(page, "logs-masked");
  await page.goto(`${house.origin}/app/logs?s=${owner.source}&q=before`);
  await page.getByText("before: ada@example.com").first().waitFor();

  await page.goto(`${house.origin}${settings}`);
  await panel.getByText("2 masked so far").waitFor();
  await kind(/^E-mail/).press(" ");
  await kind(/^Card numbers/).press(" ");
  await button(page, "Save what is masked").click();
  await page.getByRole("heading", { name: "Stop masking card numbers and e-mail addresses?" }).waitFor();
  await looksWell(page, "source-stop-masking");
  await button(page, "Cancel").click();
  assert.deepEqual(await kept(), [true, true], "nothing changes before it is confirmed");
  await button(page, "Save what is masked").click();
  await button(page, "Stop masking").click();
  await page.getByText("is saved; it counts").waitFor();
  assert.equal(await kind(/^Card numbers/).isChecked(), false);
  await panel.getByText("2 masked so far").waitFor();
  assert.deepEqual(await kept(), [false, false]);
  await page.leave();

  async function kept() {
    const { cards, emails } = await setting("redaction");
    return [cards, emails];
  }
});

test("what is read out of messages is chosen beside it", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: READ });
  await panel.waitFor();
  await panelLooksWell(page, panel, "source-read-out");
  await panel.getByRole("checkbox", { name: /^Stack traces/ }).press(" ");
  await button(page, "Save what is read").click();
  await page.getByText("is saved; it counts from the next request on").waitFor();
  assert.deepEqual(await setting("recognition"), { formats: true, stack_traces: false });
  await page.leave();
});

test("whoever may only look sees what is done, without controls", async () => {
  const page = await house.joined(owner, "read-only");
  await page.goto(`${house.origin}/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: MASKED });
  await panel.getByText("source:configure").waitFor();
  await panel.getByText("Secrets").waitFor();
  assert.equal(await page.getByRole("checkbox").count(), 0);
  assert.equal(
    await page
      .getByRole("button", { name: /^(Save what|Shared key|New key|Rename|Rotate|Revoke|Events are kept)/ })
      .count(),
    0,
  );
  await page.getByText("keys:view").waitFor();
  await panelLooksWell(page, panel, "source-masked-look");
  const trail = `/v1/tenants/${owner.tenant}/audit?event=permission_refused`;
  const refused = JSON.parse((await house.ask("GET", trail, { key: owner.session })).text).entries;
  assert.deepEqual(refused, [], "a page asks for nothing that whoever looks may not see");
  await page.leave();
});

test("a shared key is shown once, with configurations that hold it", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const keys = JSON.parse((await house.ask("GET", `/v1/sources/${owner.source}/keys`, { key: owner.session })).text);
  const write = keys.keys.filter((key) => key.kind === "write");
  await page
    .getByRole("button", { name: /^Shared key of/ })
    .first()
    .waitFor();
  assert.equal(await page.getByRole("button", { name: /^Shared key of/ }).count(), write.length, "of write keys alone");
  await button(page, `Shared key of ${write[0].name}`).click();
  await button(page, "Show shared key").waitFor();
  await looksWell(page, "shared-key-asked");
  await button(page, "Show shared key").click();
  const secret = await page.getByRole("region", { name: "shared key" }).innerText();
  assert.match(secret, /^bh_forward_[0-9a-f]{64}$/);
  await looksWell(page, "shared-key");
  await button(page, "Copy shared key").click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  for (const name of ["Fluent Bit", "Fluentd"]) {
    await page.getByRole("tab", { name, exact: true }).click();
    const text = await page.getByRole("region", { name: `${name} configuration` }).innerText();
    for (const part of [secret, write[0].id, "localhost", "ca.crt"]) assert.ok(text.includes(part), `${name}: ${part}`);
    await looksWell(page, `shared-key-${name.replace(" ", "-").toLowerCase()}`);
  }
  await button(page, "I have copied the shared key").click();
  await page.getByText(secret).waitFor({ state: "detached" });
  const trail = `/v1/tenants/${owner.tenant}/audit?event=shared_key_shown`;
  const { entries } = JSON.parse((await house.ask("GET", trail, { key: owner.session })).text);
  assert.deepEqual([entries.length, entries[0].event.key], [1, write[0].id], "the trail says that it was shown");
  const same = house.admin("shared-key", "--tenant", "Acme", "--source", "first", write[0].id);
  assert.ok(JSON.stringify(same).includes(secret), "the server knows senders by it");
  await page.leave();
});
