// The console over a source of a million records, measured in a browser against the real server: from Enter and from the
// answer to the first rows on the screen, the frames while rows are scrolled, and those while 2,000 records a second are
// followed.
//
// Prints a table, writes the file that is named, and ends with 1 where a budget is missed. The binary is that of the tests
// (`test/house.mjs`); one of the dev profile says nothing of the product.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { hour } from "../test/corpus.mjs";
import { binary, House } from "../test/house.mjs";

const RECORDS = Number(process.env.RECORDS ?? 1_000_000);
const TAIL_A_SECOND = 2_000;
const TAIL_SECONDS = 20;
const SCROLL_SECONDS = 15;
// The first row of each is another than that of the one before.
const QUERIES = [
  "level:error",
  "",
  "level:warn service:web",
  "service:billing",
  "service:web level:info",
  "status:502 service:worker",
];

/** What a run may come to, in milliseconds. */
const BUDGETS = {
  // What the server takes for the answer is in it.
  "Enter to first rows": 1_500,
  "answer to first rows": 300,
  "scroll, longest frame": 50,
  // Four batches a second are drawn, each within a frame that is longer than others.
  "tail, longest frame": 100,
  "tail, key to screen": 100,
};

/** Frames and the answers' rows, as the page sees them. */
function watch() {
  globalThis.measured = { frames: [], rows: [], events: [] };
  let last = performance.now();
  const frame = (now) => {
    measured.frames.push([now, now - last]);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  let first;
  const look = () => {
    const id = document.querySelector("[role=treegrid] [role=row][id]")?.id;
    if (!id || id === first) return;
    first = id;
    // The second frame begins when the first is on the screen.
    requestAnimationFrame(() => requestAnimationFrame((at) => measured.rows.push({ id, at })));
  };
  addEventListener("DOMContentLoaded", () =>
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributeFilter: ["id"] }),
  );
  const timed = new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries())
      if (/^(key|click|pointer)/.test(name)) measured.events.push(duration);
  });
  timed.observe({ type: "event", durationThreshold: 16 });
}

function sender(house, { source, writeKey }) {
  const env = {
    ...process.env,
    BLOCKHOUSE_URL: house.origin,
    BLOCKHOUSE_SOURCE: source,
    BLOCKHOUSE_KEY: writeKey,
    BLOCKHOUSE_CA: house.ca,
  };
  return spawn(binary, ["send", "-", "--format", "ndjson"], { env, stdio: ["pipe", "ignore", "inherit"] });
}

async function write(pipe, records) {
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  if (!pipe.write(text)) await once(pipe, "drain");
}

async function ended(process) {
  process.stdin.end();
  const [code] = await once(process, "exit");
  if (code !== 0) throw new Error(`sending ended with ${code}`);
}

const quantile = (numbers, part) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
};

/** The lengths of the frames since a moment of the page's clock. */
const framesSince = (page, moment) =>
  page.evaluate((from) => measured.frames.filter(([at]) => at > from).map(([, length]) => length), moment);
const clock = (page) => page.evaluate(() => performance.now());

async function fillSource(house, owner) {
  const filling = sender(house, owner);
  const now = Date.now();
  const PIECE = 10_000;
  // Each piece is a stretch of the hour, so that all of them make one.
  for (let begun = 0; begun < RECORDS; begun += PIECE) {
    const share = 3_400_000 / (RECORDS / PIECE);
    const piece = hour(Math.min(PIECE, RECORDS - begun), now).map((record, at) => ({
      ...record,
      timestamp: new Date(now - 3_460_000 + (begun / PIECE) * share + (at * share) / PIECE).toISOString(),
    }));
    await write(filling.stdin, piece);
  }
  await ended(filling);
}

/** How long the first rows of each query take: from the key, and from the answer. */
async function firstRows(page) {
  const times = { enter: [], answer: [] };
  for (const text of QUERIES) {
    const before = await page.evaluate(() => measured.rows.length);
    await page.getByLabel("Query", { exact: true }).fill(text);
    await page.evaluate(() => {
      const pressed = (event) => {
        measured.enter = event.timeStamp;
      };
      addEventListener("keydown", pressed, { capture: true, once: true });
    });
    await page.getByLabel("Query", { exact: true }).press("Enter");
    await page.waitForFunction((count) => measured.rows.length > count, before);
    // Rows may first be replaced by none.
    await pause(1_000);
    const { enter, answer } = await page.evaluate(() => {
      const { at } = measured.rows.at(-1);
      const answers = performance.getEntriesByType("resource").filter(({ name }) => /\/search\?/.test(name));
      const last = Math.max(...answers.map(({ responseEnd }) => responseEnd).filter((end) => end < at));
      return { enter: at - measured.enter, answer: at - last };
    });
    times.enter.push(enter);
    times.answer.push(answer);
    await page.evaluate(() => performance.clearResourceTimings());
  }
  return times;
}

