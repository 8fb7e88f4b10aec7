// The live tail: what comes is shown, held, or counted, whatever somebody does and whatever breaks meanwhile.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { HOSTILE, hour } from "./corpus.mjs";
import { House } from "./house.mjs";
import { open, settled } from "./logs.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, hour(300));
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const bar = (page) => page.getByRole("group", { name: "Live tail" });
const held = (page) => page.getByText("Held", { exact: true });
const following = (page) => page.getByText("Following").waitFor();
const fresh = (from, count) =>
  Array.from({ length: count }, (_, at) => ({ level: "info", service: "live", message: `live ${from + at}` }));

test("a live tail follows, is held without losing, and goes on", async () => {
  const page = await open(house, owner);
  await button(page, "Live").click();
  await following(page);
  await page.getByText("0 dropped").waitFor();
  await house.send(owner, fresh(0, 3));
  await page.getByRole("treegrid").getByText("live 2", { exact: true }).waitFor();
  await looksWell(page, "logs-live");

  await page.keyboard.press("Space");
  await held(page).waitFor();
  await house.send(owner, fresh(3, 400));
  await page.getByText("400 new").waitFor();
  assert.equal(
    await page.getByRole("treegrid").getByText("live 3", { exact: true }).count(),
    0,
    "a held tail stands still",
  );
  await looksWell(page, "logs-held");
  await page.keyboard.press("End");
  await page.getByRole("treegrid").getByText("live 402", { exact: true }).waitFor();
  await following(page);

  // To scroll up is to hold.
  await page.getByRole("treegrid").hover();
  await page.mouse.wheel(0, -200);
  await held(page).waitFor();
  await settled(page);
  await button(page, "Resume").click();
  await following(page);

  // So is any other scroll that the view did not make, as by its bar.
  await page.getByRole("treegrid").evaluate((grid) => grid.scrollBy(0, -300));
  await held(page).waitFor();
  await settled(page);
  await page.keyboard.press("End");
  await following(page);
  await house.send(owner, fresh(403, 100));
  await page.getByRole("treegrid").getByText("live 502", { exact: true }).waitFor();
  await following(page);

  // A link to a record of the tail leads to it.
  await page.keyboard.press("j");
  await page.keyboard.press("l");
  await page.getByText("Link copied").waitFor();
  // What is said of it covers nothing of the tail's bar.
  const [said, own] = await Promise.all([page.getByText("Link copied").boundingBox(), bar(page).boundingBox()]);
  assert.ok(said.y + said.height <= own.y, `${said.y + said.height} is below ${own.y}`);
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  const at = link.searchParams.get("at");
  const [record] = JSON.parse(
    (
      await house.ask(
        "GET",
        `/v1/sources/${owner.source}/search?${new URLSearchParams({ from: link.searchParams.get("from"), to: link.searchParams.get("to"), limit: 1000 })}`,
        { key: owner.readKey },
      )
    ).text,
  ).records.filter((one) => one.id === at);
  assert.match(record?.message ?? "", /^live/, "the time of the link holds the record");
  await page.keyboard.press("End");

  // More at once than is sent: what is left out is said.
  await house.send(owner, fresh(1_000, 20_000));
  await page.getByText(/^[1-9][\d,]* dropped$/).waitFor();
  await page.getByRole("treegrid").getByText("live 20999", { exact: true }).waitFor();
  await button(page, "Stop").click();
  // What came meanwhile is among what is searched then.
  await page.getByText("20,803 events, exact").waitFor();
  await page.getByRole("treegrid").getByText("live 20999", { exact: true }).waitFor();
  await page.leave();
});

test("the fields of a tail are those of the rows shown, and to choose a time is to stop following", async () => {
  const page = await open(house, owner, "/app/logs?live=on&q=service:counted");
  await following(page);
  const panel = page.getByRole("complementary", { name: "Fields" });
  await panel.getByText("of the 0 rows shown").waitFor();
  await panel.getByText("No row is shown yet.").waitFor();
  const records = Array.from({ length: 400 }, (_, at) => ({
    service: "counted",
    code: at ? 200 : 500,
    message: `c ${at}`,
  }));
  await house.send(owner, records);
  await panel.getByText("of the 400 rows shown").waitFor();
  await panel.getByRole("button", { name: /^code/ }).click();
  await panel.getByText("400 of 400 have it, 2 values").waitFor();
  // One of 400 is not nothing, and 399 of 400 are not all.
  await panel.getByText("<1 %", { exact: true }).waitFor();
  await panel.getByText(">99 %", { exact: true }).waitFor();
  assert.equal(await panel.getByText("exact").count(), 0, "nothing older is called exact");
  await looksWell(page, "logs-live-fields");

  await page.getByRole("button", { name: /From now on/ }).click();
  await page.getByRole("option", { name: "Last 6 hours" }).click();
  await page.getByText("No longer followed: the time that you chose is searched").waitFor();
  await page.getByText("400 events, exact").waitFor();
  assert.equal(new URL(page.url()).searchParams.get("live"), null);
  await panel.getByText("exact", { exact: true }).waitFor();
  await page.leave();
});

