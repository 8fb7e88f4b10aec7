import { expect, test } from "vitest";
import { homeOf, placesFor } from "./nav";

const names = (kind: string, ...rights: string[]) =>
  placesFor(kind, kind === "person" ? new Set(rights) : undefined).map((place) => place.id);

const MEMBER = ["logs:read", "logs:write", "source:view", "keys:view", "tenant:view", "views:view", "alerts:view"];
const AUDITOR = [
  "audit:read",
  "people:view",
  "roles:view",
  "access:view",
  "overview:view",
  "source:view",
  "tenant:view",
];

test("a place is offered to whoever may see something there", () => {
  expect(names("person", ...MEMBER)).toEqual(["logs", "views", "sources", "alerts", "claims", "keys", "jobs"]);
  expect(names("person", ...AUDITOR)).toEqual([
    "sources",
    "claims",
    "access",
    "audit",
    "keys",
    "people",
    "sign-in-rules",
    "jobs",
  ]);
  expect(names("operator")).toEqual(["claims", "audit", "system"]);
});

test("all of a member's places are there while it is not known what they may", () => {
  expect(placesFor("person")).toHaveLength(11);
});

test("each begins where there is something for them", () => {
  expect(homeOf("person")).toBe("/logs");
  expect(homeOf("person", new Set(MEMBER))).toBe("/logs");
  expect(homeOf("person", new Set(AUDITOR))).toBe("/sources");
  expect(homeOf("engineer")).toBe("/access");
  expect(homeOf("operator")).toBe("/system");
});
