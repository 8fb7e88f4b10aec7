import { expect, test } from "vitest";
import { isFirstLook, type Published, type State } from "./overview";

const MADE = "2026-11-28T10:00:00Z";
const claim = (state: State, since: string) => ({ state, since }) as Published;
const isFirst = (...claims: Published[]) => isFirstLook({ claims, made: MADE });

test("a first look is one of a server whose claims are all new, and not yet all measured", () => {
  const [now, before] = ["2026-11-28T09:59:00Z", "2026-11-27T10:00:00Z"];
  expect(isFirst(claim("UNKNOWN", now), claim("PASS", now))).toBe(true);
  expect(isFirst(claim("PASS", now))).toBe(false);
  expect(isFirst(claim("UNKNOWN", now), claim("PASS", before))).toBe(false);
  expect(isFirst(claim("UNKNOWN", before))).toBe(false);
});
