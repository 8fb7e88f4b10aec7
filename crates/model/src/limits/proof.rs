//! The bounds of what is recorded, checked, said in public, verified by readers, and sent by mail.

use super::MIB;

// --- audit trail ---

/// Days that entries of the trail keep their bodies, unless set otherwise; their hashes stay. Fewer than a year (PCI DSS
/// 10.5.1) or more than ten: refused.
pub const AUDIT_RETENTION_DAYS_DEFAULT: u32 = 400;
pub const AUDIT_RETENTION_DAYS_MIN: u32 = 365;
pub const AUDIT_RETENTION_DAYS_MAX: u32 = 3_650;
/// Bodies that one transaction of the trail's retention ends. More: the next one.
pub const AUDIT_RETENTION_BODIES_MAX: usize = 10_000;
/// Entries of one answer about the trail, and entries that are looked at for one. More: the answer ends with a cursor.
pub const AUDIT_PAGE_ENTRIES_MAX: usize = 1_000;
pub const AUDIT_SCAN_ENTRIES_MAX: usize = 5_000;
/// Streams of one tenant's trail, and bytes of an address. More: refused.
pub const AUDIT_STREAMS_PER_TENANT_MAX: i64 = 5;
pub const AUDIT_STREAM_URL_BYTES_MAX: usize = 2_048;
/// Entries that a stream carries at once, streams that carry at once, and seconds between two tries of one that fails.
pub const AUDIT_STREAM_ENTRIES_MAX: usize = 500;
pub const AUDIT_STREAMS_AT_ONCE: usize = 8;
pub const AUDIT_STREAM_RETRY_SECONDS_MAX: i64 = 900;
/// Hashes of a proof that a witness reads, as C2SP tlog-witness has it. More: refused.
pub const AUDIT_PROOF_HASHES_MAX: usize = 63;
/// Newest checkpoints of a log that a cosignature is held against. Older: it counts for none.
pub const AUDIT_CHECKPOINTS_TRIED_MAX: usize = 4_096;
/// Newest cosigned checkpoints among which a quorum of witnesses is looked for.
pub const AUDIT_COSIGNED_TRIED_MAX: usize = 64;

/// Characters of an explanation or a ticket of staff, and of their questions as the trail tells them.
pub const ACCESS_TEXT_CHARS_MAX: usize = 500;
pub const ACCESS_QUERY_CHARS_TOLD: usize = 1_000;
/// Minutes that granted access of staff lives at most, whatever was asked for.
pub const ACCESS_MINUTES_MAX: i64 = 60;
/// Days ahead that staff may ask for, and hours until a request that nobody decided lapses.
pub const ACCESS_AHEAD_DAYS_MAX: i64 = 14;
pub const ACCESS_PENDING_HOURS: i64 = 24;
/// Requests of one engineer that are not over. More: refused.
pub const ACCESS_REQUESTS_OPEN_MAX: usize = 20;
/// Days until it has to be confirmed again that somebody of staff may use granted access.
pub const STAFF_CERTIFIED_DAYS: i64 = 90;
/// Hours until emergency access has to be reviewed.
pub const BREAK_GLASS_REVIEW_HOURS: i64 = 72;

// --- checks of keys, objects and parts ---

/// Seconds for which one look of a check goes through objects or keys, how many of them, and the bytes of them that it opens.
/// More: it says how far it came, and the next look goes on there.
pub const LOOK_SECONDS_MAX: i64 = 4;
pub const LOOK_ITEMS_MAX: usize = 20_000;
pub const LOOK_OPENED_BYTES_MAX: u64 = 32 << 20;
/// Objects that one look tries to open where they do not belong, and under keys that are not theirs.
pub const LOOK_MISPLACED_MAX: usize = 16;
/// Wrong ones that are looked at again in every look. More: they are found in the next round.
pub const LOOK_WRONG_KEPT_MAX: usize = 1_000;
/// Keys of which one round remembers what tells them apart. More: those behind are compared among themselves.
pub const LOOK_KEYS_COMPARED_MAX: usize = 100_000;
/// Seconds by which a key may be younger than the look that finds it.
pub const LOOK_SKEW_SECONDS: i64 = 300;
/// Days for which records may still be there after the days that were set for their source.
pub const RETENTION_GRACE_DAYS: i32 = 1;

