// Long work: a file from being chosen to its records in Logs, with whatever can come between.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { HOSTILE } from "./corpus.mjs";
import { House } from "./house.mjs";
import { looksWell } from "./look.mjs";

let house;
let owner;
before(async () => {
  house = await House.open();
  owner = await house.found();
});
after(() => house.stop());

const PIECE = 8 << 20;
const button = (page, name) => page.getByRole("button", { name, exact: true });
const text = (lines) => Buffer.from(lines.map((line) => `${line}\n`).join(""));
const file = (name, buffer) => ({ name, mimeType: "application/octet-stream", buffer });
const choose = async (page, chosen) => page.locator("input[type=file]").setInputFiles(chosen);
const read = async (path, key = owner.session) => JSON.parse((await house.ask("GET", path, { key })).text);
const jobs = (what = "") => read(`/v1/tenants/${owner.tenant}/jobs${what}`);
const jobOf = (page) => new URL(page.url()).pathname.split("/").at(-1);
const found = async (query) => {
  const path = `/v1/sources/${owner.source}/search?q=${encodeURIComponent(query)}&limit=1000`;
  return (await read(path)).records;
};
/** Makes a job by the API; its id. */
async function made(name, bytes, key = owner.session) {
  const path = `/v1/sources/${owner.source}/imports`;
  const answer = await house.ask("POST", path, { key, body: { name, bytes } });
  assert.equal(answer.status, 201, answer.text);
  return JSON.parse(answer.text).id;
}
const cancel = (id) => house.ask("POST", `/v1/jobs/${id}/cancel`, { key: owner.session });

/** A file of more than two pieces, in which each line is told from all others. */
function large(mark) {
  const lines = [];
  for (let at = 0, bytes = 0; bytes < 2.2 * PIECE; at += 1) {
    lines.push(`${mark} line ${at} ${"x".repeat(1_000)}`);
    bytes += lines.at(-1).length + 1;
  }
  return { lines: lines.length, buffer: text(lines) };
}

test("a file is chosen, imported with what it is refused, and its records stand in Logs", async () => {
  const page = await house.person();
  await house.signIn(page, owner, "/app/jobs");
  await page.getByRole("heading", { name: "No jobs yet" }).waitFor();
  await looksWell(page, "jobs-none");
  await page.getByRole("link", { name: "Import a file" }).click();
  await page.getByRole("heading", { name: "Import a file" }).waitFor();
  assert.ok(await button(page, "Import file").isDisabled(), "nothing is chosen yet");
  await page.getByText("or drop it anywhere on this page").waitFor();
  const phone = await house.person({ isPhone: true });
  await house.signIn(phone, owner, "/app/jobs/import");
  await button(phone, "Choose a file").waitFor();
  assert.equal(await phone.getByText("drop it").count(), 0, "nothing can be dropped on a telephone");
  await phone.leave();
  await looksWell(page, "import");

  const refused = ['"<script>globalThis.harmed = 1</script>"', "\u001b[2Jno object \u202e", "7"];
  const lines = [...HOSTILE.map((record) => JSON.stringify(record)), ...refused];
  const name = `invoice\u202efdp.exe <img src=x onerror=globalThis.harmed=1> ${"long ".repeat(30)}.log.gz`;
  await choose(page, file(name, gzipSync(text(lines))));
  await page.getByRole("button", { name: /as it looks: NDJSON/ }).waitFor();
  await page.getByRole("button", { name: /as it begins: gzip/ }).waitFor();
  await page.getByText("⟨202E⟩").first().waitFor();
  await page.getByRole("list", { name: "First lines" }).getByText("<script>").waitFor();
  await button(page, "Import file").and(page.locator(":enabled")).waitFor();
  await looksWell(page, "import-chosen");
  await page.getByRole("button", { name: /Format$/ }).click();
  await page.getByRole("option", { name: /^NDJSON/ }).click();
  await page.getByText("other lines are refused").waitFor();
  await button(page, "Import file").click();

  await page.getByText("done with 3 exceptions", { exact: true }).waitFor();
  const job = await read(`/v1/jobs/${jobOf(page)}`);
  assert.deepEqual([job.records.refused, job.import.format, job.import.compression], [3, "ndjson", "gzip"]);
  assert.match(job.import.digest, /^[0-9a-f]{64}$/);
  assert.equal(await page.getByRole("region", { name: "Exceptions" }).getByRole("row").count(), 4);
  await looksWell(page, "job-exceptions");
  const entry = page.getByRole("link", { name: /^ended as entry/ });
  await entry.click();
  await page.waitForURL(/\/app\/audit\?entry=\d+/);
  await page.getByText("job ended").first().waitFor();
  await page.goBack();

  await page.getByRole("link", { name: /^Show the records of first/ }).click();
  await page.waitForURL(/\/app\/logs\?/);
  await page.getByRole("row").filter({ hasText: "<script>" }).first().waitFor();
  await looksWell(page, "logs-imported");
  assert.equal((await found("service:hostile")).length, job.records.stored);
  assert.equal(await page.evaluate(() => globalThis.harmed), undefined, "no text became anything else");

  // The same file once more is known.
  await page.goto(`${house.origin}/app/sources/${owner.source}`);
  await page.getByRole("link", { name: "Import a file" }).click();
  await choose(page, file("again.log.gz", gzipSync(text(lines))));
  await page.getByText("Imported once more, its records are there twice").waitFor();
  await button(page, "Import it once more").waitFor();
  await looksWell(page, "import-again");
  await page.leave();
});