async function scroll(page) {
  await page.getByRole("treegrid").hover();
  const from = await clock(page);
  const until = Date.now() + SCROLL_SECONDS * 1_000;
  while (Date.now() < until) {
    await page.mouse.wheel(0, 400);
    await pause(16);
  }
  return framesSince(page, from);
}

async function tail(page, house, owner) {
  await page.getByRole("button", { name: "Live", exact: true }).click();
  await page.getByText("Following").waitFor();
  const sending = sender(house, owner);
  const from = await clock(page);
  await page.evaluate(() => (measured.events.length = 0));
  const begun = Date.now();
  let [sent, presses] = [0, 0];
  while (Date.now() < begun + TAIL_SECONDS * 1_000) {
    const due = Math.floor(((Date.now() - begun) / 1_000) * TAIL_A_SECOND);
    const piece = hour(Math.max(0, due - sent)).map((record) => ({ ...record, timestamp: new Date().toISOString() }));
    sent += piece.length;
    if (piece.length) await write(sending.stdin, piece);
    // Space holds the tail and End goes on with it.
    if (Date.now() > begun + (presses + 1) * 1_000) await page.keyboard.press(presses++ % 2 ? "End" : "Space");
    await pause(50);
  }
  const frames = await framesSince(page, from);
  await ended(sending);
  const events = await page.evaluate(() => measured.events);
  const counted = await page
    .getByText(/dropped$/)
    .first()
    .innerText();
  return { frames, events, sent, counted };
}

const house = await House.open();
try {
  const owner = await house.found();
  const began = Date.now();
  await fillSource(house, owner);
  console.log(`${RECORDS.toLocaleString("en")} records sent in ${((Date.now() - began) / 1_000).toFixed(1)} s`);
  const page = await house.person();
  await page.addInitScript(watch);
  await house.signIn(page, owner, "/app/logs?from=now-2h");
  await page.getByText(`${RECORDS.toLocaleString("en")} events, exact`).waitFor();
  const rows = await firstRows(page);
  await page.getByLabel("Query", { exact: true }).fill("");
  await page.getByLabel("Query", { exact: true }).press("Enter");
  await pause(2_000);
  const idle = await clock(page);
  await pause(2_000);
  const still = await framesSince(page, idle);
  const scrolled = await scroll(page);
  const followed = await tail(page, house, owner);
  await page.leave();
  const results = [
    ["Enter to first rows", Math.max(...rows.enter)],
    ["answer to first rows", Math.max(...rows.answer)],
    ["scroll, longest frame", Math.max(...scrolled)],
    ["tail, longest frame", Math.max(...followed.frames)],
    ["tail, key to screen", Math.max(...followed.events, 0)],
  ].map(([what, value]) => {
    const budget = BUDGETS[what];
    // Of nothing that was measured the longest is no number.
    return { what, value, budget, holds: Number.isFinite(value) && value <= budget };
  });
  const figures = {
    records: RECORDS,
    results,
    enter_to_first_rows: rows.enter,
    answer_to_first_rows: rows.answer,
    frames: Object.fromEntries(
      Object.entries({ still, scrolled, followed: followed.frames }).map(([name, all]) => [
        name,
        { count: all.length, p50: quantile(all, 0.5), p99: quantile(all, 0.99), longest: Math.max(...all) },
      ]),
    ),
    tail: { sent: followed.sent, a_second: followed.sent / TAIL_SECONDS, said: followed.counted },
  };
  for (const { what, value, budget, holds } of results) {
    console.log(`${holds ? "  ok" : "MISS"} ${what.padEnd(24)} ${value.toFixed(0).padStart(5)} of ${budget} ms`);
  }
  console.log(JSON.stringify(figures.frames), JSON.stringify(figures.tail));
  if (process.argv[2]) {
    const file = resolve(process.argv[2]);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`);
  }
  process.exitCode = results.every(({ holds }) => holds) ? 0 : 1;
} finally {
  await house.stop();
}
