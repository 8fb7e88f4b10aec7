import { expect, test } from "vitest";
import type { LogRecord } from "../api/types";
import { fieldsOf, valuesOf } from "./fields-of";

const of = (attributes: LogRecord["attributes"], level?: string) =>
  ({ id: "1", timestamp: "2026-01-01T00:00:00Z", message: "m", level, attributes }) as LogRecord;
const ROWS = [
  of({ http: { status: 200 }, user: null }, "info"),
  of({ http: { status: 502 } }),
  of({ http: { status: 200 } }),
];

test("each field of the rows is counted, by their names", () => {
  expect(fieldsOf(ROWS)).toEqual([
    { name: "http.status", records: 3 },
    { name: "level", records: 1 },
    { name: "message", records: 3 },
  ]);
  expect(fieldsOf([])).toEqual([]);
});

test("values are counted, the most frequent first, and rows without the field are told", () => {
  expect(valuesOf(ROWS, "http.status")).toEqual({
    records: 3,
    present: 3,
    distinct: 2,
    top: [
      { value: 200, count: 2 },
      { value: 502, count: 1 },
    ],
  });
  expect(valuesOf(ROWS, "level")).toMatchObject({ records: 3, present: 1 });
});
