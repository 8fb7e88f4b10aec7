import { expect, test } from "vitest";
import { amount, areaPath, heightOf, linePath, type Point, scale, span } from "./scale";

const points = (...values: (number | null)[]): Point[] =>
  values.map((value, at) => ({ time: new Date(at * 60_000).toISOString(), value }));

test("an axis holds zero and everything, in numbers that people read", () => {
  const check = (values: (number | null)[], ticks: number[]) => expect(scale(values).ticks).toEqual(ticks);
  check([], [0, 1]);
  check([0, null], [0, 1]);
  check([4], [0, 2, 4]);
  check([3], [0, 1, 2, 3]);
  check([7, 100], [0, 50, 100]);
  check([0.2], [0, 0.1, 0.2]);
  check([-5, 10], [-5, 0, 5, 10]);
  check([41_200_000], [0, 20_000_000, 40_000_000, 60_000_000]);
  check([Number.NaN, Number.POSITIVE_INFINITY, 0.9], [0, 0.5, 1]);
});

test("what is beyond the axis stays in the figure", () => {
  const axis = scale([10]);
  expect([heightOf(0, axis), heightOf(axis.high, axis), heightOf(axis.high * 9, axis)]).toEqual([120, 0, 0]);
});

test("a line has a gap where there is nothing, and a point alone is seen", () => {
  const some = points(0, 3, null, 3);
  const axis = scale(some.map((point) => point.value));
  expect(linePath(some, axis)).toBe("M125 120L375 0M873 0h4");
  expect(areaPath(some, axis)).toBe("M125 120L125 120L375 0L375 120ZM873 120V0h4V120Z");
  expect([linePath([], axis), areaPath(points(null), axis)]).toEqual(["", ""]);
});

test("numbers and lengths are said shortly and truly", () => {
  const check = (value: number | null, words: string) => expect(amount(value)).toBe(words);
  check(null, "none");
  check(412, "412");
  check(99_999.5, "99,999.5");
  check(0.0384, "0.038");
  check(0.000_12, "0.00012");
  check(-41_200_000, "-41.2M");
  expect([0.25, 1, 90, 300, 7_200, 172_800].map(span)).toEqual(["250 ms", "1 s", "90 s", "5 min", "2 h", "2 d"]);
});
