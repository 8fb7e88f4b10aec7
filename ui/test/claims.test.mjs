// The claims board, what people sign, an organization's own page, a template, data keys and the machine's state.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
  await house.send(owner, [{ message: "one", level: "error" }, { message: "two" }]);
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const field = (page, name) => page.getByRole("textbox", { name });

const ROUND_MS = 180_000;

const TEMPLATE = `## Encryption

<!--- __Recommended for:__ every company. __Explanation:__ Says what is sealed. __Customization:__ none needed. --->

All backups are encrypted. We run on [Little Cloud | Big Cloud].

## Reports

<!--- __Recommended for:__ companies from Series A on. __Explanation:__ Tells where to write. __Customization:__ minor. --->

Write to security@DOMAIN.
`;

/** Shows who it is, with the passphrase, if that is asked for. */
async function prove(page) {
  const asked = page.getByRole("heading", { name: "Show that this is you" });
  if (await asked.isVisible()) {
    await page.getByLabel("Passphrase").fill(owner.passphrase);
    await button(page, "Check passphrase").click();
    await asked.waitFor({ state: "hidden" });
  }
}

test("the board shows each sentence with its state, and the browser proves its newest result", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/security");
  await page.getByText("signature checked here").waitFor();
  // The first round of checks takes a while; the board looks again by itself.
  const claim = page.getByRole("article").filter({ hasText: "✓ Verified" }).first();
  await claim.waitFor({ timeout: ROUND_MS });
  await claim.getByText("How it is looked at").click();
  await claim.getByRole("button", { name: "Check in this browser" }).click();
  await claim.getByText("All of it was computed here").waitFor();
  await looksWell(page, "claims-board");
  await page.getByRole("button", { name: /verified$/ }).click();
  await page.waitForURL(/state=verified/);
  await page.reload();
  await page.getByText("signature checked here").waitFor();
  assert.equal(await page.getByRole("article").filter({ hasText: "Could not be measured" }).count(), 0);
  await page.leave();
});

test("an overview that the log's key did not sign is not shown as one that it did", async () => {
  const page = await house.person();
  await page.addInitScript(() => {
    const honest = globalThis.fetch;
    globalThis.fetch = async (path, options) => {
      const answer = await honest(path, options);
      if (!String(path).endsWith("/security.json")) return answer;
      const told = await answer.json();
      const words = atob(told.payload).replace("speaks TLS", "speaks TLX");
      return Response.json({ ...told, payload: btoa(words) });
    };
  });
  await house.signIn(page, owner, "/app/security");
  await page.getByText("not signed with the log's key").waitFor();
  await page.getByText("Do not rely on what stands here").waitFor();
  await page.leave();
});

test("a template is answered, and a sentence of its draft becomes a claim", async () => {
  const page = await house.person();
  await house.device(page);
  await house.signIn(page, owner, "/app/security/template");
  await page.getByText("Markdown or text").waitFor();
  await page.locator("input[type=file]").setInputFiles({
    name: "page.md",
    mimeType: "text/markdown",
    buffer: Buffer.from(TEMPLATE),
  });
  await page.getByText("page.md").waitFor();
  await looksWell(page, "template-none");
  await button(page, "Read the template").click();
  await prove(page);
  await page.getByText("stand in the way of a draft").waitFor();
  await looksWell(page, "template");
  await page.getByRole("tab", { name: /^Linter/ }).click();
  await looksWell(page, "template-linter");
  await page.getByRole("tab", { name: "Questions" }).click();
  await page.getByLabel("Big Cloud").check();
  await field(page, /^Your domain/).fill("example.com");
  // Answers are not lost without a question.
  await page.getByRole("link", { name: "Audit trail" }).click();
  await page.getByRole("heading", { name: "Leave without keeping the answers?" }).waitFor();
  await button(page, "Cancel").click();
  assert.equal(await field(page, /^Your domain/).inputValue(), "example.com");
  await button(page, "Keep the answers").click();
  await prove(page);
  await page.getByText("nothing stands in the way").waitFor();
  await button(page, "See the draft").click();
  await page.getByText("Write to security@example.com.").waitFor();
  await looksWell(page, "template-draft");
  await page.getByRole("tab", { name: /^Beside the library/ }).click();
  await page.getByRole("article", { name: "TPL-BACKUP-4" }).waitFor();
  await looksWell(page, "template-differences");
  await page.getByRole("tab", { name: "Draft" }).click();
  await page.getByRole("button", { name: "Write as a claim: We run on Big Cloud." }).click();
  // The sentence waits until there is a page to say it on.
  await field(page, /^Name in the address/).fill("acme");
  await field(page, /^Who speaks there/).fill("Acme Ltd");
  await looksWell(page, "own-nothing");
  await button(page, "Name the page").click();
  await prove(page);
  await page.getByRole("heading", { name: "New claim" }).waitFor();
  assert.equal(await field(page, /^Sentence/).inputValue(), "We run on Big Cloud.");
  await page.leave();
});

