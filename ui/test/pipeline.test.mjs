// Rules of a source: written in forms, put in order by keys, tried on records that are there, and only then saved.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell, panelLooksWell } from "./look.mjs";

const HOSTILE = "<img src=x onerror=alert(1)> \u202etxt.exe \u001b[31mred\u001b[0m cust-123456";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, [
    { level: "info", message: "order 7 paid" },
    { level: "info", message: "order 8 open" },
    { level: "info", message: "GET /healthz", url: { path: "/healthz" } },
    { level: "error", message: HOSTILE },
  ]);
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const kept = async () =>
  JSON.parse((await house.ask("GET", `/v1/sources/${owner.source}/pipeline`, { key: owner.session })).text);
const names = async () => (await kept()).rules.map(({ name }) => name);
const order = async (page) => {
  const items = await page.getByRole("list", { name: "Rules in their order" }).locator("strong").allInnerTexts();
  return items;
};

async function choose(page, label, option) {
  await page.getByRole("dialog").getByRole("button", { name: label }).click();
  await page.getByRole("option", { name: option }).click();
}

/** A condition of a rule that is being written. */
async function where(page, at, field, testName, value) {
  const dialog = page.getByRole("dialog");
  await button(dialog, "Add condition").click();
  const group = dialog.getByRole("group", { name: `Condition ${at}` });
  await group.getByLabel("Field").fill(field);
  if (testName !== "is") {
    await group.getByRole("button", { name: /Test/ }).click();
    await page.getByRole("option", { name: testName, exact: true }).click();
  }
  await group.getByLabel("Value", { exact: true }).fill(value);
}

test("rules are written, ordered by keys, tried and saved", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}`);
  const panel = page.getByRole("region", { name: "Pipeline" });
  await panel.getByText("No rules.").waitFor();
  await panelLooksWell(page, panel, "source-pipeline-none");
  await panel.getByRole("link", { name: "Rules" }).click();
  await page.getByRole("heading", { name: "Pipeline of first", level: 1 }).waitFor();
  await looksWell(page, "pipeline-none");
  const save = button(page, "Save rules");
  assert.ok(await save.isDisabled());

  await button(page, "New rule").click();
  const name = page.getByRole("dialog").getByLabel("Name", { exact: true });
  await name.fill("orders");
  await looksWell(page, "pipeline-rule-new");
  await where(page, 1, "message", "starts with", "order ");
  await choose(page, /Read by/, "a pattern");
  await page.getByRole("textbox", { name: "Pattern" }).fill("^order (?<order.id>\\d+) (?<order.state>\\w+)");
  await looksWell(page, "pipeline-rule-parse");
  await button(page, "Keep rule").click();
  await page.getByText(/^Where message starts with “order ”: parse message by the pattern/).waitFor();
  await page.getByText("They can be saved once they were tried as they are now.").waitFor();
  assert.ok(await save.isDisabled(), "nothing is saved that was not tried");

  await button(page, "New rule").click();
  await name.fill("customers");
  await choose(page, /Action/, /^Mask/);
  await page.getByRole("textbox", { name: "Pattern" }).fill("cust-(");
  await page.getByLabel("Name of the mask").fill("customer");
  await looksWell(page, "pipeline-rule-mask");
  await button(page, "Keep rule").click();
  await button(page, "Try the rules").click();
  const rule = page.getByRole("listitem").filter({ hasText: "customers" });
  await rule.getByText(/^The pattern is none/).waitFor();
  await looksWell(page, "pipeline-wrong");
  assert.ok(await save.isDisabled());
  await button(page, "Change customers").click();
  await page.getByRole("textbox", { name: "Pattern" }).fill("cust-\\d{6}");
  await button(page, "Keep rule").click();

  await button(page, "New rule").click();
  await name.fill("health");
  await where(page, 1, "url.path", "is", "/healthz");
  await choose(page, /Action/, /^Drop/);
  await looksWell(page, "pipeline-rule-drop");
  await button(page, "Keep rule").click();
  assert.deepEqual(await order(page), ["orders", "customers", "health"]);
  await button(page, "Move health up").press("Enter");
  assert.deepEqual(await order(page), ["orders", "health", "customers"]);
  await page.keyboard.press("Alt+ArrowUp");
  assert.deepEqual(await order(page), ["health", "orders", "customers"]);
  await page.getByText("health is rule 1 of 3 now").waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Move health down");

  await button(page, "Try the rules").click();
  const trial = page.getByRole("region", { name: "What the rules would do", exact: true });
  await trial.getByText(/4 would be touched and 1 dropped\.$/).waitFor();
  const rows = trial.getByRole("region", { name: "What each rule would do" }).getByRole("row");
  assert.deepEqual((await rows.allInnerTexts()).slice(1), [
    "health\t1 of 4\t0",
    "orders\t2 of 4\t0",
    "customers\t1 of 4\t0",
  ]);
  const hostile = trial.getByRole("article", { name: "Example: customers" });
  await hostile.getByText("[masked customer]").waitFor();
  await hostile.getByText("<img src=x onerror=alert(1)>").first().waitFor();
  await hostile.getByText("⟨202E⟩").first().waitFor();
  await trial.getByText("as they were stored").waitFor();
  await panelLooksWell(page, trial, "pipeline-tried");
  await looksWell(page, "pipeline-tried-whole");

  await save.click();
  await page.getByRole("heading", { name: "Drop records from now on?" }).waitFor();
  await looksWell(page, "pipeline-drop");
  assert.deepEqual(await names(), [], "nothing changes before it is confirmed");
  await page.getByRole("dialog").getByRole("button", { name: "Save rules" }).click();
  await page.getByText("The rules of first are saved; they count from the next request on").waitFor();
  assert.deepEqual(await names(), ["health", "orders", "customers"]);
  const { when, then: action } = (await kept()).rules[1];
  assert.deepEqual(when, [{ field: "message", starts_with: "order " }]);
  const pattern = "^order (?<order.id>\\d+) (?<order.state>\\w+)";
  assert.deepEqual(action, { parse: { field: "message", pattern } });
  await house.send(owner, [{ message: "order 9 new" }, { message: "GET", url: { path: "/healthz" } }]);
  await page.reload();
  await page.getByRole("listitem").filter({ hasText: "health" }).getByText("1 touched, 0 failed so far").waitFor();
  await looksWell(page, "pipeline");
  await page.leave();
});

test("what was changed is not left by mistake, and what was saved can be taken back", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}/pipeline`);
  await button(page, "Remove customers").click();
  await page.getByRole("link", { name: "The source" }).click();
  await page.getByRole("heading", { name: "Leave without saving?" }).waitFor();
  await looksWell(page, "pipeline-leave");
  await button(page, "Cancel").click();
  await button(page, "Discard changes").click();
  assert.deepEqual(await order(page), ["health", "orders", "customers"]);

  await button(page, "Remove customers").click();
  await button(page, "Try the rules").click();
  await page.getByText("These rules were tried as they are now.").waitFor();
  await button(page, "Save rules").click();
  await page.getByText("New records keep what customers masked as it comes").waitFor();
  await looksWell(page, "pipeline-unmask");
  await page.getByRole("dialog").getByRole("button", { name: "Save rules" }).click();
  await page.getByText("The rules of first are saved").waitFor();
  assert.deepEqual(await names(), ["health", "orders"]);
  await button(page, "Undo").click();
  await page.getByText("The rules of first are as they were before").waitFor();
  assert.deepEqual(await names(), ["health", "orders", "customers"]);

  const others = { rules: (await kept()).rules.slice(0, 1) };
  await house.ask("PUT", `/v1/sources/${owner.source}/pipeline`, { key: owner.session, body: others });
  await button(page, "Remove orders").click();
  await button(page, "Try the rules").click();
  await page.getByText("These rules were tried as they are now.").waitFor();
  await button(page, "Save rules").click();
  await page.getByText("The rules were changed elsewhere since you opened them").waitFor();
  assert.deepEqual(await names(), ["health"], "nobody's change is lost");
  await button(page, "Discard changes").click();
  await page.leave();
});