/// Rows of each table, bytes of files and entries of the trail that one look goes through; the next look goes on. One log of
/// the trail that is longer is looked at alone, in one look.
pub const LOOK_ROWS: usize = 10_000;
pub const LOOK_FILE_BYTES: u64 = 64 << 20;
pub const LOOK_TRAIL_ENTRIES: u64 = 100_000;
/// Days that are looked back on for what staff did.
pub const LOOK_STAFF_DAYS: i64 = 90;
/// Days within which a tenant that counts as active did something.
pub const TENANT_ACTIVE_DAYS: i64 = 30;

// --- what is said in public ---

/// Seconds for one check with its broken twin. Longer: given up, `not-run`, and not started again while it still looks.
pub const CHECK_SECONDS_MAX: u64 = 30;
/// Seconds after which a check that could not look looks again, if its interval is not shorter: on the day of the setup
/// there is nothing to count before the first tenant.
pub const LOOK_AGAIN_SECONDS: i64 = 20;
/// Checks that one round runs; the others are due in the next one, which follows at once.
pub const CHECKS_PER_ROUND: usize = 8;
/// Characters of what a check says in public, and how many numbers. More is cut off.
pub const CHECK_SUMMARY_CHARS_MAX: usize = 300;
pub const CHECK_COUNTS_MAX: usize = 16;
/// Hours for which every statement is kept; days for one that changed a state, and how many of these for each claim.
pub const EVIDENCE_HOURS: i64 = 48;
pub const EVIDENCE_CHANGED_DAYS: i64 = 90;
pub const EVIDENCE_CHANGED_MAX: i64 = 1_000;
/// Days that a page shows of each claim, and days for which the worst of each and the changes are kept.
pub const STRIP_DAYS: i32 = 90;
pub const STRIP_DAYS_KEPT: i32 = 400;
/// Seconds by which a result may lie ahead of the clock. Further: it counts as stale.
pub const RESULT_AHEAD_SECONDS_MAX: i64 = 60;
/// Hours for which the details of a failure may be kept back. More: the server does not start.
pub const EMBARGO_HOURS_MAX: u32 = 720;
/// Seconds for which a page is served as it was made, and between two entries of the public log about it.
pub const OVERVIEW_SECONDS: i64 = 30;
pub const OVERVIEW_LOGGED_SECONDS: i64 = 60;
/// Requests from the shell to run checks, waiting or answered; claims that one may name; seconds until it is forgotten.
pub const CHECK_REQUESTS_MAX: i64 = 16;
pub const CHECK_REQUEST_CLAIMS_MAX: usize = 100;
pub const CHECK_REQUEST_SECONDS: i64 = 600;

// --- templates and pages of promises ---

/// Bytes of a template or page that is read, and of answers to one. More: refused, with its size.
pub const TEMPLATE_BYTES_MAX: usize = 256 << 10;
pub const ANSWERS_BYTES_MAX: usize = 64 << 10;
/// Sections, sentences and bytes of one sentence. More: refused, with the line.
pub const PAGE_SECTIONS_MAX: usize = 512;
pub const PAGE_SENTENCES_MAX: usize = 2_048;
pub const SENTENCE_BYTES_MAX: usize = 8 << 10;
/// Brackets within brackets. Deeper ones are text.
pub const PAGE_NESTING_MAX: usize = 8;
/// What the linter tells of one page. More: it says that it stopped, which stops the build.
pub const FINDINGS_MAX: usize = 5_000;

// --- the reader's verifier ---