test("each source shows its data keys by day", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/keys");
  await page.getByText("1 of 1 source has a data key that seals now").waitFor();
  await page.getByRole("link", { name: "first", exact: true }).waitFor();
  await page.getByRole("link", { name: "first: 1 key in the last 90 days; one seals now" }).click();
  await page.waitForURL(/source=/);
  await page.getByRole("row", { name: /^\d{8}-00 seals now/ }).waitFor();
  await page.getByText("None yet: nothing is past its retention.").waitFor();
  await looksWell(page, "keys-timeline");
  await page.leave();
});

test("an operator sees what runs here and signs for the installation, and an owner is told that they may not", async () => {
  const mine = await house.person();
  await house.signIn(mine, owner, "/app/system");
  await mine.getByRole("heading", { name: "You may not see the state of the installation" }).waitFor();
  assert.equal(await mine.getByRole("link", { name: "System" }).count(), 0, "what leads nowhere is not offered");
  await looksWell(mine, "system-not-allowed");
  await mine.leave();

  const page = await house.operator();
  await page.goto(`${house.origin}/app/`);
  await page.getByText("TLS 1.3 only").waitFor();
  assert.ok(page.url().endsWith("/app/system"), "where operators begin");
  const places = await page.getByRole("navigation", { name: "Console" }).getByRole("link").allInnerTexts();
  assert.deepEqual(places.slice(1), ["Security page", "Audit trail", "System"], "what leads nowhere is not offered");
  const [authority] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download ca.crt" }).click(),
  ]);
  assert.deepEqual([authority.suggestedFilename(), await authority.failure()], ["ca.crt", null]);
  await page.keyboard.press("Control+k");
  const found = page.getByRole("menu", { name: "Found" });
  await found.getByText("Claims that people sign").waitFor();
  assert.equal(await found.getByText("Roles", { exact: true }).count(), 0, "staff have no roles to look after");
  await looksWell(page, "palette-operator");
  await page.keyboard.press("Escape");
  await page.getByRole("region", { name: "Jobs under way" }).getByText("Uploading").waitFor();
  await looksWell(page, "system");
  await page.getByRole("link", { name: "Audit trail" }).click();
  await page.getByText("checked here").waitFor();
  await page.getByRole("row", { name: /server started/ }).waitFor();
  await page.goto(`${house.origin}/app/security/statements`);
  await page.getByRole("heading", { name: /^Not said: / }).waitFor();
  await looksWell(page, "statements-installation");
  await page.leave();
});

