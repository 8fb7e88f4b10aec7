//! Every bound of the product, and what happens at it.
//!
//! A limit that two parts share is stated once, here; relations between limits are checked at compile time.

mod archive;
mod forward;
mod jobs;
mod proof;
mod reading;
mod refusing;
mod sign_in;
mod watch;

pub use archive::*;
pub use forward::*;
pub use jobs::*;
pub use proof::*;
pub use reading::*;
pub use refusing::*;
pub use sign_in::*;
pub use watch::*;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

// --- names ---

/// Characters in a tenant's, source's or key's name. Longer: refused.
pub const NAME_CHARS_MAX: usize = 64;
/// Tenants of an installation, and sources of a tenant. More: refused.
pub const TENANTS_MAX: i64 = 10_000;
pub const SOURCES_PER_TENANT_MAX: i64 = 10_000;
/// Days that a source keeps its records, unless its maker chose otherwise, and the most that may be chosen.
pub const RETENTION_DAYS_DEFAULT: u32 = 30;
pub const RETENTION_DAYS_MAX: u32 = 3_650;
/// Bytes of a quota: as many as a number of JavaScript holds. More: 422 `quota_invalid`.
pub const QUOTA_BYTES_MAX: u64 = (1 << 53) - 1;
/// Days for which the volume of a day is kept.
pub const VOLUME_DAYS: i32 = 400;
/// Days of which a source says what arrived.
pub const ARRIVAL_DAYS_SHOWN: i32 = 30;

// --- what a client may send ---

/// Bytes of a request body on the wire. Larger: 413 `body_too_large`.
pub const BODY_WIRE_BYTES_MAX: usize = 16 * MIB;
/// Bytes of a request body after decompression. Larger: 413 `body_too_large`.
pub const BODY_BYTES_MAX: usize = 32 * MIB;
/// Bytes of a body of JSON about people and settings. Larger: 413 `body_too_large`.
pub const FORM_BYTES_MAX: usize = 64 << 10;
/// How many times larger than on the wire a body may become, beyond the first MiB. More: 413 `decompression_bomb`.
pub const DECOMPRESSION_RATIO_MAX: usize = 200;
/// Bytes that a body may become whatever its size on the wire.
pub const DECOMPRESSION_FREE_BYTES: usize = MIB;
/// Window of a zstd body as a power of two: the 8 MiB of RFC 9659. Larger: 400 `invalid_encoding`.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Bytes of one record in its normal form. Larger: the record is refused with 413 `record_too_large`.
pub const RECORD_BYTES_MAX: usize = 4 * MIB;
/// Records in one request. More: 413 `too_many_records`.
pub const RECORDS_PER_BATCH_MAX: usize = 500_000;
/// Bytes of records of an uploaded journal that are stored at once.
pub const JOURNAL_UPLOAD_PIECE_BYTES: usize = MIB;
/// Actions of one Elasticsearch bulk request, each of which is answered. More: 413 `too_many_records`.
pub const BULK_ACTIONS_MAX: usize = 100_000;
/// Bytes of an index's name and of a document's id in it, which are answered and not kept. Longer: the action is refused.
pub const BULK_INDEX_BYTES_MAX: usize = 255;
pub const BULK_ID_BYTES_MAX: usize = 512;
/// Nesting of objects and arrays in one record. Deeper: 400 `too_deep`.
pub const JSON_DEPTH_MAX: usize = 64;
/// Bytes of one field's dotted name. Longer: the field is kept in the record's rest, searchable but without a column.
pub const FIELD_NAME_BYTES_MAX: usize = 256;

// --- what is read out of messages ---

/// Bytes of a line that formats are looked for in. Longer: left alone.
pub const RECOGNISED_LINE_BYTES_MAX: usize = 64 * KIB;
/// Attributes that one line gives. More: left alone.
pub const RECOGNISED_FIELDS_MAX: usize = 256;
/// Lines and bytes of a stack trace that is made one record. More: the rest is another record.
pub const STACK_TRACE_LINES_MAX: usize = 1_000;
pub const STACK_TRACE_BYTES_MAX: usize = 256 * KIB;

