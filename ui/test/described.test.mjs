// The types of the console are those of the server that it asks.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { typesOf } from "../scripts/types.mjs";
import { binary } from "./house.mjs";

test("the types are made from what the server says of its API", () => {
  const description = JSON.parse(execFileSync(binary, ["openapi"], { encoding: "utf8", maxBuffer: 1 << 26 }));
  const committed = readFileSync(new URL("../src/api/described.ts", import.meta.url), "utf8");
  const how = "blockhouse openapi | node scripts/types.mjs > src/api/described.ts";
  assert.ok(typesOf(description) === committed, `src/api/described.ts is not current: ${how}`);
});
