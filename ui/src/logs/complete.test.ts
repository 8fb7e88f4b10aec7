import { expect, test } from "vitest";
import { completed, matching, placeAt, valueText } from "./complete";

test("the word at the caret is a name, a value, or nothing that can be helped with", () => {
  const check = (text: string, kind: string | undefined, written?: string) => {
    const caret = text.indexOf("|");
    const place = placeAt(text.replace("|", ""), caret);
    expect([place?.kind, place?.written], text).toEqual([kind, written]);
  };
  check("ser|", "name", "ser");
  check("level:error ser|", "name", "ser");
  check("(-ser|vice", "name", "ser");
  check("service:|", "value", "");
  check("-service:ap| x", "value", "ap");
  check("status:>=|", undefined);
  check('"connection re|', undefined);
  check('service:"two wo|', undefined);
  check("has:us|", undefined);
  check("a |", undefined);
});

test("what is chosen takes the place of the whole word", () => {
  const place = placeAt("a ser:x b", 5);
  expect(place && completed("a ser:x b", place, { text: "service:", shown: "service", count: 1 })).toEqual({
    text: "a service: b",
    caret: 10,
  });
  const value = placeAt("service:a", 9);
  expect(value && completed("service:a", value, { text: "api", shown: "api", count: 1 })).toEqual({
    text: "service:api ",
    caret: 12,
  });
});

test("what begins with the word comes first, then the frequent", () => {
  const all = [
    { text: "http.status:", shown: "http.status", count: 9 },
    { text: "status:", shown: "status", count: 1 },
    { text: "state:", shown: "state", count: 5 },
    { text: "user:", shown: "user", count: 7 },
  ];
  expect(matching(all, "stat", 10).map((one) => one.shown)).toEqual(["state", "status", "http.status"]);
});

test("a value is written so that it is read as meant", () => {
  const check = (value: unknown, text: string) => expect(valueText("f", value)).toBe(text);
  check("api", "api");
  check("two words", '"two words"');
  check(-5, '"-5"');
  check(502, "502");
});