// Last, for its owner signs in with a second factor from then on.
test("a claim of one's own is refused by its words, tried, published, and signed with a passkey", async () => {
  const page = await house.person();
  await house.device(page);
  await house.signIn(page, owner, "/app/security/own");
  await house.addPasskey(page);
  await button(page, "New claim").click();
  await field(page, "Id").fill("OWN-ERRORS");
  await field(page, "Title").fill("Errors");
  await field(page, /^Sentence/).fill("Our API never fails.");
  await button(page, "Back to the claims").click();
  await page.getByRole("heading", { name: "Leave without keeping the draft?" }).waitFor();
  await button(page, "Cancel").click();
  await field(page, /^What it does not say/).fill("Nothing of other services.");
  await field(page, "Query").fill("level:error");
  await page.getByLabel("At most so many records").fill("1000");
  await button(page, "Keep draft").click();
  await page.getByText("“never” in sentence").waitFor();
  await looksWell(page, "own-refused");
  await field(page, /^Sentence/).fill("In a day the API writes 1000 errors at most.");
  await button(page, "Keep draft").click();
  const errors = page.getByRole("article", { name: "Errors" });
  await errors.getByText("draft").waitFor();
  await errors.getByRole("button", { name: "Try: Errors" }).click();
  // What arrived in the last minute waits for the next look.
  await errors.getByText(/It (would be verified|could not be measured)/).waitFor();

  await button(page, "New claim").click();
  await field(page, "Id").fill("OWN-REVIEW");
  await field(page, "Title").fill("Reviews");
  await field(page, /^Sentence/).fill("Changes are read by a second person before they are merged.");
  await field(page, /^What it does not say/).fill("Nothing of generated files.");
  await page.getByRole("button", { name: /What stands behind it/ }).click();
  await page.getByRole("option", { name: "A person's signed word" }).click();
  await button(page, "Keep draft").click();
  await page.getByRole("article", { name: "Reviews" }).waitFor();
  for (const title of ["Errors", "Reviews"]) {
    await page.getByRole("button", { name: `Publish: ${title}` }).click();
    await button(page, "Publish claim").click();
    await page.getByRole("heading", { name: /^Publish/ }).waitFor({ state: "hidden" });
  }
  await field(page, "Name of a host").fill("app.example.com");
  await button(page, "Add host").click();
  await page.getByRole("article", { name: "app.example.com" }).getByText("not shown").waitFor();
  await looksWell(page, "own");

  await page.getByRole("link", { name: "Sign it" }).click();
  await page.getByRole("button", { name: "Begin a statement: Reviews" }).click();
  await button(page, "Begin the statement").click();
  await field(page, /^What you are/).fill("head of engineering");
  await button(page, "Show the words to sign").click();
  const words = page.getByRole("region", { name: "Words to sign" });
  await words.getByText("Changes are read by a second person").waitFor();
  await looksWell(page, "statement");
  // A server that shows one thing and asks the device for another.
  await page.evaluate(() => {
    globalThis.honest = globalThis.fetch;
    globalThis.fetch = async (path, options) => {
      const answer = await globalThis.honest(path, options);
      if (!String(path).endsWith("/sign/start")) return answer;
      const asked = await answer.json();
      return Response.json({ ...asked, statement: asked.statement.replace("a second person", "nobody else") });
    };
  });
  await button(page, "Change what you are").click();
  await button(page, "Show the words to sign").click();
  await words.getByText("read by nobody else").waitFor();
  await button(page, "Sign with your passkey").click();
  await page.getByRole("alert").getByText("Nothing was signed.").waitFor();
  await page.evaluate(() => {
    globalThis.fetch = globalThis.honest;
  });
  await button(page, "Change what you are").click();
  await button(page, "Show the words to sign").click();
  await words.getByText("read by a second person").waitFor();
  await button(page, "Sign with your passkey").click();
  await page.getByText("Ada Lovelace, head of engineering").waitFor();
  await looksWell(page, "statements");
  await page.goto(`${house.origin}/app/security?of=own`);
  await page.getByRole("article", { name: "Reviews" }).getByText("Signed by people").waitFor();
  await page.goto(`${house.origin}/app/security/statements?of=own`);
  await page.getByRole("button", { name: "Take back: Reviews" }).click();
  await field(page, "Reason").fill("we stopped doing so");
  await button(page, "Take back").last().click();
  await page.getByText("taken back", { exact: true }).waitFor();
  const said = await house.ask("GET", "/security/t/acme.json");
  const overview = JSON.parse(Buffer.from(JSON.parse(said.text).payload, "base64")).predicate;
  assert.equal(overview.claims.find((one) => one.id.endsWith("OWN-REVIEW"))?.state, "WITHDRAWN");
  await page.leave();
});
