import { expect, test } from "vitest";
import { modules } from "./qr";

/** Rows as hexadecimal numbers, dark modules as ones. */
const rows = (text: string) => modules(text)?.map((row) => BigInt(`0b${row.map(Number).join("")}`).toString(16));

// Each was read back by another program's decoder before it was written down here.
test("codes are those that a decoder has read", () => {
  expect(rows("otpauth://totp/Blockhouse:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Blockhouse")).toMatchSnapshot();
  expect(rows("A")).toMatchSnapshot();
});

test("each version is as large as it should be, and what is too long has none", () => {
  const sizes = [17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425].map(
    (length) => modules("x".repeat(length))?.length,
  );
  expect(sizes).toEqual(Array.from({ length: 13 }, (_, at) => at * 4 + 21));
  expect(modules("x".repeat(426))).toBeNull();
});