/// Filters of a source, and bytes of a filter's text.
pub const DROP_FILTERS_MAX: usize = 50;
pub const DROP_FILTER_BYTES_MAX: usize = 512;

// --- pipelines ---

/// Rules of a source, conditions of a rule, and named groups of a pattern. More: 422 `pipeline_invalid`, as for all of these.
pub const PIPELINE_RULES_MAX: usize = 50;
pub const PIPELINE_CONDITIONS_MAX: usize = 8;
pub const PIPELINE_GROUPS_MAX: usize = 32;
/// Patterns of all rules of a source.
pub const PIPELINE_PATTERNS_MAX: usize = 50;
/// Bytes of a text in a rule: a pattern, what is looked for, a value.
pub const PIPELINE_TEXT_BYTES_MAX: usize = KIB;
/// Bytes that one pattern may take compiled, and beside it what it remembers while it runs.
pub const PIPELINE_REGEX_BYTES_MAX: usize = 256 * KIB;
pub const PIPELINE_REGEX_CACHE_BYTES: usize = 256 * KIB;
/// Characters of what stands in a mask.
pub const PIPELINE_MASK_CHARS_MAX: usize = 32;
/// Bytes of a text that a pattern or a format is tried on. Longer: it is not, and the rule has failed; a mask hides all of it.
pub const PIPELINE_LOOK_BYTES_MAX: usize = 64 * KIB;
/// Bytes of one record that all rules look at together. More: the rules that are left have failed; masks among them hide all
/// that they would have looked at.
pub const PIPELINE_RECORD_BYTES_MAX: usize = 8 * MIB;
/// Sources whose rules are kept compiled. One more: the one that was used longest ago is compiled anew.
pub const PIPELINES_COMPILED_MAX: usize = 16;
/// Records that a trial looks at, unless it says otherwise; at most as many as a page has.
pub const PIPELINE_TRIAL_RECORDS_DEFAULT: usize = 1_000;
/// Examples of a trial, and bytes of a record in one. Larger: the record is counted alone.
pub const PIPELINE_EXAMPLES_MAX: usize = 20;
pub const PIPELINE_EXAMPLE_BYTES_MAX: usize = 64 * KIB;

// --- journal and fresh records ---

/// Distinct columns (field and type) of one fresh table. Fields beyond it go to the record's rest.
pub const COLUMNS_MAX: usize = 1_000;
/// Rows of one chunk of a fresh table.
pub const CHUNK_ROWS: usize = 8_192;
/// Raw bytes after which a fresh table becomes a part.
pub const FRESH_RAW_BYTES: usize = 64 * MIB;
/// Raw bytes of fresh tables on the whole node, waiting ones included. Above: 503 `busy` until parts are written.
pub const FRESH_RAW_BYTES_TOTAL: usize = 192 * MIB;
/// The same of one source, so that one that cannot be written leaves room for the others.
pub const FRESH_RAW_BYTES_PER_SOURCE: usize = FRESH_RAW_BYTES_TOTAL - 32 * MIB;
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
/// Seconds for which a delivery without a name is known by its records.
pub const REPETITION_SECONDS: i64 = 900;
/// Bytes of what is kept of one sender with its records.
pub const SENDER_BYTES_MAX: usize = 256;
/// Bytes of who sent the records of a part, before compression. Parts that would come to more are not merged.
pub const ARRIVALS_BYTES_MAX: usize = 32 * MIB;
/// Turns of senders, and senders, after which a fresh table becomes a part.
pub const ARRIVALS_RUNS_MAX: usize = 1 << 19;
pub const ARRIVALS_SENDERS_MAX: usize = 1 << 15;

// --- parts ---

