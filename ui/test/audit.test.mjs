// The audit trail, and its proofs: what does not fit is found out in the browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, [{ message: "one" }]);
  for (let time = 0; time < 3; time += 1)
    await house.ask("GET", `/v1/sources/${owner.source}/search?q=one`, { key: owner.readKey });
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** How each entry ended is in sight without scrolling sideways, at each width. */
async function wholeTable(page, when) {
  for (const width of [1024, 1280, 1536, 1920]) {
    await page.setViewportSize({ width, height: 900 });
    const hidden = await page
      .getByRole("region", { name: "Entries" })
      .evaluate((one) => (one.clientWidth ? one.scrollWidth - one.clientWidth : 0));
    assert.equal(hidden, 0, `columns are cut off at ${width} px, ${when}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

const trail = () => `/v1/tenants/${owner.tenant}/audit`;

test("an entry is found, proved step by step, and named by those who did it", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/audit");
  await page.getByText("checked here").waitFor();
  await looksWell(page, "audit");
  await wholeTable(page, "alone");
  await page
    .getByRole("row", { name: /records read/ })
    .first()
    .waitFor();

  const signedIn = page.getByRole("row", { name: /signed in/ }).first();
  assert.match(await signedIn.innerText(), /by passphrase/);
  await page.getByRole("searchbox").fill("retention");
  await button(page, "Look").click();
  await page.getByRole("row", { name: /source created/ }).waitFor();
  assert.equal(await page.getByRole("row", { name: /records read/ }).count(), 0, "only what matches is shown");
  await page.getByRole("searchbox").fill("nothing is called that");
  await button(page, "Look").click();
  await page.getByRole("heading", { name: "No entry matches" }).waitFor();
  await page.getByText("checked here").waitFor();
  await button(page, "Witnesses").waitFor();
  await page.goto(`${house.origin}/app/audit?event=source_created`);
  await page
    .getByRole("row", { name: /source created/ })
    .getByRole("link")
    .click();
  await button(page, "Check in this browser").click();
  await page.getByText("All of it was computed here").waitFor();
  await looksWell(page, "audit-proof");
  assert.equal(await page.getByText("does not fit").count(), 0);
  await wholeTable(page, "beside an open entry");
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "detached" });
  // With the keyboard alone, and on a telephone.
  await page.setViewportSize({ width: 390, height: 844 });
  await page
    .getByRole("row", { name: /source created/ })
    .getByRole("link")
    .focus();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary").and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Escape");
  await page
    .getByRole("row", { name: /source created/ })
    .locator(":focus")
    .waitFor();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.leave();
});

test("times of the trail are in the zone that was chosen, and are there to be turned", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/audit?event=source_created");
  const time = page
    .getByRole("row", { name: /source created/ })
    .getByRole("time")
    .first();
  const at = await time.getAttribute("datetime");
  const shown = (zone) =>
    new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: zone }).format(new Date(at));
  assert.equal(await time.innerText(), shown("UTC"));
  await button(page, "Times in UTC").click();
  await page.getByRole("button", { name: /Times are shown in/ }).click();
  await page.getByRole("option", { name: "Asia/Tokyo", exact: true }).click();
  await button(page, "Close").click();
  await page.getByRole("columnheader", { name: "Time (Asia/Tokyo)" }).waitFor();
  assert.equal(await time.innerText(), shown("Asia/Tokyo"));
  await page
    .getByRole("row", { name: /source created/ })
    .getByRole("link")
    .click();
  await page
    .getByRole("complementary")
    .getByText(`${shown("Asia/Tokyo")} Asia/Tokyo`)
    .waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("u");
  await page.getByRole("columnheader", { name: "Time (UTC)" }).waitFor();
  assert.equal(await time.innerText(), shown("UTC"));
  await page.leave();
});

test("a proof with another hash, an altered entry and another signature do not hold", async () => {
  const page = await house.person();
  // What lies between the server and the screen changes an answer.
  await page.addInitScript(() => {
    const honest = globalThis.fetch;
    const flip = (text) => (text[0] === "A" ? "B" : "A") + text.slice(1);
    const told = (change) => async (answer) => Response.json(change(await answer.json()));
    const LIES = {
      hash: [
        "/proof?entry=",
        told((proved) => ({ ...proved, proof: [flip(proved.proof[0]), ...proved.proof.slice(1)] })),
      ],
      signature: [
        "/proof?entry=",
        // The first four bytes name the key.
        told((proved) => ({
          ...proved,
          checkpoint: proved.checkpoint.replace(/(?<=\u2014 \S+ \S{8}).+/, (rest) => flip(rest)),
        })),
      ],
      entry: [
        "/log/tile/entries/",
        async (answer) => {
          const bytes = new Uint8Array(await answer.arrayBuffer());
          const at = new TextDecoder("latin1").decode(bytes).indexOf("source_created");
          bytes[at] ^= 1;
          return new Response(bytes);
        },
      ],
    };
    globalThis.fetch = async (path, options) => {
      const answer = await honest(path, options);
      const [where, change] = LIES[localStorage.getItem("lie")] ?? [];
      return where && String(path).includes(where) ? change(answer) : answer;
    };
  });
  await house.signIn(page, owner, "/app/audit?event=source_created");
  await page
    .getByRole("row", { name: /source created/ })
    .getByRole("link")
    .click();
  for (const [lie, said] of [
    ["hash", "The computed root is the checkpoint's"],
    ["signature", "The checkpoint is signed"],
    ["entry", "The table shows what the log holds"],
  ]) {
    await page.evaluate((lie) => localStorage.setItem("lie", lie), lie);
    await page.reload();
    await button(page, "Check in this browser").click();
    await page.getByText("The proof does not hold").waitFor();
    await page.getByRole("listitem").filter({ hasText: "does not fit" }).getByText(said).waitFor();
  }
  await page.evaluate(() => localStorage.removeItem("lie"));
  await page.reload();
  await button(page, "Check in this browser").click();
  await page.getByText("All of it was computed here").waitFor();
  await page.leave();
});

test("a log that does not begin with what was seen is found out, and stays so until somebody says otherwise", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/audit");
  await page.getByText("checked here").waitFor();
  // As if this browser had seen another history: the same size with another root.
  await page.evaluate((base) => {
    const place = `blockhouse-trail:${base}`;
    const kept = JSON.parse(localStorage.getItem(place));
    const lines = kept.note.split("\n");
    lines[2] = btoa("x".repeat(32));
    localStorage.setItem(place, JSON.stringify({ ...kept, note: lines.join("\n") }));
  }, trail());
  await page.reload();
  await page.getByText("This log is not what this browser saw before").waitFor();
  await page.getByText("history was rewritten").waitFor();
  await looksWell(page, "audit-broken");
  await page.reload();
  await page.getByText("This log is not what this browser saw before").waitFor();
  await button(page, "Begin anew with what the server gives").click();
  await button(page, "Forget what was seen").click();
  await page.getByText("checked here").waitFor();
  await page.leave();
});

test("the trail is saved as a file, with what was looked for", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/audit?event=source_created");
  await button(page, "Download ▾").click();
  const saved = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: /NDJSON/ }).click();
  const stream = await (await saved).createReadStream();
  const text = (await stream.toArray()).join("");
  const told = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).event.type);
  assert.deepEqual(told, ["source_created"]);
  await page.leave();
});

test("whoever may not read the trail is told which permission is missing", async () => {
  const invited = await house.ask("POST", `/v1/tenants/${owner.tenant}/invitations`, {
    key: owner.session,
    body: { email: "ben@example.com", roles: [{ role: "member" }] },
  });
  assert.equal(invited.status, 201, invited.text);
  const invitation = JSON.parse(invited.text).link.split("#")[1];
  const joined = await house.ask("POST", "/v1/invitations/accept", { body: { invitation, name: "Ben", token: true } });
  const key = JSON.parse(joined.text).token;
  const passphrase = "nine dry ferrets paint radios";
  assert.equal((await house.ask("PUT", "/v1/me/passphrase", { key, body: { passphrase } })).status, 204);
  const page = await house.person();
  await house.signIn(page, { email: "ben@example.com", passphrase }, "/app/audit");
  await page.getByRole("heading", { name: "You may not see the audit trail" }).waitFor();
  await page.getByText("audit:read").waitFor();
  await looksWell(page, "audit-not-allowed");
  await page.leave();
});

test("on a telephone an entry is opened by a tap anywhere on its card", async () => {
  const page = await house.person();
  await page.setViewportSize({ width: 390, height: 844 });
  await house.signIn(page, owner, "/app/audit");
  const entry = page.getByRole("region", { name: "Entries" }).locator("tbody tr").first();
  const number = await entry.getByRole("link").innerText();
  await entry.click();
  await page.getByRole("heading", { name: `Entry ${number}` }).waitFor();
  await page.goBack();
  await entry.getByRole("link").click();
  await page.getByRole("heading", { name: `Entry ${number}` }).waitFor();
  await page.leave();
});
