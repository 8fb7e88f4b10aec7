// A server of one's own with an empty data folder, and a browser of one's own that trusts it.
//
// Always holds: the binary is the real one, with its own certificate; nothing is switched off in the browser for it. What a
// page's policy refused and what its scripts failed at is kept over all pages, until `isClean`.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const START_MS = 60_000;
// A machine that compiles beside the tests is slow.
const PATIENCE_MS = 30_000;

// A build of the console to try in place of the one in the binary, under the same policy.
const tried = process.env.BLOCKHOUSE_CONSOLE;

const target = process.env.CARGO_TARGET_DIR ?? resolve(import.meta.dirname, "../../target");
export const binary = process.env.BLOCKHOUSE_BIN ?? join(target, "debug/blockhouse");

/** The code of now for a secret in base 32 (RFC 6238). */
export function codeOf(secret) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/[\s=]/g, "")]
    .map((one) => alphabet.indexOf(one).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export class House {
  /** Starts a server, with these words after `up` too, and everything that `stop` ends. */
  static async open(words = []) {
    assert.ok(existsSync(binary), `${binary} is not there: cargo test builds it, or BLOCKHOUSE_BIN names another`);
    const house = new House();
    house.folder = mkdtempSync(join(tmpdir(), "blockhouse-ui-"));
    house.data = join(house.folder, "data");
    house.port = await freePort();
    house.origin = `https://localhost:${house.port}`;
    const arguments_ = ["up", "--data", house.data, "--listen", `localhost:${house.port}`, ...words];
    house.server = spawn(binary, arguments_, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    await new Promise((done, failed) => {
      const timer = setTimeout(() => failed(new Error(`the server does not start: ${said}`)), START_MS);
      const hear = (bytes) => {
        said += bytes;
        if (!said.includes("listening")) return;
        clearTimeout(timer);
        done();
      };
      house.server.stdout.on("data", hear);
      house.server.stderr.on("data", (bytes) => (said += bytes));
      house.server.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${said}`)));
    });
    house.ca = join(house.data, "ca.crt");
    house.link = readFileSync(join(house.data, "setup-link"), "utf8").trim();
    // What a redirect leads to is not answered for by the build that is tried.
    if (tried) house.link = house.link.replace("/setup#", "/app/setup#");
    const home = join(house.folder, "home");
    const store = join(home, ".pki/nssdb");
    mkdirSync(store, { recursive: true });
    execFileSync("certutil", ["-N", "--empty-password", "-d", `sql:${store}`]);
    execFileSync("certutil", ["-A", "-d", `sql:${store}`, "-t", "C,,", "-n", "house", "-i", house.ca]);
    house.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: FLAGS,
      env: { ...process.env, HOME: home },
    });
    return house;
  }

  async stop() {
    await this.browser?.close();
    if (this.server && this.server.exitCode === null) {
      const gone = new Promise((done) => this.server.once("exit", done));
      this.server.kill("SIGTERM");
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A window of somebody of their own, with nobody's cookies; on a telephone it is touched. */
  async person({ isPhone = false } = {}) {
    const context = await this.browser.newContext({
      viewport: isPhone ? { width: 390, height: 844 } : { width: 1280, height: 900 },
      hasTouch: isPhone,
      isMobile: isPhone,
      acceptDownloads: true,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    context.setDefaultTimeout(PATIENCE_MS);
    if (tried) await this.#show(context);
    const page = await context.newPage();
    const faults = [];
    page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
    page.on("console", (message) => message.text().startsWith("policy:") && faults.push(message.text()));
    await page.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        console.error(
          `policy: ${event.effectiveDirective} refused ${event.blockedURI} ${event.sample} at ${event.sourceFile}:${event.lineNumber}`,
        ),
      ),
    );
    page.isClean = () => assert.deepEqual(faults, [], "the policy refused something, or a script failed");
    page.leave = async () => {
      page.isClean();
      await context.close();
    };
    return page;
  }

  /** Answers for the console with the build that is tried, under the server's own policy. */
  async #show(context) {
    const { headers } = await this.ask("GET", "/app/");
    const policy = { "content-security-policy": headers["content-security-policy"] };
    await context.route(`${this.origin}/app/**`, (route) => {
      const name = new URL(route.request().url()).pathname.slice("/app/".length);
      const path = join(tried, /^[\w./-]+\.\w+$/.test(name) ? name : "index.html");
      return route.fulfill({ path, headers: policy });
    });
  }

  /** A passkey device in a page's browser, which takes its user for verified. */
  async device(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }

  /** The first owner, by the API: who is signed in with a passphrase, and the first source's keys. */
  async found({ name = "Acme", email = "ada@example.com", passphrase = "seven wet otters juggle turnips" } = {}) {
    const token = this.link.split("#")[1];
    const asked = { token, tenant: name, source: "first", email, name: "Ada Lovelace" };
    const made = await this.ask("POST", "/v1/setup", { body: asked });
    assert.equal(made.status, 201, made.text);
    const session = /__Host-blockhouse=([^;]+)/.exec(made.headers["set-cookie"]?.join() ?? "")?.[1];
    const set = await this.ask("PUT", "/v1/me/passphrase", { key: session, body: { passphrase } });
    assert.equal(set.status, 204, set.text);
    const { tenant_id: tenant, source_id: source, write_key: writeKey, read_key: readKey } = JSON.parse(made.text);
    return { tenant, source, writeKey, readKey, session, email, passphrase };
  }

  async signIn(page, { email, passphrase }, path = "/app/logs") {
    await page.goto(`${this.origin}${path}`);
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Passphrase").fill(passphrase);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Console" }).waitFor();
  }

  /** What whoever has the machine's shell does; its answer. */
  admin(...words) {
    return JSON.parse(execFileSync(binary, ["admin", ...words, "--data", this.data, "--json"], { encoding: "utf8" }));
  }

  /** Somebody of staff who runs the installation, signed in in a window of their own, with a passkey. */
  async operator() {
    const email = "olga@example.com";
    const { token } = this.admin("create-staff", "--kind", "operator", "--email", email, "--name", "Olga");
    const page = await this.person();
    await this.device(page);
    const cookie = { name: "__Host-blockhouse", value: token, url: this.origin, secure: true, httpOnly: true };
    await page.context().addCookies([{ ...cookie, sameSite: "Strict" }]);
    await page.goto(`${this.origin}/app/logs`);
    await this.addPasskey(page);
    return page;
  }

  /** A passkey for whoever is signed in on a page. */
  async addPasskey(page) {
    await page.evaluate(async () => {
      const post = async (path, body = {}) => {
        const options = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
        const answer = await fetch(path, options);
        if (!answer.ok) throw new Error(await answer.text());
        return answer.json();
      };
      const asked = await post("/v1/me/passkeys/start");
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.options.publicKey);
      const made = await navigator.credentials.create({ publicKey });
      await post("/v1/me/passkeys/finish", { ceremony: asked.ceremony, answer: made.toJSON(), name: "desk" });
    });
  }

  /** Somebody who holds a session already. */
  async enter(page, token) {
    const cookie = { name: "__Host-blockhouse", value: token, url: this.origin, secure: true, httpOnly: true };
    await page.context().addCookies([{ ...cookie, sameSite: "Strict" }]);
  }

  /** A new account of staff; the token of its first session. */
  staff(kind, email, name) {
    const made = [
      "admin",
      "--data",
      this.data,
      "--json",
      "create-staff",
      "--kind",
      kind,
      "--email",
      email,
      "--name",
      name,
    ];
    return JSON.parse(execFileSync(binary, made, { encoding: "utf8" })).token;
  }

  /** A window of somebody who joined the owner's organization with one role. */
  async joined(owner, role) {
    const body = { email: `${role}@example.com`, roles: [{ role }] };
    const made = await this.ask("POST", `/v1/tenants/${owner.tenant}/invitations`, { key: owner.session, body });
    assert.equal(made.status, 201, made.text);
    const invitation = JSON.parse(made.text).link.split("#")[1];
    const joins = { invitation, name: "Cleo", token: true };
    const page = await this.person();
    await this.enter(page, JSON.parse((await this.ask("POST", "/v1/invitations/accept", { body: joins })).text).token);
    return page;
  }

  /** Sends records, and comes back when they are durable. */
  async send({ source, writeKey }, records) {
    const body = records.map((record) => JSON.stringify(record)).join("\n");
    const sent = await this.ask("POST", `/sources/${source}/frames`, {
      key: writeKey,
      body,
      type: "application/x-ndjson",
    });
    assert.equal(sent.status, 202, sent.text);
  }

  ask(method, path, { key, body, type = "application/json" } = {}) {
    const bytes = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const headers = { "content-type": type, "content-length": Buffer.byteLength(bytes) };
    if (key) headers.authorization = `Bearer ${key}`;
    return new Promise((done, failed) => {
      const asked = request(`${this.origin}${path}`, { method, headers, ca: readFileSync(this.ca) }, (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (piece) => (text += piece));
        answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text }));
      });
      asked.on("error", failed);
      asked.end(bytes);
    });
  }
}

/** Below the ports that Linux gives out by itself: those may go to any connection before the server listens. */
async function freePort() {
  const [first, count] = [12_000, 20_000];
  for (;;) {
    const port = first + Math.floor(Math.random() * count);
    const isFree = await new Promise((done) => {
      const server = createServer().once("error", () => done(false));
      server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
    });
    if (isFree) return port;
  }
}