/// Rows of a page: what an index entry stands for and what a read decodes at least.
pub const PAGE_ROWS: usize = 8_192;
/// Rows of a row group.
pub const ROW_GROUP_ROWS: usize = 131_072;
/// Parts with fewer raw bytes are merged with their neighbours of the same day.
pub const PART_RAW_BYTES_SMALL: u64 = 32 << 20;
/// Raw bytes that a merged part may reach. Merging holds that much, decoded, in memory.
pub const PART_RAW_BYTES_MAX: u64 = 64 << 20;

/// Bytes that the indexes and layouts of open parts may hold in memory. Above: those used longest ago are closed.
pub const OPEN_PARTS_BYTES_MAX: usize = 64 * MIB;

// --- queries ---

/// Bytes of a query's text. Longer: 400 `query_too_long`.
pub const QUERY_BYTES_MAX: usize = 16 * KIB;
/// Nesting of groups in a query. Deeper: 400 `query_too_deep`.
pub const QUERY_DEPTH_MAX: usize = 64;
/// Terms of a query. More: 400 `query_too_long`.
pub const QUERY_TERMS_MAX: usize = 1_024;
/// Bytes of one word, phrase or value of a query. Longer: 400 `query_too_long`.
pub const QUERY_TEXT_BYTES_MAX: usize = 1_024;
/// Regular expressions of a query, and the bytes one may take compiled. More: 400 `query_too_long`, `regex_too_large`.
pub const QUERY_REGEXES_MAX: usize = 16;
pub const QUERY_REGEX_BYTES_MAX: usize = MIB;
/// Records of one page of an answer; the default, and the most a client may ask for.
pub const PAGE_RECORDS_DEFAULT: usize = 100;
pub const PAGE_RECORDS_MAX: usize = 10_000;
/// Bytes of one page of an answer: it ends early, with a cursor, when it has grown this large.
pub const PAGE_BYTES_MAX: usize = 16 * MIB;
/// Neighbours of a record on each side.
pub const CONTEXT_RECORDS_MAX: usize = 1_000;
/// Steps of a histogram.
pub const HISTOGRAM_BUCKETS_MAX: usize = 1_000;
/// Levels of a histogram. Others count under the name `other`.
pub const HISTOGRAM_LEVELS_MAX: usize = 64;
/// Distinct values of a field that are counted, which together are no larger than a page; beyond, new ones are left out and the answer says so.
pub const FIELD_VALUES_MAX: usize = 10_000;
/// Rows beyond which a field's values are counted in a sample of pages.
pub const FIELD_VALUES_ROWS_MAX: u64 = 4_000_000;
/// Rows beyond which the fields of matching records are counted in a sample of pages: all their fields are read.
pub const FIELDS_ROWS_MAX: u64 = 250_000;
/// Rows of a SQL answer, which is no larger than a page either. More: cut, and the answer says so.
pub const SQL_ROWS_MAX: usize = 10_000;
/// Memory of one SQL query beyond the parts it reads. More: 422 `query_memory`.
pub const QUERY_MEMORY_BYTES: usize = 128 * MIB;
/// Seconds a query may run. Longer: 408 `query_timeout`.
pub const QUERY_SECONDS_MAX: u64 = 60;
/// Queries that run at once; more wait, and after `QUERY_WAIT_SECONDS` are refused with 503 `busy`.
pub const QUERIES_AT_ONCE: usize = 8;
pub const QUERY_WAIT_SECONDS: u64 = 10;

// --- live tail ---

