//! The bounds of daily archives.

use super::{ALERT_AUTHORITY_BYTES_MAX, FORM_BYTES_MAX, PAGE_BYTES_MAX, RECORD_BYTES_MAX};

/// Seconds after a day's end before it is written, for records that are on their way.
pub const ARCHIVE_GRACE_SECONDS: i64 = 3_600;
/// Bytes of NDJSON of one object, before it is compressed: what reaches it is its last record.
pub const ARCHIVE_OBJECT_BYTES: usize = 64 << 20;
/// Records that are read at once for an archive.
pub const ARCHIVE_PAGE_RECORDS: usize = 8_192;
/// Seconds that reading a stretch of a day may take. Longer: a shorter stretch is read.
pub const ARCHIVE_SWEEP_SECONDS_MAX: u64 = 10;
/// Days that somebody wants written anew, and that wait. More: 409 `too_many`.
pub const ARCHIVE_ASKED_MAX: usize = 31;
/// Days of which an archive's last manifest is shown; older ones are in the trail.
pub const ARCHIVE_DAYS_SHOWN: i64 = 31;
/// Seconds of failing after which owners are told.
pub const ARCHIVE_FAILING_SECONDS: i64 = 24 * 3_600;
/// Seconds that one object may take on its way: a few, and more by its bytes. Longer: it is tried again.
pub const ARCHIVE_UPLOAD_SECONDS_MIN: u64 = 15;
pub const ARCHIVE_UPLOAD_BYTES_A_SECOND: u64 = 256 << 10;
pub const ARCHIVE_UPLOAD_SECONDS_MAX: u64 = 300;
/// Seconds for the small object that tries a destination; a tenant tries one at a time. More: 429 `too_many_tries`.
pub const ARCHIVE_TRY_SECONDS_MAX: u64 = 15;
/// Bytes of what an object store answers to an upload. More: read no further.
pub const ARCHIVE_ANSWER_BYTES_MAX: usize = 64 << 10;
/// Bytes of an endpoint, of a folder in a bucket, and of the authorities that vouch for an endpoint. More: refused.
pub const ARCHIVE_ENDPOINT_BYTES_MAX: usize = 512;
pub const ARCHIVE_PREFIX_BYTES_MAX: usize = 512;
pub const ARCHIVE_AUTHORITY_BYTES_MAX: usize = ALERT_AUTHORITY_BYTES_MAX;
/// Characters of the other fields of a destination. More: refused.
pub const ARCHIVE_FIELD_CHARS_MAX: usize = 256;

// A setting with everything in it fits into a form, and an object takes any record and what one page has.
const _: () = assert!(2 * ARCHIVE_AUTHORITY_BYTES_MAX <= FORM_BYTES_MAX);
const _: () = assert!(RECORD_BYTES_MAX < ARCHIVE_OBJECT_BYTES && PAGE_BYTES_MAX < ARCHIVE_OBJECT_BYTES);
