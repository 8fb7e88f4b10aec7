import { expect, test } from "vitest";
import { amountOf, lasting, leftWords, percent, quietWords, rateWords } from "./pace";

test("what is left is a range, in the unit that fits it", () => {
  const check = (least: number, most: number, words: string) => expect(leftWords({ least, most })).toBe(words);
  check(40, 62, "40 to 70 s left");
  check(2, 4, "at most 10 s left");
  check(40, 125, "at most 3 min left");
  check(130, 220, "2 to 4 min left");
  check(240, 240, "4 to 5 min left");
  check(7_300, 10_000, "2 to 3 h left");
  check(7_300, 9e9, "at most 104,167 d left");
  check(0, 0, "at most 10 s left");
});

test("silence is said once it lasts, and no movement is made up", () => {
  expect([quietWords(0), quietWords(9.9)]).toEqual([null, null]);
  expect(quietWords(40)).toBe("quiet for 40 s");
  expect(quietWords(185)).toBe("quiet for 3 min");
  expect([rateWords(null, "bytes"), rateWords(0, "bytes")]).toEqual([null, null]);
  expect(rateWords(2_071_261.2, "bytes")).toBe("2.1 MB a second");
  expect(rateWords(0.2, "records")).toBe("1 records a second");
});

test("amounts are in real units", () => {
  expect(amountOf(734_003_200, "bytes")).toBe("734 MB");
  expect(amountOf(1_204_310, "records")).toBe("1,204,310 records");
  expect(percent(0, 0)).toBeNull();
  expect([percent(999, 1_000), percent(1_000, 1_000), percent(1_001, 1_000)]).toEqual(["99 %", "100 %", "100 %"]);
  expect([lasting(0.4), lasting(7_500), lasting(7_200)]).toEqual(["less than 1 s", "2 h 5 min", "2 h"]);
});
