// How much came in and may come in, of a source and of all of them: seen, set, refused and taken back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell, panelLooksWell } from "./look.mjs";

// 47 bytes and 57, as docs/quotas.md counts them.
const EXAMPLE = [
  { level: "info", message: "This is the first log line" },
  { level: "error", message: "This is the second log line", key: "val" },
];

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, EXAMPLE);
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const asked = async (path) => JSON.parse((await house.ask("GET", path, { key: owner.session })).text);
const ofSource = () => asked(`/v1/sources/${owner.source}/quota`);
const ofTenant = () => asked(`/v1/tenants/${owner.tenant}/quota`);
const sends = async () => {
  const body = JSON.stringify({ message: "one more" });
  return (await house.ask("POST", `/sources/${owner.source}/frames`, { key: owner.writeKey, body })).status;
};

/** Fills the form. */
async function write(page, panel, bound, amount, unit) {
  const choose = async (label, option) => {
    const field = panel.getByRole("button", { name: label });
    if ((await field.innerText()).includes(option)) return;
    await field.click();
    await page.getByRole("option", { name: option }).click();
  };
  await choose(/What comes in is bounded/, bound);
  if (amount === undefined) return;
  await panel.getByLabel("To at most").fill(amount);
  await choose(/Unit/, unit);
}

test("a source's volume is shown, and a quota of it is set, refuses, and is taken back", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: "Volume and quota", exact: true });
  const save = button(page, "Save quota");
  await panel.getByText("104 B came in this month. There is no quota").waitFor();
  assert.ok(await save.isDisabled(), "nothing was changed yet");
  assert.equal(await panel.getByRole("figure").count(), 0);
  await panelLooksWell(page, panel, "source-quota-none");

  await write(page, panel, "by month", "many", "bytes");
  await save.click();
  await panel.getByText("Write an amount such as 500 or 1.5").waitFor();
  await panel.getByLabel("To at most").fill("0");
  await save.click();
  await panel.getByText("A quota is 1 to 9007199254740991 bytes.").waitFor();
  assert.equal((await ofSource()).bytes, null);
  await panelLooksWell(page, panel, "source-quota-wrong");

  await panel.getByLabel("To at most").fill("125");
  await save.click();
  await page.getByText("The quota of first is saved; it counts from the next request on").waitFor();
  const figure = panel.getByRole("figure", { name: "Volume of first" });
  await figure.getByRole("img", { name: "104 B of 125 B came in this month: 83 %." }).waitFor();
  await panel.getByText("nearly used up").waitFor();
  await panelLooksWell(page, panel, "source-quota-near");
  await button(panel, "Table").click();
  const cells = await figure.getByRole("row").nth(1).getByRole("cell").allInnerTexts();
  assert.deepEqual(cells, ["80\u00a0%", "100 B", "owners and admins are told", "passed"]);
  await panelLooksWell(page, panel, "source-quota-table");
  await button(panel, "Table").click();

  const refuse = async () => {
    await panel.getByLabel("To at most").fill("86");
    await save.click();
    await page.getByRole("heading", { name: "Refuse what comes from now on?" }).waitFor();
  };
  await refuse();
  await looksWell(page, "source-quota-refuse");
  await button(page, "Cancel").click();
  assert.equal((await ofSource()).bytes, 125, "nothing changes before it is confirmed");
  await save.click();
  await button(page, "Save quota and refuse").click();
  await panel.getByText("What comes to first is refused until").waitFor();
  assert.equal(await sends(), 402);
  await button(page, "Undo").last().click();
  await page.getByText("The quota of first is as it was before").waitFor();
  assert.deepEqual([(await ofSource()).bytes, await sends()], [125, 202]);
  // What can be undone for seconds is looked at when there is nothing to undo.
  await refuse();
  await button(page, "Save quota and refuse").click();
  await panel.getByText("What comes to first is refused until").waitFor();
  await panelLooksWell(page, panel, "source-quota-refusing");

  await write(page, panel, "by day", "1.5", "GB");
  await save.click();
  await panel.getByText("within the quota").waitFor();
  const { bytes, period, state } = await ofSource();
  assert.deepEqual([bytes, period, state], [1_500_000_000, "day", "ok"]);
  await write(page, panel, "not at all");
  await save.click();
  await page.getByText("There is no quota of first any more").waitFor();
  assert.equal((await ofSource()).bytes, null);
  await page.leave();
});

test("the quota of all sources stands below them, and each source's page says that it is nearly used up", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/sources");
  const panel = page.getByRole("region", { name: "Volume and quota of all sources" });
  await panel.getByText(/came in this month\. There is no quota/).waitFor();
  const { used } = await ofTenant();
  await write(page, panel, "by month", String(used), "bytes");
  await button(page, "Save quota").click();
  await panel.getByText("used up, still taken").waitFor();
  await panelLooksWell(page, panel, "sources-quota");
  assert.deepEqual([(await ofTenant()).state, (await ofSource()).bytes], ["reached", null]);
  await page.getByRole("link", { name: "first" }).click();
  const ofOne = page.getByRole("region", { name: "Volume and quota", exact: true });
  await ofOne.getByText(/^Of all sources together:/).waitFor();
  await panelLooksWell(page, ofOne, "source-quota-of-all");
  await ofOne.getByRole("link", { name: "All sources" }).click();
  await write(page, panel, "not at all");
  await button(page, "Save quota").click();
  await page.getByText("There is no quota of all sources any more").waitFor();
  await page.leave();
});

test("whoever may only look sees volume without a form, and the page asks for nothing else", async () => {
  const quota = { bytes: 1_000, period: "month" };
  await house.ask("PUT", `/v1/sources/${owner.source}/quota`, { key: owner.session, body: quota });
  const page = await house.joined(owner, "read-only");
  await page.goto(`${house.origin}/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: "Volume and quota", exact: true });
  await panel.getByRole("figure").waitFor();
  await panel.getByText("source:configure").waitFor();
  assert.equal(await button(page, "Save quota").count(), 0);
  await panelLooksWell(page, panel, "source-quota-look");
  await page.goto(`${house.origin}/app/sources`);
  await page.getByText("sources:create").waitFor();
  assert.equal(await button(page, "Save quota").count(), 0);
  const { entries } = await asked(`/v1/tenants/${owner.tenant}/audit?event=permission_refused`);
  assert.deepEqual(entries, []);
  await page.leave();
});
