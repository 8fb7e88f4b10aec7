import { expect, test } from "vitest";
import { Problem } from "../api/client";
import type { JobState, Received } from "../api/jobs";
import { type Progress, upload, type Way } from "./upload";

const FILE = new Blob(["0123456789abcdefghijklmnopqrstuvwxyz".repeat(3)]);
const PIECE = 10;

/** A server that takes pieces as the real one does, and fails as it is told. */
class Server {
  taken = "";
  state: JobState = "receiving";
  faults: (Problem | "lost" | null)[] = [];
  waits: number[] = [];
  told: Progress[] = [];

  way: Way = {
    send: async (offset, piece, tell) => {
      const fault = this.faults.shift() ?? null;
      tell(piece.byteLength);
      if (fault instanceof Problem) throw fault;
      if (this.state !== "receiving") throw new Problem(409, { code: "job_not_receiving" });
      if (offset !== this.taken.length) throw new Problem(409, { code: "offset_wrong" });
      this.taken += new TextDecoder().decode(piece);
      if (this.taken.length === FILE.size) this.state = "waiting";
      // It came, and its answer did not.
      if (fault === "lost") throw new Problem(0, { code: "unreachable" });
      return this.answer();
    },
    look: async () => this.answer(),
    wait: async (ms) => void this.waits.push(ms),
  };

  answer = (): Received => ({ received: this.taken.length, state: this.state });
  run = (from = 0, signal = new AbortController().signal) =>
    upload({ file: FILE, from, pieceBytes: PIECE, way: this.way, tell: (now) => this.told.push(now), signal });
}

const whole = await FILE.text();

test("the pieces make the file, and the last one ends it", async () => {
  const server = new Server();
  expect(await server.run()).toBe("waiting");
  expect(server.taken).toBe(whole);
  expect(server.told.some(({ received, sending }) => received === 20 && sending === PIECE)).toBe(true);
});

test("it goes on where an earlier one stopped", async () => {
  const server = new Server();
  server.taken = whole.slice(0, 40);
  expect(await server.run(40)).toBe("waiting");
  expect(server.taken).toBe(whole);
});

test("what did not get through is sent again, ever more rarely; what came without an answer is not", async () => {
  const server = new Server();
  const gone = new Problem(0, { code: "unreachable" });
  server.faults = [null, gone, gone, new Problem(503, { code: "disk_full" }, 7), "lost", null, "lost"];
  expect(await server.run()).toBe("waiting");
  expect(server.taken).toBe(whole);
  expect(server.waits).toEqual([1_000, 2_000, 7_000, 8_000, 1_000]);
  expect(server.told.find((now) => now.trouble)?.trouble?.problem.code).toBe("unreachable");
});

test("a wait never gets longer than half a minute", async () => {
  const server = new Server();
  server.faults = Array(12).fill(new Problem(502, {}));
  await server.run();
  expect(Math.max(...server.waits)).toBe(30_000);
});

test("whoever believes to be elsewhere goes on where the server is", async () => {
  const server = new Server();
  server.taken = whole.slice(0, 30);
  expect(await server.run(10)).toBe("waiting");
  expect(server.taken).toBe(whole);
});

test("a server that cannot be reached while it is asked where it is, is asked again", async () => {
  const server = new Server();
  server.taken = whole.slice(0, 30);
  const look = server.way.look;
  let asked = 0;
  server.way.look = async (signal) => {
    asked += 1;
    if (asked === 1) throw new Problem(503, {});
    return look(signal);
  };
  expect(await server.run(10)).toBe("waiting");
  expect([server.taken, asked]).toEqual([whole, 2]);
});

test("what was ended meanwhile is over, and what is refused is not tried again", async () => {
  const server = new Server();
  server.state = "cancelled";
  expect(await server.run()).toBe("cancelled");
  const refused = new Server();
  refused.faults = [new Problem(403, { code: "job_of_another" })];
  await expect(refused.run()).rejects.toMatchObject({ code: "job_of_another" });
  expect(refused.waits).toEqual([]);
});

test("a server that sends one in circles is left", async () => {
  const server = new Server();
  server.faults = Array(20).fill(new Problem(409, { code: "offset_wrong" }));
  await expect(server.run()).rejects.toMatchObject({ code: "offset_wrong" });
});

test("a file that cannot be read any more ends it with words", async () => {
  const file = { size: 100, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) }) };
  const server = new Server();
  const { way } = server;
  const signal = new AbortController().signal;
  const run = upload({ file: file as unknown as Blob, from: 0, pieceBytes: PIECE, way, tell: () => {}, signal });
  await expect(run).rejects.toMatchObject({ code: "file_changed" });
});

test("it stops when it is told to", async () => {
  const stop = new AbortController();
  const server = new Server();
  server.faults = [new Problem(0, {})];
  server.way.wait = async () => stop.abort();
  await expect(server.run(0, stop.signal)).rejects.toThrow();
  expect(server.taken).toBe("");
});
