import { expect, test } from "vitest";
import type { TemplateOpen, TemplateSection } from "../api/described";
import { inTheWay } from "./template-data";

const sections = [
  {
    id: "encryption",
    title: "Encryption",
    sentences: [
      { id: "encryption/1", line: 3, text: "All backups are encrypted.", choices: [] },
      {
        id: "encryption/2",
        line: 5,
        text: "We run on [Little Cloud | Big Cloud].",
        choices: [{ id: "encryption/2#1", options: ["Little Cloud", "Big Cloud"], range: "closed" }],
      },
      { id: "encryption/3", line: 9, text: "Write to security@DOMAIN.", choices: [], needsDomain: true },
    ],
  },
] as unknown as TemplateSection[];
const open = (problem: object, words = "as the server says it") => ({ problem, words }) as TemplateOpen;

test("what is in the way is told by the names of the template", () => {
  expect(inTheWay(open({ problem: "unresolved", choice: "encryption/2#1" }), sections)).toBe(
    "Encryption, line 5: “Little Cloud” or “Big Cloud” is not chosen yet",
  );
  expect(inTheWay(open({ problem: "not-an-option", choice: "encryption/2#1", given: "Huge" }), sections)).toBe(
    "Encryption, line 5: “Little Cloud” or “Big Cloud”: “Huge” is none of them",
  );
  expect(inTheWay(open({ problem: "no-domain", at: { line: 9 } }), sections)).toBe(
    "Encryption, line 9: there is no domain yet to put in place of DOMAIN",
  );
  expect(inTheWay(open({ problem: "not-a-sentence", sentence: "encryption/1" }), sections)).toBe(
    "Encryption, line 3: your words for “All backups are encrypted.” are empty, of several lines, or too long",
  );
});

test("what has no name here is told as the server tells it", () => {
  for (const problem of [{ problem: "unresolved", choice: "gone/1#1" }, { problem: "nothing" }])
    expect(inTheWay(open(problem), sections)).toBe("as the server says it");
});
