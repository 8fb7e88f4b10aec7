import { expect, test } from "vitest";
import { wrongOf } from "./entered";

test("all that is missing is told at once", () => {
  expect(Object.keys(wrongOf({ name: "", email: "", tenant: "", source: "" }))).toEqual([
    "name",
    "email",
    "tenant",
    "source",
  ]);
  expect(wrongOf({ name: "Ada", email: "ada@localhost", tenant: "Acme", source: "first" })).toEqual({});
  expect(wrongOf({ name: "Ada", email: "ada at work", tenant: "Acme", source: "first" })).toEqual({
    email: "Enter an e-mail address, such as ada@example.com.",
  });
});
