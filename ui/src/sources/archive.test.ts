import { expect, test } from "vitest";
import { archiveField, archiveWhy, destinationWords, lastOver } from "./archive";

const bucket = {
  endpoint: "https://s3.example",
  region: "eu-central-1",
  name: "acme-logs",
  prefix: null,
  access_key_id: "AKIA1",
  authority: null,
};

test("where an archive goes is said in one text", () => {
  expect(destinationWords({ bucket, folder: null })).toBe("https://s3.example/acme-logs");
  expect(destinationWords({ bucket: { ...bucket, prefix: "logs/prod" }, folder: null })).toBe(
    "https://s3.example/acme-logs/logs/prod",
  );
  expect(destinationWords({ bucket: null, folder: "acme" })).toBe("the folder acme");
});

test("a refusal stands beside the field that it is about, and what is not known is said as it is", () => {
  expect(archiveField("archive_region_wrong")).toBe("region");
  expect(archiveField("archive_bucket_invalid")).toBeNull();
  expect(archiveField("step_up_required")).toBeNull();
  expect(archiveWhy("archive_access_denied")).toBe("The access key may not write there.");
  expect(archiveWhy("something_new")).toBe("something new.");
});

test("the last day that is over is yesterday in UTC", () => {
  expect(lastOver(Date.parse("2026-03-01T00:00:00Z"))).toBe("2026-02-28");
  expect(lastOver(Date.parse("2026-03-01T23:59:59Z"))).toBe("2026-02-28");
});
