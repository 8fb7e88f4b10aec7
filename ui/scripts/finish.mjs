// After a build: packs each file beside itself, and holds the budgets. A budget that is broken breaks the build.

import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const folder = process.argv[2] ?? new URL("../dist/app/", import.meta.url).pathname;
// Kilobytes, packed.
const BUDGETS = { entry: 160, route: 60, scripts: 450, styles: 12 };
const PACKED = /\.(js|css|svg|json)$/;

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.endsWith(".br"))
  .map((entry) => join(entry.parentPath, entry.name));
const sizes = new Map();
for (const file of files.filter((file) => PACKED.test(file))) {
  const plain = readFileSync(file);
  const packed = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  sizes.set(relative(folder, file), packed.length);
  if (packed.length < plain.length) writeFileSync(`${file}.br`, packed);
}

const index = readFileSync(join(folder, "index.html"), "utf8");
const isEntry = (name) => index.includes(`/app/${name}"`);
const sum = (names) => names.reduce((sum, name) => sum + sizes.get(name), 0) / 1000;
const scripts = [...sizes.keys()].filter((name) => name.endsWith(".js"));
const rows = [
  ["entry", sum(scripts.filter(isEntry)), BUDGETS.entry],
  ...scripts.filter((name) => !isEntry(name)).map((name) => [name, sum([name]), BUDGETS.route]),
  ["all scripts", sum(scripts), BUDGETS.scripts],
  ["all styles", sum([...sizes.keys()].filter((name) => name.endsWith(".css"))), BUDGETS.styles],
];
let isBroken = false;
for (const [name, size, budget] of rows) {
  const broken = size > budget;
  isBroken ||= broken;
  if (size > 1 || broken) console.log(`${broken ? "OVER" : "  ok"} ${name}: ${size.toFixed(1)} of ${budget} KB packed`);
}
const whole = files.reduce((sum, file) => sum + statSync(file).size, 0);
console.log(`     ${files.length} files, ${(whole / 1000).toFixed(0)} KB unpacked`);
if (/<script>|<style|style="/.test(index)) throw new Error("index.html has something inline, which the policy refuses");
process.exit(isBroken ? 1 : 0);
