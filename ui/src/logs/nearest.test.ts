import { expect, test } from "vitest";
import { meant } from "./nearest";

const FIELDS = ["level", "service", "http.path", "http.method", "status", "attributes.tenant"];

test("a field that is not there is replaced by the nearest that is", () => {
  expect(meant("levle:error", FIELDS)).toBe("level:error");
  expect(meant("timeout (stauts:>=500 OR -srevice:api)", FIELDS)).toBe("timeout (status:>=500 OR -service:api)");
  expect(meant("http.pth:/v1", FIELDS)).toBe("http.path:/v1");
  expect(meant("Service:api", FIELDS)).toBe("service:api");
});

test("a field that is compared as other languages do has a colon", () => {
  expect(meant("level=error", FIELDS)).toBe("level:error");
  expect(meant('-service==api OR (status="500")', FIELDS)).toBe('-service:api OR (status:"500")');
  expect(meant("levle:error status=500", FIELDS)).toBe("level:error status:500");
  expect(meant("levle=error", FIELDS)).toBe("level:error");
  expect(meant("level:error servce:api status>=500", FIELDS)).toBe("level:error service:api status:>=500");
  expect(meant("status>499 -status<=200 (status<1 OR stauts>2)", FIELDS)).toBe(
    "status:>499 -status:<=200 (status:<1 OR status:>2)",
  );
});

test("what is there, is quoted, or is near to nothing stays as it is", () => {
  for (const query of [
    "level:error",
    "http:*",
    "tenant:a",
    "service.name:api",
    "has:user",
    '"levle:error"',
    "colour:red",
    "time 12:30",
    "x:1",
    "ip:10.0.0.1",
    "htpp://example.org",
    "levle",
    '"level=error"',
    "colour=red",
    "level= error",
    "colour>5",
    '"status>=500"',
    "status:>=500",
    "status >= 500",
    "<status>",
    "url:/a?level=error",
    "",
  ])
    expect(meant(query, FIELDS), query).toBeUndefined();
});