/// Records of one batch of a replay.
pub const TAIL_BUFFER_RECORDS: usize = 5_000;
/// Records of one batch that a follower is sent; at most four batches a second.
pub const TAIL_BATCH_RECORDS: usize = 1_000;
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
/// Streams of one HTTP/2 connection at once. More: the client waits, as the protocol says.
pub const HTTP2_STREAMS_MAX: u32 = 128;
/// Bytes that a client may send before the server has taken them: on one HTTP/2 stream, and on a connection.
pub const HTTP2_STREAM_WINDOW_BYTES: u32 = 1 << 20;
pub const HTTP2_CONNECTION_WINDOW_BYTES: u32 = 4 << 20;
/// Bytes of one HTTP/2 frame. Larger: the connection ends with FRAME_SIZE_ERROR.
pub const HTTP2_FRAME_BYTES_MAX: u32 = 64 << 10;
/// Seconds between pings on HTTP/2, and until an unanswered one ends the connection.
pub const PING_SECONDS: u64 = 30;
pub const PING_ANSWER_SECONDS_MAX: u64 = 20;
/// Seconds without a byte of an answer taken by its client. Longer: the connection is cut.
pub const WRITE_STALL_SECONDS_MAX: u64 = 60;
/// Seconds for requests under way when the server stops. Longer: cut.
pub const DRAIN_SECONDS_MAX: u64 = 8;
/// Bytes set aside for a body before any of it came, whatever length it announces.
pub const BODY_FIRST_BYTES: usize = 64 * KIB;
/// Bytes of an `Idempotency-Key`.
pub const DELIVERY_NAME_BYTES_MAX: usize = 128;
/// Bytes of request bodies held at once on the node, as they came and once they are decompressed. More: 503 `busy`.
pub const BODIES_IN_FLIGHT_BYTES_MAX: usize = 128 * MIB;
/// Bodies that are decompressed and decoded at once, for each core. More: the next waits.
pub const BODY_DECODERS_PER_CORE: usize = 2;
/// Seconds to wait for a place among them. Longer: 503 `busy`.
pub const BODY_DECODER_WAIT_SECONDS: u64 = 10;

// --- syslog ---

/// Bytes of one message. Longer: the connection is closed with `syslog_message_too_long` in the server's log.
pub const SYSLOG_MESSAGE_BYTES_MAX: usize = 99_999;
/// Bytes that are read before what is there is stored.
pub const SYSLOG_READ_BYTES: usize = 64 * KIB;
/// The same where all bodies together leave room for more.
pub const SYSLOG_GATHERED_BYTES_MAX: usize = 512 * KIB;
/// Connections on the node, and from one address. More: closed before the handshake.
pub const SYSLOG_CONNECTIONS_MAX: usize = 1_024;
pub const SYSLOG_CONNECTIONS_PER_ADDRESS_MAX: usize = 128;
/// Seconds without a byte: until the first message that was stored, and after it. Longer: the connection is closed.
pub const SYSLOG_FIRST_SECONDS_MAX: u64 = 120;
pub const SYSLOG_IDLE_SECONDS_MAX: u64 = 3_600;

// --- certificates ---

/// Bytes of a certificate or key file. Larger: refused.
pub const CERTIFICATE_FILE_BYTES_MAX: u64 = 1 << 20;
/// Days of the local authority, of a certificate that it issues, and how long before its end that one is renewed.
pub const LOCAL_AUTHORITY_DAYS: i64 = 825;
pub const LEAF_DAYS: i64 = 90;
pub const LEAF_RENEWAL_DAYS: i64 = 30;
/// Seconds between looks at the certificate's files, and between looks at the local certificate's age.
pub const CERTIFICATE_POLL_SECONDS: u64 = 10;
pub const LEAF_RENEWAL_POLL_SECONDS: u64 = 3_600;

// --- keys ---

/// Days until an API key ends, unless its maker chose another time.
pub const API_KEY_DAYS_DEFAULT: i64 = 90;
/// Days that a key's maker may choose at most; more must be said as "never".
pub const API_KEY_DAYS_MAX: i64 = 3_650;
/// Seconds that a rotated key may live on beside its successor.
pub const KEY_OVERLAP_SECONDS_MAX: i64 = 30 * 24 * 3_600;
/// Keys of one source that have not ended. More: refused until one is revoked.
pub const API_KEYS_PER_SOURCE_MAX: i64 = 10_000;
/// Addresses that are kept of those that a key was used from, the latest ones.
pub const KEY_ADDRESSES_KEPT: usize = 5;
/// Bytes of an `Authorization` header that are looked at. Longer: 401 `key_malformed`.
pub const CREDENTIAL_BYTES_MAX: usize = 1_024;
/// Seconds a data key may seal after it was made.
pub const DATA_KEY_SEAL_SECONDS_MAX: i64 = 24 * 3_600;
/// Minutes a setup link lives.
pub const SETUP_MINUTES: i64 = 30;
/// Unwrapped data keys held in memory; the least recently used is wiped.
pub const DATA_KEYS_CACHED_MAX: usize = 4_096;
/// Keys of one source on one day. More: the write is refused.
pub const DATA_KEYS_PER_DAY_MAX: u16 = 1_000;

