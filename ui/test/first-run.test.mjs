// From the link of a new server to the first log seen, and back in with a passkey.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { request as plainly } from "node:http";
import { after, before, test } from "node:test";
import { connect as tls } from "node:tls";
import { codeOf, House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
/** Of the recovery kit, as the wizard shows them. */
let words;
before(async () => {
  house = await House.open();
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Hides the tab, or shows it again. */
const turn = (page, state) =>
  page.evaluate((state) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => state === "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);

/** Takes the recovery kit, in all its forms, and types one of its words back. */
async function keepsKit(page) {
  await page.getByRole("heading", { name: "Keep the root key" }).waitFor();
  await looksWell(page, "setup-root-key");
  await button(page, "Show the recovery kit").click();
  const list = page.getByRole("list", { name: "Words of the kit" }).getByRole("listitem");
  await list.first().waitFor();
  words = await list.allInnerTexts();
  assert.equal(words.length, 24);
  await looksWell(page, "setup-kit");

  const download = page.waitForEvent("download");
  await button(page, "Download the kit").click();
  const text = await readFile(await (await download).path(), "utf8");
  assert.match((await download).suggestedFilename(), /^blockhouse-recovery-kit-[\da-f]{4}\.txt$/);
  for (const [place, word] of words.entries()) assert.match(text, new RegExp(`\\b${place + 1} ${word}\\b`));
  assert.ok(text.includes("blockhouse root-key restore") && text.includes(house.origin));

  // On paper are the words, whose they are and the way back, and nothing to press.
  await page.emulateMedia({ media: "print" });
  await page.getByText(words[0], { exact: true }).first().waitFor();
  await page.getByText("blockhouse root-key restore").waitFor();
  assert.ok(
    !(await button(page, "Print the kit").isVisible()) && !(await button(page, "I have kept the words").isVisible()),
  );
  await page.emulateMedia({ media: null });

  await button(page, "I have kept the words").click();
  await page.getByRole("heading", { name: "Can your copy be read?" }).waitFor();
  assert.equal(await list.count(), 0, "no word is to be seen while one is asked for");
  await button(page, "Show the words again").click();
  assert.deepEqual(await list.allInnerTexts(), words);
  await button(page, "I have kept the words").click();
  const field = page.getByLabel(/^Word \d+ of your copy$/);
  const place = Number(/\d+/.exec(await page.getByText(/^Word \d+ of your copy$/).innerText())[0]);
  assert.ok(await button(page, "Continue").isDisabled());
  await field.fill("nothing");
  await button(page, "Continue").click();
  await page.getByText(`This is not word ${place}.`).waitFor();
  await looksWell(page, "setup-kit-wrong-word");
  await field.fill(` ${words[place - 1].toUpperCase()}`);
  await button(page, "Continue").click();
}

test("a new server is set up, its first log is waited for, and its owner comes back with a passkey", async () => {
  const page = await house.person();
  await house.device(page);
  await page.goto(house.link);
  await page.getByRole("heading", { name: "Is this your server?" }).waitFor();
  assert.equal(page.url(), `${house.origin}/app/setup`, "the token is neither in the address nor in the history");
  await looksWell(page, "setup-compare");
  await button(page, "It does not match").click();
  await page.getByRole("heading", { name: "Stop here" }).waitFor();
  await button(page, "Look again").click();
  await button(page, "It matches").click();

  // All that is missing is marked at once, and whoever sent it goes on at the first of it.
  await page.getByLabel("First source").fill("");
  await button(page, "Create account").click();
  const marked = page.locator("input[aria-invalid=true]");
  await marked.nth(3).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("autocomplete")), "name");
  await looksWell(page, "setup-you-missing");
  await page.getByLabel("First source").fill("first");
  await page.getByLabel("Your name").fill("Ada Lovelace");
  assert.equal(await marked.count(), 2, "what was entered is not wrong any more");
  await page.getByLabel("E-mail").fill("not an address");
  await page.getByLabel("Organization").fill("Acme");
  await button(page, "Create account").click();
  await page.getByText("address", { exact: false }).first().waitFor();
  assert.equal(
    await page.getByLabel("E-mail").getAttribute("aria-invalid"),
    "true",
    "the field says what is wrong with it",
  );
  await looksWell(page, "setup-you");
  await page.getByLabel("E-mail").fill("ada@example.com");
  await button(page, "Create account").click();

  const ways = page.getByRole("heading", { name: "How do you sign in from now on?" });
  await ways.waitFor();
  await looksWell(page, "setup-ways");
  // The token is gone with a reload, and the account is there.
  await page.reload();
  await ways.waitFor();
  await button(page, "Make a passkey").click();
  await keepsKit(page);
  // The key that the setup made is gone from the screen, and may be in use.
  await page.getByText("Waiting for the next event from anything that sends to").waitFor();
  await page.reload();
  await page.getByText("A recovery kit was given out already").waitFor();
  await page.getByRole("region", { name: "command for a kit" }).getByText("blockhouse root-key kit").waitFor();
  await looksWell(page, "setup-kit-taken");
  await button(page, "Continue").click();
  const curl = page.getByRole("region", { name: "curl snippet" });
  await curl.getByText("Bearer YOUR_WRITE_KEY").waitFor();
  await looksWell(page, "setup-no-key");
  await button(page, "Make a write key").click();

  await curl.getByText(/Bearer bh_write_/).waitFor();
  await page.getByText("Waiting for the next event from anything that sends to").waitFor();
  await looksWell(page, "setup-first-log");
  const snippet = await page.getByRole("region", { name: "curl snippet" }).innerText();
  const [, source] = /\/sources\/(\w+)\/frames/.exec(snippet);
  const [, writeKey] = /Bearer (\w+)/.exec(snippet);
  assert.ok(snippet.includes("--cacert") && !/\s-k\b/.test(snippet), snippet);

  // What is refused is listed, and is not taken for a first log.
  await page.waitForResponse((answer) => answer.url().endsWith("/refusals"));
  const frames = `/sources/${source}/frames`;
  assert.equal((await house.ask("POST", frames, { key: writeKey, body: '{"message":' })).status, 400);
  assert.equal((await house.ask("POST", frames, { key: writeKey.replace("write", "read"), body: "{}" })).status, 401);
  const refused = page.getByRole("list", { name: "Refused attempts" });
  await refused.getByText("key_malformed").waitFor();
  await refused.getByText(/byte \d+/).waitFor();
  await refused.getByText("truncated_json").waitFor();
  await looksWell(page, "setup-refused");
  assert.ok(!(await page.getByText(/^An event arrived/).isVisible()));

  // So is what never came as far as a key.
  await new Promise((done) => plainly({ port: house.port, path: frames, method: "POST" }, done).end("{}"));
  await new Promise((done) =>
    tls({ port: house.port, servername: "localhost", maxVersion: "TLSv1.2" }).on("error", done),
  );
  await new Promise((done) => execFile("curl", ["--silent", house.origin], { env: { PATH: process.env.PATH } }, done));
  const turnedAway = page.getByRole("list", { name: "Connections that were turned away" });
  await turnedAway.getByText("Send to https://").waitFor();
  await turnedAway.getByText("The client needs TLS 1.3").waitFor();
  await turnedAway.getByText("(unknown_ca)").waitFor();
  await turnedAway.getByText("curl --cacert ca.crt").waitFor();
  await looksWell(page, "setup-turned-away");

  // What arrives while nobody looks is seen by whoever comes back, and it steers no direction of writing.
  const stopped = page.waitForEvent("requestfailed", (request) => request.url().includes("/tail"));
  await turn(page, "hidden");
  await stopped;
  await house.send({ source, writeKey }, [{ level: "info", message: "hello <b>from</b> Ada \u202egnp.exe" }]);
  await turn(page, "visible");
  await page.getByText("hello <b>from</b> Ada ⟨202E⟩gnp.exe").waitFor();
  await looksWell(page, "setup-first-event");
  await button(page, "See it in Logs").click();
  await page.getByRole("treegrid").getByText("hello <b>from</b> Ada").waitFor();
  assert.match(page.url(), /\/app\/logs\?s=/);

  // Whoever is not signed out is told so, and stays.
  const signOut = async () => {
    await page.getByRole("button", { name: /your account/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
  };
  await page.route("**/v1/sign-out", (route) => route.abort());
  await signOut();
  await page.getByText("You are still signed in.").waitFor();
  assert.match(page.url(), /\/app\/logs/);
  await page.unroute("**/v1/sign-out");
  await signOut();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await looksWell(page, "sign-in");
  await button(page, "Use a passkey").click();
  await page.getByRole("treegrid").getByText("hello <b>from</b> Ada").waitFor();
  await page.leave();
});

test("an operator shows that the words of the kit open the installation", async () => {
  const page = await house.operator();
  await page.goto(`${house.origin}/app/system`);
  const panel = page.getByRole("region", { name: "Root key" });
  await panel.getByText("by Ada Lovelace").waitFor();
  await panel.getByText("not tested").waitFor();
  await looksWell(page, "system");
  await button(panel, "Test recovery").click();
  const dialog = page.getByRole("dialog", { name: "Test recovery" });
  const field = dialog.getByLabel("The 24 words");
  assert.ok(await button(dialog, "Test recovery").isDisabled());
  for (const [typed, said] of [
    [words.slice(0, 23).join(" "), "There are 23 words, and a kit has 24."],
    [`${"zoo ".repeat(23)}vote`, "another root key"],
  ]) {
    await field.fill(typed);
    await button(dialog, "Test recovery").click();
    await dialog.getByRole("alert").getByText(said).waitFor();
  }
  await dialog.getByText("24 of 24 are there.").waitFor();
  await looksWell(page, "test-recovery");
  await field.fill(words.map((word, place) => `${place + 1}. ${word}`).join("\n"));
  await button(dialog, "Test recovery").click();
  await page.getByText("The words are right").waitFor();
  await panel.getByText("by Olga").waitFor();
  assert.equal(await panel.getByText("not tested").count(), 0);
  await page.leave();
});

test("a passphrase is set up with one-time codes and recovery codes, which cannot be kept before they are there", async () => {
  const other = await House.open();
  const page = await other.person();
  await page.goto(other.link);
  await button(page, "It matches").click();
  for (const [label, value] of [
    ["Your name", "Ada Lovelace"],
    ["E-mail", "ada@example.com"],
    ["Organization", "Acme"],
  ])
    await page.getByLabel(label).fill(value);
  await button(page, "Create account").click();
  await button(page, "Use a passphrase instead").click();
  await page.getByLabel("Passphrase").fill("seven wet otters juggle turnips");
  await button(page, "Set passphrase").click();
  await page.getByRole("img", { name: "The secret as a QR code" }).waitFor();
  await looksWell(page, "setup-codes");
  const secret = await page.getByRole("region", { name: "secret for your app" }).innerText();
  await page.route("**/v1/me/recovery-codes", (route) => route.abort());
  await page.getByLabel("Code that the app shows").fill(codeOf(secret));
  await button(page, "Turn on one-time codes").click();
  await page.getByRole("alert").getByText("cannot be reached").waitFor();
  assert.equal(await button(page, "I have kept the codes").count(), 0, "there are none to keep");
  await looksWell(page, "setup-no-codes");
  await page.unroute("**/v1/me/recovery-codes");
  await button(page, "Try again").click();
  await page
    .getByRole("listitem")
    .filter({ hasText: /^\w{4,}-/ })
    .first()
    .waitFor();
  await looksWell(page, "setup-recovery");
  await button(page, "I have kept the codes").click();
  await button(page, "Show the recovery kit").waitFor();
  await button(page, "Continue without a kit").click();
  await page.getByText("Waiting for the first event").waitFor();
  await page.leave();
  await other.stop();
});

test("a passphrase that is wrong is refused without telling what was wrong", async () => {
  const page = await house.person();
  await page.goto(`${house.origin}/app/sources`);
  await page.getByLabel("E-mail").fill("ada@example.com");
  await page.getByLabel("Passphrase").fill("seven wet otters juggle turnips");
  await button(page, "Sign in").click();
  await page.getByRole("alert").waitFor();
  assert.ok(!/e-mail|unknown|passphrase is wrong/i.test(await page.getByRole("alert").innerText()));
  await page.leave();
});

test("the policy is the strict one, and hashed files are kept for ever", async () => {
  const index = await house.ask("GET", "/app/logs");
  const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
  assert.equal(index.headers["content-security-policy"], policy);
  assert.equal(index.headers["cache-control"], "no-cache");
  const [, script] = /src="(\/app\/assets\/[^"]+\.js)"/.exec(index.text);
  const file = await house.ask("GET", script);
  assert.equal(file.headers["cache-control"], "public, max-age=31536000, immutable");
  assert.equal(file.headers["content-type"], "text/javascript; charset=utf-8");
  assert.equal((await house.ask("GET", "/app/assets/not-there.js")).status, 404);
});
