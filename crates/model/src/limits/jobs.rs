//! The bounds of long work, and of what is imported.

use super::{BODY_WIRE_BYTES_MAX, RECORD_BYTES_MAX};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

// --- jobs ---

/// Jobs of one tenant that have not ended, and of the installation. More: 409 `too_many`.
pub const JOBS_OPEN_PER_TENANT_MAX: i64 = 10;
pub const JOBS_OPEN_MAX: i64 = 1_000;
/// Ended jobs that are kept of one tenant; the oldest go.
pub const JOBS_KEPT_PER_TENANT_MAX: i64 = 500;
/// Jobs of a page of the list; the default, and the most a client may ask for.
pub const JOBS_PAGE_DEFAULT: usize = 50;
pub const JOBS_PAGE_MAX: usize = 100;
/// Jobs that run at once on the node, each of another tenant. More: they wait for their turn.
pub const JOBS_AT_ONCE: usize = 4;
/// Seconds that one of them works before it is the next one's turn.
pub const JOB_TURN_SECONDS: i64 = 1;
/// Exceptions that are kept of one job. More: counted.
pub const JOB_EXCEPTIONS_KEPT_MAX: usize = 100;
/// Seconds between two marks of how far a job was, and how many are kept: a rate is that of the last minute.
pub const JOB_MARK_SECONDS: i64 = 5;
pub const JOB_MARKS_MAX: usize = 13;
/// Seconds between two tries of a job that stands still, at first and at most.
pub const JOB_RETRY_SECONDS: i64 = 1;
pub const JOB_RETRY_SECONDS_MAX: i64 = 60;

// --- imports ---

/// Bytes of a file as it is uploaded, and of those of one tenant's open jobs together. More: 413 `import_too_large`.
pub const IMPORT_BYTES_MAX: u64 = 16 * GIB;
pub const IMPORT_BYTES_PER_TENANT_MAX: u64 = 64 * GIB;
/// Bytes of one request of an upload, unless they are the last. Others: 400 `piece_wrong_size`.
pub const UPLOAD_PIECE_BYTES: usize = 8 << 20;
/// Of a disk, uploads leave one part in so many free, beside what is kept of it in any case.
pub const UPLOADS_LEAVE_SHARE: u64 = 20;
/// Hours until an upload ends that nobody goes on with.
pub const UPLOAD_HOURS: i64 = 24;
/// Bytes that a file may become, whatever its size; and beyond the first so many, at most `DECOMPRESSION_RATIO_MAX` times its
/// size. More: the job fails with `decompression_bomb`.
pub const IMPORT_PLAIN_BYTES_MAX: u64 = 1_024 * GIB;
pub const IMPORT_FREE_BYTES: u64 = 64 * MIB;
/// Days until a job that has not ended fails, unless its source keeps records for less.
pub const JOB_DAYS_MAX: u32 = 7;

// A piece is a body, and a record fits into what decides how a file is read.
const _: () = assert!(UPLOAD_PIECE_BYTES <= BODY_WIRE_BYTES_MAX);
const _: () = assert!(RECORD_BYTES_MAX as u64 <= IMPORT_FREE_BYTES);
