import { expect, test } from "vitest";
import { aboutOf } from "./precision";

test("a number that may be off says so, and why", () => {
  expect(aboutOf("exact")).toEqual({ about: "", why: undefined });
  expect(aboutOf(undefined).about).toBe("");
  expect(aboutOf("whole parts").about).toBe("about ");
  expect(aboutOf("whole parts").why).toMatch(/time range begins or ends within one/);
  expect(aboutOf("sampled 1 in 64").why).toBe("About: 1 of 64 records was counted.");
});