// --- people ---

/// Bytes of an e-mail address (RFC 5321). Longer: refused.
pub const EMAIL_BYTES_MAX: usize = 254;
/// People, roles, service accounts, sign-in providers and open invitations of one tenant. More: refused.
pub const PEOPLE_PER_TENANT_MAX: i64 = 10_000;
pub const ROLES_PER_TENANT_MAX: i64 = 200;
pub const SERVICE_ACCOUNTS_PER_TENANT_MAX: i64 = 1_000;
pub const PROVIDERS_PER_TENANT_MAX: i64 = 10;
pub const INVITATIONS_PER_TENANT_MAX: i64 = 1_000;
/// Keys of one service account that live. More: refused.
pub const KEYS_PER_SERVICE_ACCOUNT_MAX: usize = 100;
/// Roles with their reach that one member or service account has. More: refused.
pub const GRANTS_PER_SUBJECT_MAX: usize = 64;
/// Tenants that one person is a member of. More: refused.
pub const TENANTS_PER_PERSON_MAX: i64 = 100;
/// Passkeys of one person, and sessions of one person that have not ended; the oldest session ends for a new one.
pub const PASSKEYS_PER_PERSON_MAX: i64 = 20;
pub const SESSIONS_PER_PERSON_MAX: i64 = 50;
/// Seconds that a passphrase waits to be hashed. Longer: 503 `busy`.
pub const PASSPHRASE_WAIT_SECONDS: u64 = 10;
/// Days an invitation lives.
pub const INVITATION_DAYS: i64 = 7;
/// Minutes a session lives without a request, and hours it lives whatever happens.
pub const SESSION_IDLE_MINUTES: i64 = 60;
pub const SESSION_HOURS: i64 = 12;
/// Seconds between two writes of when a session was last used.
pub const SESSION_SEEN_SECONDS: i64 = 60;
/// Minutes after a second factor, or a sign-in, in which sensitive acts need no new one.
pub const STEP_UP_MINUTES: i64 = 10;
/// Minutes between the first and the second factor, or the start and the end of a ceremony.
pub const CEREMONY_MINUTES: i64 = 5;
/// Bytes of what a ceremony's client keeps for the server.
pub const CEREMONY_TOKEN_BYTES_MAX: usize = 32 * KIB;

// --- storage ---

/// Of a local disk one part in so many is kept from the journal, within these bytes. Less free: 503 `disk_full`.
pub const DISK_KEPT_SHARE: u64 = 20;
pub const DISK_KEPT_BYTES_MIN: u64 = 4 << 20;
pub const DISK_KEPT_BYTES_MAX: u64 = 256 << 20;

/// Bytes of an object's path, and segments in it.
pub const OBJECT_PATH_BYTES_MAX: usize = 512;
pub const OBJECT_PATH_SEGMENTS_MAX: usize = 8;
/// Files kept open for reading on the local disk.
pub const OPEN_FILES_CACHED_MAX: usize = 256;
/// Tries of one request to an object store after the first, and seconds until the last of them.
pub const REMOTE_RETRIES_MAX: usize = 5;
pub const REMOTE_RETRY_SECONDS_MAX: u64 = 60;
/// Seconds for a connection to an object store, and for one request to it.
pub const REMOTE_CONNECT_SECONDS_MAX: u64 = 5;
pub const REMOTE_REQUEST_SECONDS_MAX: u64 = 120;
/// Wrong setup tokens that are answered at once, and the longest wait that the later ones are answered with.
pub const SETUP_TRIES_FREE: u32 = 3;
pub const SETUP_WAIT_SECONDS_MAX: u32 = 30;

