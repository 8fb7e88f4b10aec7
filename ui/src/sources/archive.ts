// A daily archive in words: where it goes, why it does not get on, and beside which field a refusal stands. Pure.

import type { Archive } from "../api/described";

/** Where it goes, in one text. */
export function destinationWords({ bucket, folder }: Pick<Archive, "bucket" | "folder">): string {
  if (!bucket) return `the folder ${folder ?? ""}`;
  return [bucket.endpoint, bucket.name, ...(bucket.prefix ? [bucket.prefix] : [])].join("/");
}

export type ArchiveField =
  | "endpoint"
  | "region"
  | "name"
  | "access_key_id"
  | "secret_access_key"
  | "folder"
  | "recipient"
  | "from";

const FIELDS: Record<string, ArchiveField> = {
  archive_endpoint_invalid: "endpoint",
  archive_address: "endpoint",
  archive_unreachable: "endpoint",
  archive_slow: "endpoint",
  archive_redirected: "endpoint",
  archive_region_wrong: "region",
  archive_bucket_unknown: "name",
  archive_credentials_wrong: "access_key_id",
  archive_access_denied: "access_key_id",
  archive_secret_missing: "secret_access_key",
  archive_folder_invalid: "folder",
  archive_folder_not_allowed: "folder",
  archive_folder_full: "folder",
  archive_folder_failed: "folder",
  archive_recipient_invalid: "recipient",
  archive_recipient_missing: "recipient",
  archive_encryption_refused: "recipient",
  archive_day_invalid: "from",
  archive_day_not_kept: "from",
  archive_day_not_over: "from",
};

/** The field that a refusal is about; `null` where it is about none of them alone. */
export const archiveField = (code: string): ArchiveField | null => FIELDS[code] ?? null;

const WHY: Record<string, string> = {
  archive_unreachable: "No connection to the endpoint comes about.",
  archive_slow: "The endpoint does not answer in time.",
  archive_address: "The endpoint's address is not public, and whoever runs this installation does not allow it.",
  archive_redirected: "The endpoint answers with a redirect, which is not followed.",
  archive_credentials_wrong: "The service knows no such access key, or its secret is another one now.",
  archive_access_denied: "The access key may not write there.",
  archive_bucket_unknown: "There is no such bucket.",
  archive_region_wrong: "The bucket is in another region.",
  archive_encryption_refused: "The service does not encrypt what it stores, and there is no recipient.",
  archive_clock: "The clock of this server and that of the service differ too much.",
  archive_refused: "The service refuses what is sent.",
  archive_folder_full: "The disk of the folder is full.",
  archive_folder_failed: "The folder cannot be written to.",
  archive_folder_not_allowed: "This installation has no folder for archives any more.",
  keeper_may_not_read: "Whoever set it may not read the source any more.",
};

/** Why it does not get on; a code that is not known here is said as it is. */
export const archiveWhy = (code: string): string => WHY[code] ?? `${code.replaceAll("_", " ")}.`;

/** The last day that is over, in UTC. */
export const lastOver = (now: number) => new Date(now - 86_400_000).toISOString().slice(0, 10);