/// Bytes of a page, and of the signed overview, that a reader's verifier takes. Longer: it could not look.
pub const OVERVIEW_PAGE_BYTES_MAX: usize = 8 * MIB;
pub const OVERVIEW_SIGNED_BYTES_MAX: usize = 16 * MIB;
/// Bytes of one piece of evidence, of a bundle of log entries, and of anything else that it reads.
pub const OVERVIEW_EVIDENCE_BYTES_MAX: usize = MIB;
pub const OVERVIEW_BUNDLE_BYTES_MAX: usize = 17 * MIB;
pub const OVERVIEW_ANSWER_BYTES_MAX: usize = 256 * 1024;
/// Claims that it looks at. More: it says so and does not count the page as agreeing.
pub const OVERVIEW_CLAIMS_MAX: usize = 1_000;
/// Newest log entries, and bytes of them, that one run reads; what is older, it says, was not looked at.
pub const OVERVIEW_ENTRIES_READ_MAX: u64 = 200_000;
pub const OVERVIEW_ENTRY_BYTES_READ_MAX: usize = 128 * MIB;
/// Newest failures that were sealed and told later, which are held against their commitments.
pub const OVERVIEW_REVEALED_MAX: usize = 50;
/// Hosts that claims of one page are about and that one visit looks at; the others are named.
pub const OVERVIEW_HOSTS_MAX: usize = 16;
/// Seconds for a connection, for one answer, and for an answer to what has to be refused.
pub const OVERVIEW_CONNECT_SECONDS_MAX: u64 = 10;
pub const OVERVIEW_ANSWER_SECONDS_MAX: u64 = 60;
pub const OVERVIEW_PROBE_SECONDS_MAX: u64 = 10;
/// Minutes after which a page counts as an old one that is shown again, and within which it need not know what was found.
pub const OVERVIEW_AGE_MINUTES_MAX: i64 = 60;
pub const OVERVIEW_LAG_MINUTES: i64 = 5;
/// Minutes by which two clocks may differ before a result counts as one from the future.
pub const OVERVIEW_CLOCK_MINUTES: i64 = 5;
/// Days that are remembered of each claim.
pub const OVERVIEW_DAYS_KEPT: usize = 90;

// --- the public page ---

/// Rows that a figure draws: sources of the key timeline, walls, accesses. More: the newest or first, and how many there are.
pub const PAGE_FIGURE_ROWS_MAX: usize = 24;
/// UTC days that the key timeline draws. More: the newest.
pub const PAGE_KEY_DAYS_MAX: usize = 30;
/// UTC days, today among them, and sources of one answer about data keys. More: the newest or first, and how many there are.
pub const KEY_DAYS_SHOWN: i32 = 90;
pub const KEY_SOURCES_SHOWN_MAX: usize = 500;
/// Changes that a claim's history lists, and that the feed tells of. More: the newest, and how many there are.
pub const PAGE_CHANGES_MAX: usize = 1_000;
pub const FEED_ENTRIES_MAX: usize = 100;

// --- the security contact ---

/// Bytes of a security.txt, as RFC 9116 proposes. More: a finding, and nothing of it is read.
pub const SECURITY_TXT_BYTES_MAX: usize = 32 << 10;
/// What is told about one that somebody published. More: it says so.
pub const SECURITY_TXT_FINDINGS_MAX: usize = 64;
/// Values of one field in ours. More: refused.
pub const SECURITY_TXT_VALUES_MAX: usize = 8;
/// Days for which ours counts from each renewal, and the days at which RFC 9116 wants none any more. More: refused.
pub const SECURITY_TXT_DAYS: i64 = 30;
pub const SECURITY_TXT_DAYS_MAX: i64 = 365;
/// Bytes of an address in it, and of a language. More: refused.
pub const CONTACT_URI_BYTES_MAX: usize = 2 << 10;
pub const CONTACT_LANGUAGE_BYTES_MAX: usize = 35;
/// Bytes of an armoured OpenPGP key, of a name in one, and packets in either. More: refused.
pub const OPENPGP_KEY_BYTES_MAX: usize = 256 << 10;
pub const OPENPGP_NAME_BYTES_MAX: usize = 255;
pub const OPENPGP_PACKETS_MAX: usize = 256;
/// Days between two canary messages to one address, and for which one may be acknowledged. Later: it counts as unread.
pub const CANARY_DAYS: i64 = 7;
pub const CANARY_ANSWER_DAYS: i64 = 7;
/// Seconds until a canary message that was not handed over is made anew.
pub const CANARY_RETRY_SECONDS: i64 = 3_600;
/// Canary messages of one address that are remembered. More: the oldest go.
pub const CANARY_ROUNDS_KEPT: usize = 14;