// --- the command line ---

/// Raw bytes of lines after which `blockhouse send` makes a request of them, and how many lines are enough.
pub const SEND_BATCH_BYTES: usize = MIB;
pub const SEND_BATCH_RECORDS_MAX: usize = 50_000;
/// Requests of `blockhouse send` at once.
pub const SEND_AT_ONCE: usize = 4;
/// Milliseconds that a line from a pipe waits for others before it is sent.
pub const SEND_FLUSH_MILLIS: u64 = 500;
/// Seconds for which a request is tried again: before the server took anything, and after. Longer: given up.
pub const SEND_FIRST_PATIENCE_SECONDS: u64 = 15;
pub const SEND_PATIENCE_SECONDS: u64 = 600;
/// Seconds without a byte from a live tail, whose heartbeat comes every other second. Longer: connected anew.
pub const TAIL_SILENCE_SECONDS_MAX: u64 = 15;

// A single accepted body must fit the queue in front of the journal, and one frame.
const _: () = assert!(BODY_BYTES_MAX <= PENDING_BYTES_MAX);
const _: () = assert!(BODY_BYTES_MAX + JOURNAL_GROUP_BYTES <= JOURNAL_FRAME_BYTES_MAX);
// One fresh table fills while another is written, for more than one source.
const _: () = assert!(2 * FRESH_RAW_BYTES < FRESH_RAW_BYTES_PER_SOURCE);
const _: () = assert!(RECORD_BYTES_MAX <= BODY_BYTES_MAX);
const _: () = assert!(CONNECTIONS_PER_ADDRESS_MAX <= CONNECTIONS_MAX);
const _: () = assert!(HTTP2_STREAM_WINDOW_BYTES <= HTTP2_CONNECTION_WINDOW_BYTES);
const _: () = assert!(LEAF_RENEWAL_DAYS < LEAF_DAYS && LEAF_DAYS < LOCAL_AUTHORITY_DAYS);
// OWASP's floor for Argon2id, for what is made and for what is believed.
const _: () = assert!(PASSPHRASE_MEMORY_KIB_MIN >= 19 << 10 && PASSPHRASE_PASSES_MIN >= 2);
const _: () = assert!(PASSPHRASE_MEMORY_KIB >= PASSPHRASE_MEMORY_KIB_MIN && PASSPHRASE_MEMORY_KIB <= PASSPHRASE_MEMORY_KIB_MAX);
const _: () = assert!(PASSPHRASE_PASSES >= PASSPHRASE_PASSES_MIN && PASSPHRASE_PASSES <= PASSPHRASE_PASSES_MAX);
// What strangers can do on the node in the time of the longest memory fits: whoever fills a kind of bucket frees nobody.
const _: () =
    assert!(GUESSES_NODE_FREE as i64 + GUESSES_PAIR_FORGET_MILLIS / GUESSES_NODE_FORGET_MILLIS + 1 < GUESSES_KEPT_MAX as i64);
const _: () = assert!(CHUNK_ROWS.is_multiple_of(PAGE_ROWS) && ROW_GROUP_ROWS.is_multiple_of(PAGE_ROWS));
// Before the next canary message goes out, the one before has ended; a file outlives the time to acknowledge one.
const _: () = assert!(CANARY_ANSWER_DAYS <= CANARY_DAYS && CANARY_DAYS + CANARY_ANSWER_DAYS < SECURITY_TXT_DAYS);
const _: () = assert!(SECURITY_TXT_DAYS < SECURITY_TXT_DAYS_MAX);
// A batch of `blockhouse send` ends with the line that fills it, and escaping may make six bytes of one.
const _: () =
    assert!(6 * (SEND_BATCH_BYTES + RECORD_BYTES_MAX) <= BODY_BYTES_MAX && SEND_BATCH_RECORDS_MAX <= RECORDS_PER_BATCH_MAX);
