// What a source drops: tried by a search, added, counted, removed and put back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell, panelLooksWell } from "./look.mjs";

const HOSTILE = '<img src=x onerror=alert(1)> \u202etxt.exe "quoted" \\ *star*';

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, [
    { message: "GET /health 200" },
    { message: "probe said UNHEALTHY/HEALTHZ" },
    { message: "paid", path: "/health" },
    { message: `before ${HOSTILE} after` },
  ]);
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const kept = async () =>
  JSON.parse((await house.ask("GET", `/v1/sources/${owner.source}/filters`, { key: owner.session })).text);

async function write(page, name, text) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Drop records whose message holds").fill(text);
}

test("a filter is tried by a search, drops from then on, is counted, removed and put back", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: "Dropped before it is kept" });
  await panel.getByText("No filters: every record that is taken is kept.").waitFor();
  await panelLooksWell(page, panel, "source-filters-none");
  await button(page, "New filter").click();
  assert.ok(await button(page, "Drop from now on").isDisabled());
  await write(page, "health checks", "/HEALTH");
  await looksWell(page, "source-filter-new");
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "See what this would drop" }).click();
  const logs = await opened;
  await logs.getByText("GET /health 200").first().waitFor();
  await logs.getByText("UNHEALTHY/HEALTHZ").first().waitFor();
  assert.equal(await logs.getByText("paid").count(), 0, "what a filter would keep is not found");
  await logs.close();
  await button(page, "Drop from now on").click();
  await page.getByText("health checks drops from the next request on").waitFor();
  assert.deepEqual((await kept()).filters, [{ name: "health checks", contains: "/HEALTH" }]);

  await house.send(owner, [{ message: "GET /Health 204" }, { message: "paid again" }, { message: "/healthz" }]);
  await page.reload();
  await panel.getByText("2 records were dropped so far").waitFor();

  await button(page, "New filter").click();
  await write(page, "health checks", "other");
  await button(page, "Drop from now on").click();
  await page.getByText("Two filters have the same name.").waitFor();
  await write(page, "long", "ä".repeat(257));
  await button(page, "Drop from now on").click();
  await page.getByText("A filter's text has 1 to 512 bytes, not only of spaces.").waitFor();
  await looksWell(page, "source-filter-wrong");
  await write(page, "hostile", HOSTILE);
  await button(page, "Drop from now on").click();
  await page.getByText("hostile drops from the next request on").waitFor();
  await panel.getByText("<img src=x onerror=alert(1)>").waitFor();
  await panel.getByText("⟨202E⟩").waitFor();
  await panelLooksWell(page, panel, "source-filters");

  await button(page, "Remove health checks").click();
  await page.getByText("health checks is removed; what it dropped is kept from the next request on").waitFor();
  assert.deepEqual(
    (await kept()).filters.map(({ name }) => name),
    ["hostile"],
  );
  await button(page, "Undo").click();
  await page.getByText("health checks drops again, from the next request on").waitFor();
  assert.deepEqual((await kept()).filters, [
    { name: "health checks", contains: "/HEALTH" },
    { name: "hostile", contains: HOSTILE },
  ]);
  await page.getByRole("link", { name: "Search for it: hostile" }).click();
  await page.getByRole("row").filter({ hasText: "before" }).first().waitFor();
  await looksWell(page, "logs-of-a-filter");
  await page.leave();
});

test("whoever may only look sees filters without controls", async () => {
  const page = await house.joined(owner, "read-only");
  await page.goto(`${house.origin}/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: "Dropped before it is kept" });
  await panel.getByText("health checks").waitFor();
  await panel.getByText("source:configure").waitFor();
  assert.equal(await panel.getByRole("button").count(), 0);
  await panelLooksWell(page, panel, "source-filters-look");
  await page.leave();
});
