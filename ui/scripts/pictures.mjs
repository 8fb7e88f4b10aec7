// Pictures of the console for the README, of a fresh installation with the records of `blockhouse demo`: into the folder that
// is named, in both themes. The binary is that of the tests (`test/house.mjs`).

import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { binary, House } from "../test/house.mjs";

const folder = resolve(process.argv[2] ?? "../docs/pictures");
const LINES = "2000";
const SECONDS = "50";

const house = await House.open();
try {
  const owner = await house.found({ name: "Demo" });
  execFileSync(binary, ["demo", "--data", house.data, "--url", house.origin, "--lines", LINES, "--seconds", SECONDS], {
    stdio: "inherit",
  });
  const ask = async (method, path, body) => {
    const answer = await house.ask(method, path, { key: owner.session, body });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.text && JSON.parse(answer.text);
  };
  const tenant = (what) => `/v1/tenants/${owner.tenant}${what}`;
  const { sources } = await ask("GET", tenant("/sources"));
  const { id: source } = sources.find(({ name }) => name === "demo");
  const from = "now-1m";
  const graphs = [
    { name: "Requests", query: "", graph: { shape: "area", measure: "count" } },
    { name: "Errors", query: "level:error", graph: { shape: "bar", measure: "count" } },
  ];
  for (const view of graphs) await ask("POST", tenant("/views"), { source, from, ...view });

  const page = await house.person();
  await house.signIn(page, owner);
  const screens = [
    ["logs", 900, `/app/logs?s=${source}&from=${from}`, () => page.getByRole("row").nth(5).waitFor()],
    ["saved", 600, "/app/views", () => page.getByRole("figure").nth(1).waitFor()],
    ["sources", 560, "/app/sources", () => page.getByRole("row", { name: /demo/ }).waitFor()],
    ["audit", 900, "/app/audit", () => page.getByText("checked here").waitFor()],
    ["keys", 450, "/app/keys", () => page.getByRole("main").getByText("demo").first().waitFor()],
  ];
  for (const [name, height, path, ready] of screens) {
    await page.goto(`${house.origin}${path}`);
    await ready();
    for (const theme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: theme });
      await page.evaluate(() => document.fonts.ready);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const clip = { x: 0, y: 0, width: 1280, height };
      await page.screenshot({ clip, path: join(folder, `console-${name}-${theme}.png`) });
    }
  }
  await page.leave();
} finally {
  await house.stop();
}