test("an upload goes on after the network failed, and after a reload with the same file alone", async () => {
  const page = await house.person();
  // Whoever leaves while it uploads is asked.
  let asked = 0;
  page.on("dialog", (dialog) => {
    asked += 1;
    void dialog.accept();
  });
  await house.signIn(page, owner, `/app/jobs/import?s=${owner.source}`);
  const whole = large("reloaded");
  const puts = [];
  let fault = (at) => (at === 1 ? "abort" : "pass");
  await page.route(/\/v1\/jobs\/\w+\/content/, async (route) => {
    puts.push(new URL(route.request().url()).searchParams.get("offset"));
    const what = fault(puts.length - 1);
    if (what === "abort") await route.abort("internetdisconnected");
    else if (what === "pass") await route.continue();
    // Or it hangs, as a network does.
  });
  await choose(page, file("large.log", whole.buffer));
  await button(page, "Import file").and(page.locator(":enabled")).waitFor();
  fault = (at) => (at === 1 ? "abort" : at === 2 ? "hang" : "pass");
  await button(page, "Import file").click();
  await page.getByText("The server cannot be reached.").waitFor();
  await looksWell(page, "job-upload-trouble");
  await page.getByText(/This tab uploads the file/).waitFor();
  assert.deepEqual(puts.slice(0, 3), ["0", String(PIECE), String(PIECE)], "the same piece is sent again");
  await page.getByText(/^quiet for \d+ s$/).waitFor();
  assert.equal(await page.getByText(/ a second| left$/).count(), 0, "what stands still promises nothing");
  await page.getByText("Phase 1 of 2: receive the file").waitFor();
  await looksWell(page, "job-upload-quiet");

  // It goes on below other screens, over which the bar counts it.
  await page.getByRole("link", { name: "Logs", exact: true }).click();
  await page.getByRole("link", { name: "1 job under way" }).waitFor();
  await looksWell(page, "jobs-counter");
  await page.getByRole("link", { name: "1 job under way" }).click();
  await page.waitForURL(/\/app\/jobs\?state=open/);
  await page.getByText("phase 1 of 2, 45 %").waitFor();
  await looksWell(page, "jobs-open");
  await page.getByRole("link", { name: "large.log" }).click();
  fault = () => "pass";
  const [job] = (await jobs("?state=receiving")).jobs;
  await page.reload();
  assert.equal(asked, 1);
  await page.getByText(/This tab does not upload it\. 8\.4 MB of 1\d\.\d MB are there/).waitFor();
  await looksWell(page, "job-upload-stopped");

  await choose(page, file("large.log", Buffer.from("another")));
  await page.getByText("it has 7 bytes").waitFor();
  const spoiled = Buffer.from(whole.buffer);
  spoiled[spoiled.length - 3] ^= 1;
  await choose(page, file("large.log", spoiled));
  await page.getByText("not what is in it").waitFor();
  await looksWell(page, "job-upload-another");
  assert.equal((await read(`/v1/jobs/${job.id}`)).upload.received, PIECE, "nothing of another file is taken");

  // On the page of a new import the same file is known too, whatever it is called.
  await page.goto(`${house.origin}/app/jobs/import?s=${owner.source}`);
  await choose(page, file("renamed.log", whole.buffer));
  await button(page, "Go on with the upload").waitFor();
  await looksWell(page, "import-goes-on");
  await button(page, "Go on with the upload").click();
  await page.waitForURL(new RegExp(`/app/jobs/${job.id}$`));
  // The thread that imports gives way to everything else on the machine.
  await page.getByText("done", { exact: true }).waitFor({ timeout: 180_000 });
  await looksWell(page, "job-done");
  const ended = await read(`/v1/jobs/${job.id}`);
  assert.deepEqual([ended.records.stored, ended.records.refused], [whole.lines, 0]);
  assert.equal((await found(`reloaded "line 0"`)).length, 1);
  assert.equal((await found(`reloaded "line ${whole.lines - 1}"`)).length, 1);
  await page.leave();
});

