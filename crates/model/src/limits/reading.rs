//! The bounds of what is asked in other products' languages and answered in their forms. The search's own bounds hold there as
//! well.

/// Lines of one answer: the default, and the most that a client may ask for. More: 400 `limit_invalid`.
pub const LOKI_LINES_DEFAULT: usize = 100;
pub const LOKI_LINES_MAX: usize = 5_000;
/// Selectors of one question. More: 400 `query_too_long`.
pub const LOKI_SELECTORS_MAX: usize = 16;
/// Series of one answer. More: 400 `too_many_series`.
pub const METRIC_SERIES_MAX: usize = 500;
/// Steps of one series, and numbers of all series together. More: 400 `too_many_steps`.
pub const METRIC_STEPS_MAX: usize = 11_000;
pub const METRIC_CELLS_MAX: usize = 4_000_000;
/// Labels of a source; of more fields that could be one, those that the most records have.
pub const LABELS_MAX: usize = 32;
/// Different values of a field that is a label, and bytes of one. More: the field is not a label.
pub const LABEL_VALUES_MAX: usize = 64;
pub const LABEL_VALUE_BYTES_MAX: usize = 256;
/// Stages of a query that parse lines, or rewrite them or labels. More: 400 `query_too_long`.
pub const QUERY_REWRITES_MAX: usize = 32;
/// Bytes that templates may make of one record. More: its line or label stays, and `__error__` says `TemplateFormatErr`.
pub const FORMATTED_BYTES_MAX: usize = 1 << 20;
/// Bytes that parsers behind a stage that rewrites may read of one record, and labels that they find in it. More: nothing
/// else is read, and `__error__` says `ReadLimitErr`.
pub const PARSED_BYTES_MAX: usize = 4 * super::RECORD_BYTES_MAX;
pub const PARSED_LABELS_MAX: usize = 4_096;
/// Bytes of the parameters of a question. More: 413 `body_too_large`.
pub const LOKI_FORM_BYTES_MAX: usize = 64 << 10;
/// Bytes of a message over a WebSocket from a client, which has nothing to say. More: the socket ends.
pub const SOCKET_MESSAGE_BYTES_MAX: usize = 4 << 10;
/// Seconds without a sign of a client, which is pinged with every heartbeat. Longer: the socket ends.
pub const SOCKET_ANSWER_SECONDS_MAX: u64 = 90;

/// Bytes of a search in Elasticsearch's form, or of several at once. More: 413 `body_too_large`.
pub const SEARCH_BODY_BYTES_MAX: usize = 1 << 20;
/// Searches of one request. More: 400 `search_unsupported`.
pub const SEARCHES_PER_REQUEST_MAX: usize = 32;
/// Aggregations of one search, and how deep they nest. More: 400 `search_invalid`.
pub const AGGREGATIONS_MAX: usize = 64;
/// Bytes of an aggregation's name, and orders of one. More: 400 `search_invalid`.
pub const AGGREGATION_NAME_BYTES_MAX: usize = 64;
pub const AGGREGATION_ORDERS_MAX: usize = 16;
pub const AGGREGATIONS_DEPTH_MAX: usize = 8;
/// Buckets of one answer. More: 400 `too_many_buckets`.
pub const AGGREGATION_BUCKETS_MAX: usize = 65_536;
/// Buckets and numbers in them that are held while records are read, and different values that are. More: the same.
pub const AGGREGATION_CELLS_MAX: usize = 262_144;
pub const AGGREGATION_VALUES_MAX: usize = 1_000_000;
/// Names, or patterns of names, in one question for fields. More: 400 `search_invalid`.
pub const FIELD_NAMES_ASKED_MAX: usize = 1_000;
/// Bytes of a message in which words that were found are marked. Longer: it has no marks.
pub const MARKED_BYTES_MAX: usize = 64 << 10;
/// Bytes of a mark, before or after a word. More: 400 `search_invalid`.
pub const MARK_BYTES_MAX: usize = 64;

/// Lines of an answer in Timber's form where a client says no number.
pub const TIMBER_LINES_DEFAULT: usize = 250;
/// SQL queries that a client comes back for, of one asker, and of them those that have not ended. More: the oldest that ended
/// goes; 429 `too_many_queries`.
pub const SQL_QUERIES_MAX: usize = 20;
pub const SQL_QUERIES_OPEN_MAX: usize = 4;
/// The same of the node. More: the oldest goes of whoever has the most; 503 `busy`.
pub const SQL_QUERIES_NODE_MAX: usize = 1_000;
/// Bytes of the results that are kept of one asker, and of the node. More: the same.
pub const SQL_RESULTS_BYTES_MAX: usize = 2 * super::PAGE_BYTES_MAX;
pub const SQL_RESULTS_NODE_BYTES_MAX: usize = 8 * super::PAGE_BYTES_MAX;
/// Seconds for which a query is known after its end.
pub const SQL_QUERY_SECONDS: i64 = 15 * 60;
/// Rows of a page of results where a client says no number, and queries of a list.
pub const SQL_RESULTS_PAGE_DEFAULT: usize = 1_000;
pub const SQL_QUERIES_LISTED_DEFAULT: usize = 25;

// A client that takes nothing is cut for that.
const _: () = assert!(SOCKET_ANSWER_SECONDS_MAX > super::WRITE_STALL_SECONDS_MAX);
const _: () = assert!(LOKI_LINES_DEFAULT <= LOKI_LINES_MAX && LOKI_LINES_MAX <= super::PAGE_RECORDS_MAX);
const _: () = assert!(super::QUERY_BYTES_MAX < LOKI_FORM_BYTES_MAX);
// The newest result fits, whatever it is: one answer of SQL and where its rows end.
const _: () = assert!(super::PAGE_BYTES_MAX + 8 * super::SQL_ROWS_MAX + 2 * super::QUERY_BYTES_MAX < SQL_RESULTS_BYTES_MAX);
const _: () = assert!(SQL_QUERIES_OPEN_MAX < SQL_QUERIES_MAX && SQL_RESULTS_BYTES_MAX < SQL_RESULTS_NODE_BYTES_MAX);
const _: () = assert!(super::QUERY_WAIT_SECONDS + super::QUERY_SECONDS_MAX < SQL_QUERY_SECONDS as u64);
