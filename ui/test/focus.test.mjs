// Whoever uses the keyboard is always somewhere, and sees where: after each dialog, on the way to each screen, and after what
// had the focus is gone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hour } from "./corpus.mjs";
import { House } from "./house.mjs";
import { open, rows } from "./logs.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, hour(50));
  const made = async (method, path, body) => {
    const answer = await house.ask(method, path, { key: owner.session, body });
    assert.ok(answer.status < 300, `${path}: ${answer.text}`);
  };
  const tenant = `/v1/tenants/${owner.tenant}`;
  for (const name of ["Requests", "Errors"])
    await made("POST", `${tenant}/views`, { source: owner.source, from: "now-1h", name, query: "" });
  for (const email of ["ben@example.com", "cleo@example.com"])
    await made("POST", `${tenant}/invitations`, { email, roles: [{ role: "auditor" }] });
  const filters = ["one", "two"].map((name) => ({ name, contains: `/${name}` }));
  await made("PUT", `/v1/sources/${owner.source}/filters`, { filters });
});
after(() => house.stop());

/** What has the focus, in words; fails where nothing has it, or nobody sees it. */
async function focused(page, when) {
  // Where a page is slow, what had the focus is gone a while before the next thing has it.
  await page
    .waitForFunction(
      () => {
        const [element, now] = [document.activeElement, performance.now()];
        if (window.focusedLast?.element !== element) window.focusedLast = { element, since: now };
        return element !== document.body && now - window.focusedLast.since > 240;
      },
      undefined,
      { timeout: 15_000 },
    )
    .catch(() => assert.fail(`${when}: nothing has the focus`));
  const found = await page.evaluate(() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const seen = (one) => one != null && getComputedStyle(one).outlineStyle !== "none";
    // A box to tick is drawn beside the field that has the focus; a dialog, which covers all else, is its own frame.
    const isSeen =
      seen(element) ||
      element.matches("[role=dialog], [role=alertdialog]") ||
      seen(element.closest("label")?.querySelector("[class*=box]"));
    const isInside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    const name = element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 60);
    return { isSeen, isInside: isInside && element.checkVisibility(), name, what: element.outerHTML.slice(0, 120) };
  });
  assert.ok(found.what.startsWith("<body") === false, `${when}: nothing has the focus`);
  assert.ok(found.isInside, `${when}: what has the focus is out of sight: ${found.what}`);
  assert.ok(found.isSeen, `${when}: nobody sees what has the focus: ${found.what}`);
  return found.name;
}

/** What one look finds wrong with where the focus is, and what it is; nothing where it left the page. */
const stop = (page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const box = element.getBoundingClientRect();
    const seen = (one) => one != null && getComputedStyle(one).outlineStyle !== "none";
    const isSeen = seen(element) || seen(element.closest("label")?.querySelector("[class*=box]"));
    const isInside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
    // Nothing that sticks lies over the whole of it (WCAG 2.4.11).
    const corners = [0.02, 0.5, 0.98].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [x, y]));
    const isOpen = corners.some(([x, y]) => {
      const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
      return top && (element.contains(top) || top.contains(element));
    });
    const faults = [!isSeen && "has no outline", !isInside && "is out of sight", !isOpen && "is covered"].filter(
      Boolean,
    );
    if (!globalThis.stops) globalThis.stops = new Map();
    const isKnown = globalThis.stops.has(element);
    globalThis.stops.set(element, true);
    return { faults, isKnown, what: element.outerHTML.slice(0, 160) };
  });

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Opens a dialog, by the keyboard, and closes it again. */
async function throughDialog(page, name, press) {
  await press();
  const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
  await dialog.waitFor({ timeout: 10_000 }).catch(() => assert.fail(`${name} opens nothing`));
  await focused(page, `${name} is open`);
  assert.ok(
    await dialog.evaluate((one) => one.contains(document.activeElement)),
    `${name}: the focus is in the dialog`,
  );
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  return focused(page, `${name} is closed`);
}

async function pressed(page, name) {
  await button(page, name).first().focus();
  await page.keyboard.press("Enter");
}

const DIALOGS = {
  "/app/views": ["Change Errors"],
  "/app/sources": ["New source"],
  "/app/sources/SOURCE": ["New key", "Rotate read", "Revoke read", "New filter", "New archive"],
  "/app/alerts/destinations": ["New destination"],
  "/app/people": ["Invite somebody", "Revoke the invitation of ben@example.com"],
  "/app/roles": ["New role"],
  "/app/service-accounts": ["New service account"],
  "/app/me": ["Add a passkey", "Change passphrase", "Turn on one-time codes"],
  "/app/audit": ["Witnesses", "Times in UTC"],
};

test("a dialog has the focus while it is open, and what opened it afterwards", async () => {
  const page = await open(house, owner);
  for (const [path, names] of Object.entries(DIALOGS)) {
    await page.goto(`${house.origin}${path.replace("SOURCE", owner.source)}`);
    for (const name of names) {
      await button(page, name).first().waitFor();
      assert.equal(
        await throughDialog(page, name, () => pressed(page, name)),
        name,
        `${name}: its button has the focus`,
      );
    }
  }
  await page.goto(`${house.origin}/app/logs`);
  await rows(page).first().waitFor();
  for (const entry of ["Time zone …", "Download records …", "Save this view …"]) {
    await throughDialog(page, entry, async () => {
      await pressed(page, "View and download");
      await page.getByRole("menuitem", { name: entry }).focus();
      await page.keyboard.press("Enter");
    });
  }
  await page.getByRole("treegrid").focus();
  await page.keyboard.press("j");
  for (const keys of ["?", "Control+k", "c"]) await throughDialog(page, keys, () => page.keyboard.press(keys));
  await page.leave();
});