test("a job is cancelled after it said what that does, and its upload stops", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/jobs/import?s=${owner.source}`);
  let puts = 0;
  await page.route(/\/v1\/jobs\/\w+\/content/, (route) => {
    puts += 1;
    return puts === 1 ? route.continue() : undefined;
  });
  const { buffer } = large("cancelled");
  // Dropped anywhere on the page.
  const size = buffer.length;
  await page.evaluate((size) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(["cancelled\n".repeat(size / 10)], "dropped.log"));
    document.body.dispatchEvent(new DragEvent("dragover", { dataTransfer: dropped, bubbles: true, cancelable: true }));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
  }, size);
  await page.getByText("dropped.log").waitFor();
  await button(page, "Import file").and(page.locator(":enabled")).click();
  await page.getByText("records that are stored stay").first().waitFor();
  await button(page, "Cancel import").click();
  await page.getByRole("heading", { name: "Cancel the import of dropped.log?" }).waitFor();
  await looksWell(page, "job-cancel");
  const id = jobOf(page);
  await button(page, "Let it go on").click();
  assert.equal((await read(`/v1/jobs/${id}`)).state, "receiving", "nothing changes before it is confirmed");
  await button(page, "Cancel import").click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel import" }).click();
  await page.getByText("cancelled", { exact: true }).waitFor();
  assert.equal((await read(`/v1/jobs/${id}`)).state, "cancelled");
  assert.equal(await button(page, "Cancel import").count(), 0);
  await looksWell(page, "job-cancelled");
  await page.leave();
});

test("a damaged file fails with what it was, and with what was stored until then", async () => {
  const page = await house.person();
  await house.signIn(page, owner, `/app/jobs/import?s=${owner.source}`);
  const packed = gzipSync(text(Array.from({ length: 5_000 }, (_, at) => `damaged ${at} ${Math.sin(at)}`)));
  await choose(page, file("cut.log.gz", packed.subarray(0, packed.length / 2)));
  await button(page, "Import file").and(page.locator(":enabled")).click();
  await page.getByText("failed", { exact: true }).waitFor();
  await page.getByText("truncated_body").waitFor();
  await looksWell(page, "job-failed");
  const job = await read(`/v1/jobs/${jobOf(page)}`);
  assert.equal((await found("damaged")).length > 0, job.records.stored > 0);

  // What cannot be imported is said before anything is uploaded.
  const before = (await jobs()).jobs.length;
  await page.goto(`${house.origin}/app/jobs/import?s=${owner.source}`);
  await choose(page, file("empty.log", Buffer.alloc(0)));
  await page.getByText("The file is empty").waitFor();
  await choose(page, file("logs.zip", Buffer.from("PK\u0003\u0004rest")));
  await page.getByText("It looks like a zip archive").waitFor();
  await button(page, "Import it all the same").waitFor();
  await looksWell(page, "import-doubt");
  assert.equal((await jobs()).jobs.length, before);
  await page.leave();
});

test("what stands still, waits or is far along says so, without a bar that moves by itself", async () => {
  const id = await made("access.log.gz", 734_003_200);
  const real = await read(`/v1/jobs/${id}`);
  const page = await house.person();
  await house.signIn(page, owner, "/app/jobs");
  let shown = real;
  const moved = { upload: { ...real.upload, received: 734_003_200, until: null } };
  const phases = (done) => [
    { name: "receive", unit: "bytes", done: 734_003_200, total: 734_003_200 },
    { name: "store", unit: "bytes", done, total: 734_003_200 },
  ];
  await page.route(`**/v1/jobs/${id}`, (route) => route.fulfill({ json: shown }));
  const running = {
    ...real,
    ...moved,
    state: "running",
    started_at: real.created_at,
    phases: phases(167_772_160),
    phase: "store",
    rate: 2_071_261.2,
    seconds_left: { least: 240, most: 310 },
    last: "stored 4,096 records, up to line 1,204,551",
    records: { stored: 1_204_310, dropped: 12, refused: 101 },
    exceptions: {
      first: Array.from({ length: 100 }, (_, at) => ({
        line: at + 1,
        at: at * 99,
        code: at % 2 ? "record_too_large" : "a_code_of_tomorrow",
      })),
      more: 1,
    },
  };
  const show = async (job, name, words) => {
    shown = job;
    await page.goto(`${house.origin}/app/jobs/${id}`);
    await page.getByText(words).first().waitFor();
    await looksWell(page, name);
  };
  await show(running, "job-running", "2.1 MB a second · 4 to 6 min left");
  assert.equal(await page.getByText(/^quiet/).count(), 0);
  await page.getByText("The first 100 are listed; 1 more were refused.").waitFor();
  await show({ ...running, rate: null, seconds_left: null, quiet_seconds: 40 }, "job-quiet", /^quiet for 4\d s$/);
  await show(
    { ...running, waits: { code: "disk_full", since: real.created_at } },
    "job-waits",
    "there is no room on the disk",
  );
  const waiting = { ...running, state: "waiting", phase: null, phases: phases(0), rate: null, seconds_left: null };
  await show(
    { ...waiting, last: null, exceptions: { first: [], more: 0 } },
    "job-waiting",
    "One job of an organization runs at a time",
  );
  // A server that does not answer is not an end.
  await page.unroute(`**/v1/jobs/${id}`);
  await page.route(`**/v1/jobs/${id}`, (route) => route.abort());
  await page.getByText("Could not be refreshed").waitFor();
  await looksWell(page, "job-stale");
  await page.unroute(`**/v1/jobs/${id}`);
  await cancel(id);
  await page.getByText("cancelled", { exact: true }).waitFor();
  await page.leave();
});

test("the list is filtered, goes on in pages, and is reached from everywhere", async () => {
  const many = (await jobs("?limit=100")).jobs.length;
  for (let at = many; at < 55; at += 1) await cancel(await made(`older ${at}.log`, 10));
  const open = await made("still open <b>\u2026</b>.log", 10);
  const page = await house.person();
  await house.signIn(page, owner);
  await page.keyboard.press("Control+k");
  await page.getByPlaceholder("Where to, or what to do").fill("import a file");
  await page.getByRole("menuitem", { name: "Import a file" }).waitFor();
  await page.getByPlaceholder("Where to, or what to do").fill("still open");
  await page.getByRole("menuitem", { name: /^still open/ }).click();
  await page.waitForURL(new RegExp(`/app/jobs/${open}$`));
  await page.getByRole("heading", { level: 1, name: "still open" }).waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("j");
  await page.waitForURL(/\/app\/jobs$/);
  await page.getByText(/^50 shown/).waitFor();
  await looksWell(page, "jobs");
  await button(page, "Show older jobs").click();
  await page.getByText(/^56 shown; these are all/).waitFor();
  const filter = async (name) => {
    await page.getByRole("button", { name: /Which jobs/ }).click();
    await page.getByRole("option", { name, exact: true }).click();
  };
  await filter("failed");
  await page.waitForURL(/state=failed/);
  await page.getByText("1 shown; these are all").waitFor();
  await page.getByRole("link", { name: "cut.log.gz" }).waitFor();
  await page.goBack();
  await page.getByText(/shown/).waitFor();
  await filter("under way");
  await page.getByText("1 shown; these are all. 1 under way.").waitFor();
  // Whatever screen is looked at, how a job ended is said there.
  await page.getByRole("link", { name: "Sources", exact: true }).click();
  await page.getByRole("link", { name: "1 job under way" }).waitFor();
  await cancel(open);
  await page.getByText(/still open .* is cancelled/).waitFor();
  await page.getByRole("link", { name: "1 job under way" }).waitFor({ state: "detached" });
  await filterIsEmpty();
  await page.goto(`${house.origin}/app/jobs/0000000000000000`);
  await page.getByRole("heading", { name: "There is no such job here" }).waitFor();
  await looksWell(page, "job-none");
  await page.leave();

  async function filterIsEmpty() {
    await page.goto(`${house.origin}/app/jobs?state=open`);
    await page.getByRole("heading", { name: "No such jobs" }).waitFor();
    await looksWell(page, "jobs-none-so");
  }
});

test("whoever may only look sees jobs, and nothing is asked that they may not", async () => {
  const asked = { email: "cleo@example.com", roles: [{ role: "read-only" }] };
  const path = `/v1/tenants/${owner.tenant}/invitations`;
  const invited = await house.ask("POST", path, { key: owner.session, body: asked });
  const invitation = JSON.parse(invited.text).link.split("#")[1];
  const joined = await house.ask("POST", "/v1/invitations/accept", { body: { invitation, name: "Cleo", token: true } });
  const id = await made("of ada.log", 100);
  const page = await house.person();
  const { token } = JSON.parse(joined.text);
  await house.enter(page, token);
  await page.goto(`${house.origin}/app/jobs`);
  await page.getByRole("link", { name: "of ada.log" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Import a file" }).count(), 0);
  await page.getByRole("link", { name: "of ada.log" }).click();
  await page.getByText(/who uploads it/).waitFor();
  await page.getByText("logs:write").waitFor();
  assert.equal(await button(page, "Cancel import").count(), 0);
  assert.equal(await page.locator("input[type=file]").count(), 0);
  await looksWell(page, "job-look");
  await page.goto(`${house.origin}/app/jobs/import`);
  await page.getByText("You may not see where a file could be imported to").waitFor();
  await looksWell(page, "import-look");
  await page.goto(`${house.origin}/app/sources/${owner.source}`);
  await page.getByRole("heading", { name: "first" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Import a file" }).count(), 0);
  const cleo = (await read("/v1/me", token)).id;
  const trail = `/v1/tenants/${owner.tenant}/audit?event=permission_refused&actor=person:${cleo}`;
  assert.deepEqual((await read(trail)).entries, [], "a page asks for nothing that whoever looks may not see");
  await cancel(id);
  await page.leave();
});
