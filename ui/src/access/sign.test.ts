import { expect, test } from "vitest";
import { sign, words } from "./sign";

const STATEMENT = "blockhouse/access/1\napprove\nrequest: r1\nticket: 4812: late\nexplanation: invoices\n";

test("a passkey is not asked to sign anything but the words that were shown", async () => {
  // The digest of the same words with another ticket.
  const challenge = "q8zUTLQ3zVvS0tGv4wG0nXcS8Qm3f0s8b4c1x9o0b2I";
  const asked = { statement: STATEMENT, options: { publicKey: { challenge } } };
  await expect(sign(asked)).rejects.toThrow("Nothing was signed");
});

test("a statement's lines are its names and values, colons and all", () => {
  expect(words(STATEMENT)).toEqual({
    verb: "approve",
    lines: [
      ["request", "r1"],
      ["ticket", "4812: late"],
      ["explanation", "invoices"],
    ],
  });
});
