// What witnesses signed of the logs' checkpoints, checked in the browser with a key that somebody gave it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, House } from "./house.mjs";
import { looksWell } from "./look.mjs";

const NAME = "witness.example.org";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
});
after(() => house.stop());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const run = (words, input = "") => execFileSync(binary, ["audit", ...words], { encoding: "utf8", input });

test("a cosigned checkpoint says who signed it, and counts once the witness's key is known", async () => {
  const keys = join(house.folder, "log.key");
  writeFileSync(keys, run(["key", "--data", house.data]));
  const be = ["witness", join(house.folder, "witness"), "--name", NAME, "--keys", keys];
  const key = run([...be, "--show-key"]).trim();
  const of = (log) => [...log, "--data", house.data, "--witness", key];
  const cosign = (...log) => run(["cosign", ...of(log)], run(be, run(["request", ...of(log)])));

  const page = await house.person();
  await house.signIn(page, owner, "/app/audit");
  await page.getByText("checked here").waitFor();
  await button(page, "Witnesses").click();
  const log = page.getByRole("region", { name: "This log" });
  await log.getByText("No witness has signed").waitFor();
  await looksWell(page, "witnesses-none");

  cosign("--tenant", "Acme");
  // The public log of a new server grows by the second: what it said when it was cosigned is held.
  let note = "";
  for (let time = 0; time < 20 && !note.includes(NAME); time += 1) {
    cosign("--public");
    note = (await house.ask("GET", "/log/checkpoint")).text;
  }
  let given = note;
  await page.route(`${house.origin}/log/checkpoint`, (route) => route.fulfill({ body: given }));
  await page.reload();
  await button(page, "Witnesses").click();
  await log.getByText("1 witness has signed the checkpoint").waitFor();
  await log.getByText("not checked: its key is not known here").waitFor();
  const field = page.getByLabel("A witness's key");
  await field.fill(key.replace(/.$/, (last) => (last === "A" ? "B" : "A")));
  await button(page, "Keep key").click();
  await page.getByText("This is not a witness's key").waitFor();
  await field.fill(key);
  await button(page, "Keep key").click();
  await log.getByText("✓ checked here").waitFor();
  await page
    .getByRole("region", { name: /^The public log/ })
    .getByText("✓ checked here")
    .waitFor();
  await looksWell(page, "witnesses");
  await page.reload();
  await button(page, "Witnesses").click();
  await log.getByText("✓ checked here").waitFor();

  // What lies between the server and the screen changes the time of a cosignature.
  const at = note.indexOf(`\u2014 ${NAME} `) + `\u2014 ${NAME} `.length + 14;
  given = note.slice(0, at) + (note[at] === "A" ? "B" : "A") + note.slice(at + 1);
  await page.reload();
  await button(page, "Witnesses").click();
  await page
    .getByRole("region", { name: /^The public log/ })
    .getByText("✕ does not fit")
    .waitFor();
  await button(page, `Forget ${NAME}`).click();
  await log.getByText("its key is not known here").waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("blockhouse-witnesses")), "[]");
  await page.leave();
});