const SCREENS = [
  "/app/logs",
  "/app/logs?live=on",
  "/app/views",
  "/app/sources",
  "/app/sources/SOURCE",
  "/app/sources/SOURCE/pipeline",
  "/app/alerts",
  "/app/alerts/new",
  "/app/alerts/destinations",
  "/app/access",
  "/app/people",
  "/app/roles",
  "/app/service-accounts",
  "/app/sign-in-rules",
  "/app/security",
  "/app/security/statements",
  "/app/security/own",
  "/app/security/template",
  "/app/keys",
  "/app/audit",
  "/app/jobs",
  "/app/jobs/import",
  "/app/me",
];
const STOPS_MAX = 70;

test("each stop of the Tab key is seen, on each screen", async () => {
  const page = await open(house, owner);
  const faults = [];
  for (const path of SCREENS) {
    await page.goto(`${house.origin}${path.replace("SOURCE", owner.source)}`);
    await page.getByRole("navigation", { name: "Console" }).waitFor();
    await page.locator("main h1, main [role=treegrid], main h2").first().waitFor();
    // What comes later would move what has the focus meanwhile.
    await page.waitForTimeout(700);
    // From the first stop on, wherever a screen begins.
    await page.getByText("Skip to the content").focus();
    let count = 0;
    for (; count < STOPS_MAX; count += 1) {
      await page.keyboard.press("Tab");
      const found = await stop(page);
      if (!found || found.isKnown) break;
      for (const fault of found.faults) faults.push(`${path}, stop ${count + 1} ${fault}: ${found.what}`);
    }
    assert.ok(count > 10, `${path} has ${count} stops`);
  }
  assert.deepEqual(faults, []);
  await page.leave();
});

test("the way to each place leads to its content, and so does a link within", async () => {
  const page = await open(house, owner);
  for (const keys of ["v", "s", "w", "a", "p", "i", "c", "k", "t", "j", "l"]) {
    const before = page.url();
    await page.keyboard.press("g");
    await page.keyboard.press(keys);
    await page.waitForURL((url) => url.href !== before);
    await focused(page, `g ${keys}`);
  }
  for (const [path, name] of [
    ["/app/sources", "first"],
    ["/app/views", "Errors"],
    ["/app/people", "Ada Lovelace"],
    ["/app/people", "Roles"],
    ["/app/keys", "first"],
  ]) {
    await page.goto(`${house.origin}${path}`);
    const before = page.url();
    const link = page.getByRole("main").getByRole("link", { name, exact: true });
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.href !== before);
    await focused(page, `${name} of ${path}`);
    await page.goBack();
    await link.waitFor();
    await focused(page, `back to ${path}`);
  }
  // By name, and with the mouse.
  await page.keyboard.press("Control+k");
  await page.getByLabel("Where to, or what to do").fill("audit");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Audit trail" }).waitFor();
  await focused(page, "by name");
  await page.setViewportSize({ width: 390, height: 844 });
  await pressed(page, "More");
  await page.getByRole("dialog").getByRole("link", { name: "Jobs" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Jobs", exact: true }).waitFor();
  await focused(page, "by the bar of a telephone");
  await page.leave();
});

test("whoever moves among records does so in those of the next search, and by the same keys meanwhile", async () => {
  const page = await open(house, owner);
  const grid = page.getByRole("treegrid");
  const isInGrid = (when) =>
    page
      .waitForFunction(() => document.activeElement?.role === "treegrid", undefined, { timeout: 5_000 })
      .catch(() => assert.fail(`${when}: the rows have the focus`));
  await grid.focus();
  for (const key of ["r", "[", "]"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(300);
    await rows(page).first().waitFor();
    await isInGrid(key);
  }
  let answer;
  const held = new Promise((done) => (answer = done));
  await page.route("**/search?*", async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.press("[");
  await button(page, "Stop").waitFor();
  // The rows are gone before the screen has taken it.
  const meanwhile = page.getByRole("main").and(page.locator(":focus"));
  await meanwhile.waitFor({ timeout: 5_000 }).catch(() => assert.fail("the screen has the focus meanwhile"));
  answer();
  await isInGrid("a search that took long");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Only where service is this" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/service/);
  await isInGrid("another condition");
  await page.leave();
});

test("what stands in the place of a row that is gone has the focus, and at the end what can be done next", async () => {
  const page = await open(house, owner, "/app/logs");
  const gone = async (path, name, confirm) => {
    await page.goto(`${house.origin}${path}`);
    await pressed(page, name);
    if (confirm) {
      await page.getByRole("dialog").or(page.getByRole("alertdialog")).waitFor();
      await page.getByRole("dialog").or(page.getByRole("alertdialog")).getByRole("button", { name: confirm }).focus();
      await page.keyboard.press("Enter");
    }
    await button(page, name).waitFor({ state: "detached" });
    return focused(page, `${name} is done`);
  };
  const source = `/app/sources/${owner.source}`;
  assert.equal(await gone(source, "Remove one"), "Search for it: two");
  assert.equal(await gone(source, "Remove two"), "New filter");
  await gone("/app/views", "Delete Errors");
  await gone("/app/views", "Delete Requests");
  await gone("/app/people", "Revoke the invitation of ben@example.com", "Revoke invitation");
  await gone("/app/people", "Revoke the invitation of cleo@example.com", "Revoke invitation");
  await gone(source, "Revoke read", "Revoke key");
  // What works for a moment has the focus again; what then has nothing to do gives it on.
  await page.goto(`${house.origin}/app/me`);
  await page.getByLabel("Name", { exact: true }).fill("Ada King");
  await pressed(page, "Save name");
  await button(page, "AK, your account").waitFor();
  await focused(page, "the name is saved");
  await page.leave();
});