test("every action has its form, and says in a sentence what it does", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/sources/${owner.source}/pipeline`);
  const fill = (label, text) => page.getByRole("dialog").getByLabel(label, { exact: true }).fill(text);
  const make = async (name, action, how) => {
    await button(page, "New rule").click();
    await fill("Name", name);
    await choose(page, /Action/, action);
    await how();
    await looksWell(page, `pipeline-rule-${name}`);
    await button(page, "Keep rule").click();
  };
  await make("rename", /^Rename/, async () => {
    await fill("Field", "svc");
    await fill("New name", "service.name");
  });
  await make("set", /^Set/, async () => {
    await fill("Field", "n");
    await choose(page, /Kind of value/, "the number");
    await fill("Value", "many");
    await button(page, "Keep rule").click();
    await page.getByText("Write a number").waitFor();
    await fill("Value", "0.5");
  });
  await make("remove", /^Remove/, () => fill("Field", "secret"));
  await make("route", /^Route/, () => fill("Stream", "errors"));
  for (const words of [
    "Always: rename svc to service.name.",
    "Always: set n to 0.5.",
    "Always: remove secret.",
    "Always: set log.stream to “errors”, and end here.",
  ])
    await page.getByText(words).waitFor();
  await button(page, "Try the rules").click();
  await page.getByText("These rules were tried as they are now.").waitFor();
  await button(page, "Save rules").click();
  await page.getByText("The rules of first are saved").waitFor();
  assert.deepEqual(
    (await kept()).rules.slice(1).map(({ then }) => then),
    [
      { rename: { from: "svc", to: "service.name" } },
      { set: { field: "n", value: 0.5 } },
      { remove: { field: "secret" } },
      { route: { stream: "errors" } },
    ],
  );
  await page.leave();
});

test("whoever may only look sees the rules without controls", async () => {
  const page = await house.joined(owner, "read-only");
  await page.goto(`${house.origin}/app/sources/${owner.source}/pipeline`);
  await page.getByText("source:configure").waitFor();
  await page.getByRole("listitem").filter({ hasText: "health" }).waitFor();
  assert.equal(await button(page, "New rule").count(), 0);
  assert.equal(await page.getByRole("main").getByRole("button").count(), 0);
  await looksWell(page, "pipeline-look");
  const { entries } = JSON.parse(
    (
      await house.ask("GET", `/v1/tenants/${owner.tenant}/audit?event=permission_refused`, {
        key: owner.session,
      })
    ).text,
  );
  assert.deepEqual(entries, []);
  await page.leave();
});
