import { expect, test } from "vitest";
import { draftOf, FIRST, fieldsOf } from "./draft";

const SAID = { id: "OWN-X", title: "x", sentence: "X.", limits: "none", group: "users" };

test("a draft goes through the form's fields and comes back as it was", () => {
  const drafts = [
    { ...SAID, class: "software", bound: { kind: "evidence", source: "s", windowMinutes: 60, query: "a", atMost: 0 } },
    {
      ...SAID,
      class: "software",
      bound: {
        kind: "sequence",
        source: "s",
        windowMinutes: 60,
        trigger: "a",
        burst: 5,
        withinSeconds: 60,
        follows: "b",
        answerSeconds: 30,
        groupBy: "account",
      },
    },
    { ...SAID, class: "deployment", bound: { kind: "probe", host: "app.example.com", kinds: ["tls", "headers"] } },
    { ...SAID, class: "organisational", bound: { kind: "attested", maxDays: 30 } },
  ] as const;
  for (const draft of drafts) expect(draftOf(fieldsOf(draft as never))).toEqual(draft);
});

test("what another kind would need is not sent", () => {
  const draft = draftOf({ ...FIRST, ...SAID, kind: "attested", query: "left over" });
  expect(JSON.stringify(draft)).not.toContain("left over");
  expect(draftOf({ ...FIRST, ...SAID, query: "q" }).bound).toEqual({
    kind: "evidence",
    source: "",
    windowMinutes: 1440,
    query: "q",
  });
});