// --- outgoing mail ---

/// Bytes of a subject and of a text. More: refused.
pub const MAIL_SUBJECT_BYTES_MAX: usize = 200;
pub const MAIL_TEXT_BYTES_MAX: usize = 64 << 10;
/// Seconds for a connection to the mail server, and for all of one message. Longer: given up, to be tried again.
pub const MAIL_CONNECT_SECONDS_MAX: u64 = 10;
pub const MAIL_SECONDS_MAX: u64 = 60;
/// Bytes that the mail server may say before the connection is encrypted. More: given up.
pub const MAIL_PLAIN_BYTES_MAX: usize = 8 << 10;
/// Characters of the mail server's answer that are kept. More: cut off.
pub const MAIL_ANSWER_CHARS_MAX: usize = 200;

// --- tenants' own pages ---

/// Pages of an installation, claims of one page with its drafts, and hosts of a tenant. More: refused.
pub const TENANT_PAGES_MAX: usize = 256;
pub const OWN_CLAIMS_MAX: usize = 24;
pub const TENANT_HOSTS_MAX: usize = 16;
/// Pages that one round looks at, and hosts that it asks; the others wait for the next one.
pub const TENANT_PAGES_PER_ROUND: usize = 4;
pub const TENANT_HOSTS_PER_ROUND: usize = 2;
/// Characters of a page's name in its address. Fewer, or more: refused.
pub const SLUG_CHARS_MIN: usize = 3;
pub const SLUG_CHARS_MAX: usize = 40;
/// Bytes of a draft, and characters of its id, title, sentence and limits. More: refused.
pub const OWN_DRAFT_BYTES_MAX: usize = 32 << 10;
pub const OWN_ID_CHARS_MAX: usize = 40;
pub const OWN_TITLE_CHARS_MAX: usize = 80;
pub const OWN_SENTENCE_CHARS_MAX: usize = 400;
pub const OWN_LIMITS_CHARS_MAX: usize = 1_000;
/// Bytes of a query, and of the name of a field. More: refused.
pub const OWN_QUERY_BYTES_MAX: usize = 4_096;
pub const OWN_FIELD_BYTES_MAX: usize = 200;
/// Minutes for which a result counts; each claim is looked at four times in them.
pub const OWN_BUDGET_MINUTES: u32 = 240;
/// Minutes that one look goes back over. Fewer, or more: refused.
pub const OWN_WINDOW_MINUTES_MIN: u32 = 60;
pub const OWN_WINDOW_MINUTES_MAX: u32 = 10_080;
/// Records that a claim may set as its bound. More: refused.
pub const OWN_MATCHES_MAX: u64 = 1_000_000_000;
/// Records that make a burst, and seconds for a burst and for what has to follow it. Fewer, or more: refused.
pub const OWN_BURST_MIN: u32 = 2;
pub const OWN_BURST_MAX: u32 = 1_000;
pub const OWN_SECONDS_MAX: u32 = 600;
/// Seconds that records may take to arrive; younger ones are left to the next look.
pub const OWN_LAG_SECONDS: i64 = 60;
/// Records of one question whose times are read. More: nothing is said.
pub const OWN_MOMENTS_MAX: usize = 10_000;
/// Bytes of a value that tells groups of records apart. More: nothing is said.
pub const OWN_GROUP_BYTES_MAX: usize = 512;
/// Seconds for one question to the logs, and for which it waits for a place among the queries. Longer: nothing is said.
pub const OWN_QUESTION_SECONDS_MAX: u64 = 10;
pub const OWN_QUESTION_WAIT_SECONDS_MAX: u64 = 3;
/// Seconds for one probe of a host, for asking a host for its challenge over TLS, and for asking a resolver. Longer: it could
/// not be reached.
pub const PROBE_SECONDS_MAX: u64 = 8;
pub const HOST_TEXTS_SECONDS_MAX: u64 = 5;
/// Bytes of a resolver's answer. More: it could not be asked.
pub const RESOLVER_ANSWER_BYTES_MAX: usize = 16 << 10;
/// Seconds between two tries of one tenant to have a host asked or a claim looked at. Sooner: refused with 429.
pub const OWN_TRY_SECONDS_MIN: i64 = 2;
/// Pages of tenants that are kept as they were rendered last. More: those that were asked for longest ago are made anew.
pub const TENANT_PAGES_RENDERED_MAX: usize = 64;
/// Days for which a person's word for a claim may count. More: refused.
pub const OWN_ATTESTED_DAYS_MAX: u32 = 366;
/// Seconds for which a host counts as shown, after which it is asked again, and between two tries.
pub const HOST_SHOWN_SECONDS_MAX: i64 = 86_400;
pub const HOST_AGAIN_SECONDS: i64 = 79_200;
pub const HOST_RETRY_SECONDS: i64 = 1_800;
/// Bytes of the file that shows a host, and texts of its record that are looked at. More: not shown.
pub const HOST_FILE_BYTES_MAX: usize = 256;
pub const HOST_TEXTS_MAX: usize = 32;
/// Bytes of a security.txt, and headers of an answer, that a probe looks at. More: broken.
pub const PROBE_FILE_BYTES_MAX: usize = 64 << 10;
pub const PROBE_HEADERS_MAX: usize = 200;
/// Days that a certificate must at least have left.
pub const PROBE_CERTIFICATE_DAYS_MIN: i64 = 7;
/// Seconds for which a host must at least ask for TLS only: half a year.
pub const PROBE_HSTS_SECONDS_MIN: u64 = 15_552_000;

