import { readFileSync } from "node:fs";
import { basename } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server's own policy, so that a preview runs under the same one.
const handler = readFileSync(new URL("../crates/server/src/handlers/console.rs", import.meta.url), "utf8");
const policy = /const POLICY[^"]*"([^"]+)"/.exec(handler)?.[1]?.replace(/\\\n\s*/g, "") ?? "";

// `BLOCKHOUSE_URL` is a running server, for `npm run dev` and `npm run preview`.
const target = process.env.BLOCKHOUSE_URL ?? "https://localhost:8443";
const proxy = Object.fromEntries(["/v1", "/sources/", "/pages", "/security"].map((path) => [path, { target, secure: false }]));

export default defineConfig({
  base: "/app/",
  // A module's file and the class: no two are alike, and they pack smaller than places do.
  css: {
    modules: {
      generateScopedName: (name, file) => `${basename(file).replace(/\..*$/, "")}-${name}`,
    },
  },
  plugins: [react()],
  // A data: image would be refused by the policy, so nothing is inlined.
  build: { outDir: "dist/app", emptyOutDir: true, assetsInlineLimit: 0, target: "es2023", modulePreload: { polyfill: false } },
  server: { proxy },
  preview: { proxy, headers: { "content-security-policy": policy } },
});
