import { expect, test } from "vitest";
import { parse } from "./tail";

async function check(pieces: string[], wanted: [string, string][]) {
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (const piece of pieces) stream.enqueue(new TextEncoder().encode(piece));
      stream.close();
    },
  });
  const found: [string, string][] = [];
  for await (const event of parse(body)) found.push([event.name, event.data]);
  expect(found).toEqual(wanted);
}

test("events are whole however they are cut", async () => {
  await check(
    ["event: records\ndata: [1", "]\n\n: still here\n\nevent:heart", "beat\r\ndata:{}\r\n\r\n"],
    [
      ["records", "[1]"],
      ["heartbeat", "{}"],
    ],
  );
  await check(["data: a\ndata: b\n\ndata: not ended"], [["message", "a\nb"]]);
});
