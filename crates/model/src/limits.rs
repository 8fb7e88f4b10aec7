//! Every bound of the product, and what happens at it.
//!
//! A limit that two parts share is stated once, here; relations between limits are checked at compile time.

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

// --- names ---

/// Characters in a tenant's, source's or key's name. Longer: refused.
pub const NAME_CHARS_MAX: usize = 64;

// --- what a client may send ---

/// Bytes of a request body on the wire. Larger: 413 `body_too_large`.
pub const BODY_WIRE_BYTES_MAX: usize = 16 * MIB;
/// Bytes of a request body after decompression. Larger: 413 `body_too_large`.
pub const BODY_BYTES_MAX: usize = 32 * MIB;
/// How many times larger than on the wire a body may become, beyond the first MiB. More: 413 `decompression_bomb`.
pub const DECOMPRESSION_RATIO_MAX: usize = 200;
/// Bytes of one record in its normal form. Larger: the record is refused with 413 `record_too_large`.
pub const RECORD_BYTES_MAX: usize = 4 * MIB;
/// Records in one request. More: 413 `too_many_records`.
pub const RECORDS_PER_BATCH_MAX: usize = 500_000;
/// Nesting of objects and arrays in one record. Deeper: 400 `too_deep`.
pub const JSON_DEPTH_MAX: usize = 64;
/// Bytes of one field's dotted name. Longer: the field is kept in the record's rest, searchable but without a column.
pub const FIELD_NAME_BYTES_MAX: usize = 256;

// --- journal and fresh records ---

/// Distinct columns (field and type) of one fresh table. Fields beyond it go to the record's rest.
pub const COLUMNS_MAX: usize = 1_000;
/// Rows of one chunk of a fresh table.
pub const CHUNK_ROWS: usize = 8_192;
/// Raw bytes after which a fresh table becomes a part.
pub const FRESH_RAW_BYTES: usize = 64 * MIB;
/// Raw bytes of fresh tables on the whole node, waiting ones included. Above: 503 `busy` until parts are written.
pub const FRESH_RAW_BYTES_TOTAL: usize = 256 * MIB;
/// Seconds after which a fresh table becomes a part even when it is small.
pub const FRESH_SECONDS_MAX: i64 = 3_600;
/// Raw bytes accepted but not yet durable, per source. Above: 503 `busy`.
pub const PENDING_BYTES_MAX: usize = 64 * MIB;
/// Raw bytes that one journal frame gathers, unless a single batch is larger.
pub const JOURNAL_GROUP_BYTES: usize = 2 * MIB;
/// Bytes of one journal frame before sealing; a frame that says more is refused as corrupt.
pub const JOURNAL_FRAME_BYTES_MAX: usize = 64 * MIB;
/// Idempotency keys remembered per source, and for how long.
pub const IDEMPOTENCY_KEYS_MAX: usize = 65_536;
pub const IDEMPOTENCY_SECONDS: i64 = 24 * 3_600;

// --- parts ---

/// Rows of a page: what an index entry stands for and what a read decodes at least.
pub const PAGE_ROWS: usize = 8_192;
/// Rows of a row group.
pub const ROW_GROUP_ROWS: usize = 131_072;
/// Parts with fewer raw bytes are merged with their neighbours of the same day.
pub const PART_RAW_BYTES_SMALL: u64 = 32 << 20;
/// Raw bytes that a merged part may reach.
pub const PART_RAW_BYTES_MAX: u64 = 256 << 20;

// --- queries ---

/// Bytes of a query's text. Longer: 400 `query_too_long`.
pub const QUERY_BYTES_MAX: usize = 16 * KIB;
/// Nesting of groups in a query. Deeper: 400 `query_too_deep`.
pub const QUERY_DEPTH_MAX: usize = 64;
/// Terms of a query. More: 400 `query_too_long`.
pub const QUERY_TERMS_MAX: usize = 1_024;
/// Records of one page of an answer; the default, and the most a client may ask for.
pub const PAGE_RECORDS_DEFAULT: usize = 100;
pub const PAGE_RECORDS_MAX: usize = 10_000;
/// Bytes of one page of an answer: it ends early, with a cursor, when it has grown this large.
pub const PAGE_BYTES_MAX: usize = 16 * MIB;
/// Rows of a SQL answer. More: cut, and the answer says so.
pub const SQL_ROWS_MAX: usize = 10_000;
/// Memory of one SQL query beyond the parts it reads. More: 422 `query_memory`.
pub const QUERY_MEMORY_BYTES: usize = 128 * MIB;
/// Seconds a query may run. Longer: 408 `query_timeout`.
pub const QUERY_SECONDS_MAX: u64 = 60;
/// Queries that run at once; more wait, and after `QUERY_WAIT_SECONDS` are refused with 503 `busy`.
pub const QUERIES_AT_ONCE: usize = 8;
pub const QUERY_WAIT_SECONDS: u64 = 10;

// --- live tail ---

/// Records a slow follower may lag behind before it is told how many it missed.
pub const TAIL_BUFFER_RECORDS: usize = 5_000;
/// Followers of one source.
pub const TAILS_PER_SOURCE_MAX: usize = 64;

// --- connections ---

/// Connections on the node, and from one address. More: closed before the handshake.
pub const CONNECTIONS_MAX: usize = 4_096;
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 512;
/// Seconds for a TLS handshake, for a request's headers, and for a connection with nothing under way.
pub const HANDSHAKE_SECONDS_MAX: u64 = 10;
pub const HEADER_SECONDS_MAX: u64 = 10;
pub const IDLE_SECONDS_MAX: u64 = 120;
/// Seconds without a byte of a request's body.
pub const BODY_STALL_SECONDS_MAX: u64 = 30;
/// Bytes of all headers of a request.
pub const HEADER_BYTES_MAX: usize = 32 * KIB;
/// Bytes of request bodies held at once on the node. More: 503 `busy`.
pub const BODIES_IN_FLIGHT_BYTES_MAX: usize = 128 * MIB;

// --- keys ---

/// Days until an API key ends, unless its maker chose another time.
pub const API_KEY_DAYS_DEFAULT: i64 = 90;
/// Seconds a data key may seal after it was made.
pub const DATA_KEY_SEAL_SECONDS_MAX: i64 = 24 * 3_600;
/// Minutes a setup link lives.
pub const SETUP_MINUTES: i64 = 30;

// A single accepted body must fit the queue in front of the journal, and one frame.
const _: () = assert!(BODY_BYTES_MAX <= PENDING_BYTES_MAX);
const _: () = assert!(BODY_BYTES_MAX + JOURNAL_GROUP_BYTES <= JOURNAL_FRAME_BYTES_MAX);
// One fresh table fills while another is written, for more than one source.
const _: () = assert!(2 * FRESH_RAW_BYTES < FRESH_RAW_BYTES_TOTAL);
const _: () = assert!(RECORD_BYTES_MAX <= BODY_BYTES_MAX);
const _: () = assert!(CHUNK_ROWS.is_multiple_of(PAGE_ROWS) && ROW_GROUP_ROWS.is_multiple_of(PAGE_ROWS));