test("to select text holds the tail, and opens nothing", async () => {
  const page = await open(house, owner, "/app/logs?live=on&q=service:live");
  await following(page);
  await house.send(owner, fresh(0, 3));
  const message = page.getByRole("treegrid").getByText("live 2", { exact: true });
  const box = await message.boundingBox();
  await page.mouse.move(box.x + 1, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await held(page).waitFor();
  assert.match(await page.evaluate(() => document.getSelection().toString()), /live/);
  assert.equal(await page.getByRole("tab", { name: "JSON" }).count(), 0);
  await house.send(owner, fresh(3, 5));
  await page.getByText("5 new").waitFor();
  assert.match(await page.evaluate(() => document.getSelection().toString()), /live/, "what was selected stays so");
  await page.leave();
});

test("a tail that nobody looks at for 30 minutes stops, and continues from there without a gap", async () => {
  const page = await house.person();
  await page.clock.install();
  await house.signIn(page, owner, "/app/logs?live=on&q=service:live");
  await following(page);
  await house.send(owner, fresh(0, 2));
  const grid = page.getByRole("treegrid");
  await grid.getByText("live 1", { exact: true }).waitFor();
  // So that what was shown is accounted for.
  await page.waitForTimeout(2_500);
  const hide = (isHidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await hide(true);
  await page.clock.fastForward("29:00");
  await page.waitForTimeout(500);
  assert.equal(await page.getByText("nobody looked for 30 minutes").count(), 0);
  await page.clock.fastForward("01:01");
  await bar(page).getByText("Stopped: nobody looked for 30 minutes").waitFor();
  await house.send(owner, fresh(2, 7));
  await hide(false);
  await page.waitForTimeout(1_000);
  assert.equal(await grid.getByText("live 2", { exact: true }).count(), 0, "it is stopped");
  await looksWell(page, "logs-live-stopped");
  await button(page, "Continue from here").click();
  await grid.getByText("live 8", { exact: true }).waitFor();
  await following(page);
  assert.equal(await grid.getAttribute("aria-rowcount"), "9", "each once, and none missing");
  await page.leave();
});

test("a query that cannot be read is marked at its place while following, too", async () => {
  const page = await open(house, owner, "/app/logs?live=on&q=level:error+status:>>5");
  await page.locator("mark").waitFor();
  assert.equal(await page.locator("mark").innerText(), ">>");
  await bar(page).getByText("The query cannot be read").waitFor();
  await looksWell(page, "logs-live-wrong-query");
  await page.leave();
});

test("under load, held and over a broken connection, each record is shown, held or counted", async () => {
  const page = await house.person();
  await page.addInitScript(() => {
    const { fetch } = globalThis;
    globalThis.fetch = (path, options) => {
      if (!/\/tail\?/.test(path)) return fetch(path, options);
      const breaks = new AbortController();
      globalThis.breakTail = () => breaks.abort();
      return fetch(path, { ...options, signal: AbortSignal.any([options.signal, breaks.signal]) });
    };
  });
  await house.signIn(page, owner, "/app/logs?live=on&q=service:load");
  await following(page);
  let sent = 0;
  const send = async (count) => {
    await house.send(
      owner,
      Array.from({ length: count }, () => ({ service: "load", message: `load ${sent++}` })),
    );
  };
  const number = async (pattern) => {
    const said = (await bar(page).locator(":scope > span:not([role])").allInnerTexts()).join("\n");
    return Number((pattern.exec(said)?.[1] ?? "0").replaceAll(",", ""));
  };
  const account = async () => ({
    shown: Number(await page.getByRole("treegrid").getAttribute("aria-rowcount")),
    held: await number(/([\d,]+) new/),
    dropped: await number(/([\d,]+) dropped/),
    letGo: await number(/([\d,]+) older ones/),
    counted: await number(/([\d,]+) were counted only/),
  });
  const settles = async (what) => {
    let parts;
    for (let look = 1; look <= 100; look += 1) {
      parts = await account();
      if (Object.values(parts).reduce((sum, part) => sum + part) === sent) return parts;
      await page.waitForTimeout(250);
    }
    return assert.fail(`${what}: ${JSON.stringify(parts)} is not ${sent}`);
  };
  for (let round = 0; round < 4; round += 1) await send(5_000);
  assert.ok((await settles("following")).dropped > 0);
  await page.keyboard.press("Space");
  await held(page).waitFor();
  for (let round = 0; round < 3; round += 1) await send(3_000);
  assert.ok((await settles("held")).held > 0);

  await send(4_000);
  // Records were sent and left out since the last heartbeat, which nobody tells any more.
  await page.route("**/tail?*", (route) => route.abort());
  await page.evaluate(() => globalThis.breakTail());
  await page.getByText(/Connection lost/).waitFor();
  for (let round = 0; round < 5; round += 1) await send(5_000);
  await page.unroute("**/tail?*");
  await settles("after the connection broke");
  await page.keyboard.press("End");
  const end = await settles("resumed");
  assert.equal(end.shown, 5_000);
  assert.ok(end.counted > 0, "there was no room for all");
  await page.getByRole("treegrid").getByText("records came here while the tail was held").waitFor();
  await looksWell(page, "logs-live-account");
  await page.leave();
});

test("hostile text stays text while it is followed", async () => {
  const page = await open(house, owner, "/app/logs?live=on&q=service:hostile");
  await following(page);
  await house.send(owner, HOSTILE);
  const grid = page.getByRole("treegrid");
  await grid.getByText("<script>globalThis.harmed = 1</script>").waitFor();
  await grid.getByText("⟨202E⟩").first().waitFor();
  await grid.getByText("⟨00⟩").first().waitFor();
  await looksWell(page, "logs-hostile-live");
  await page.keyboard.press("w");
  await page.waitForURL(/wrap=on/);
  await house.send(owner, HOSTILE);
  await grid.getByText("names", { exact: true }).nth(1).waitFor();
  await following(page);
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined);
  await page.leave();
});