// --- what people sign ---

/// Files attached to one statement, and bytes of one. More: refused.
pub const ATTACHMENTS_MAX: usize = 8;
pub const ATTACHMENT_BYTES_MAX: usize = 4 * MIB;
/// Characters of one field of a third party's document, of what a signatory is, and of why a statement was taken back.
pub const DOCUMENT_TEXT_CHARS_MAX: usize = 200;
pub const SIGNATORY_ROLE_CHARS_MAX: usize = 80;
pub const WITHDRAWAL_CHARS_MAX: usize = 500;
/// Days in which enough people have to sign a statement. Later: it is forgotten.
pub const ATTESTATION_PENDING_DAYS: i64 = 14;
/// Statements of one page that wait for signatures, and signatures of one. More: refused.
pub const ATTESTATIONS_PENDING_MAX: usize = 64;
pub const ATTESTATION_SIGNATURES_MAX: usize = 16;
/// Days for which the page shows that a statement ended or was taken back. Longer ago: the claim is listed as not claimed.
pub const ATTESTATION_ENDED_DAYS: i64 = 90;
/// Days before a statement's end on which somebody is reminded of it.
pub const ATTESTATION_REMINDER_DAYS: [i64; 3] = [30, 7, 1];

// The looks of a claim leave no gap between the windows that they go back over.
const _: () = assert!(OWN_BUDGET_MINUTES / 4 <= OWN_WINDOW_MINUTES_MIN);
// A burst and its answer fit a window several times.
const _: () = assert!(4 * OWN_SECONDS_MAX < 60 * OWN_WINDOW_MINUTES_MIN);
// A look at logs asks two questions, one at a host makes three probes, and both end before the check is given up.
const _: () = assert!(2 * (OWN_QUESTION_SECONDS_MAX + OWN_QUESTION_WAIT_SECONDS_MAX) < CHECK_SECONDS_MAX);
const _: () = assert!(3 * PROBE_SECONDS_MAX < CHECK_SECONDS_MAX);
const _: () = assert!(HOST_AGAIN_SECONDS + HOST_RETRY_SECONDS < HOST_SHOWN_SECONDS_MAX);
