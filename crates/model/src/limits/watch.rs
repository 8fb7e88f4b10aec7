//! The bounds of saved views, of short links, of alerts, and of where alerts tell what changed.

// --- saved views ---

/// Saved views of one tenant, and columns of one. More: refused.
pub const VIEWS_PER_TENANT_MAX: i64 = 500;
pub const VIEW_COLUMNS_MAX: usize = 50;
/// Bytes of a time as a view keeps it, such as `now-15m`.
pub const VIEW_TIME_BYTES_MAX: usize = 64;
/// Bytes of all that a percentile of a series remembers of its numbers. More: 422 `query_memory`.
pub const SERIES_MEMORY_BYTES: usize = 64 << 20;

// --- short links ---

/// Short links of one person or program in a tenant that have not ended. More: refused, until one ends or is removed.
pub const LINKS_PER_KEEPER_MAX: i64 = 100;
/// Days after which a short link ends by itself.
pub const LINK_DAYS: i64 = 90;
/// Bytes of all texts of a short link together, and of the name of its time zone. More: refused.
pub const LINK_BYTES_MAX: usize = 16 << 10;
pub const LINK_ZONE_BYTES_MAX: usize = 64;

// --- alerts ---

/// Alerts of one tenant, and of the installation. More: refused.
pub const ALERTS_PER_TENANT_MAX: i64 = 50;
pub const ALERTS_MAX: i64 = 1_000;
/// Bytes of an alert's query, its longest window, and its greatest threshold. More: refused.
pub const ALERT_QUERY_BYTES_MAX: usize = 2_048;
pub const ALERT_WINDOW_MINUTES_MAX: u32 = 24 * 60;
pub const ALERT_THRESHOLD_MAX: u64 = 1_000_000_000;
/// Seconds between two looks of an alert, and by how much its window ends before the look, so that records which are on
/// their way still count.
pub const ALERT_ROUND_SECONDS: i64 = 60;
pub const ALERT_SETTLE_SECONDS: i64 = 10;
/// Seconds that one look may take, and that it waits for its turn. Longer: the round is missed, and the next comes after
/// twice as long, at most `ALERT_BACKOFF_SECONDS_MAX`.
pub const ALERT_QUERY_SECONDS_MAX: u64 = 10;
pub const ALERT_WAIT_SECONDS_MAX: u64 = 5;
pub const ALERT_BACKOFF_SECONDS_MAX: i64 = 1_800;
/// Seconds after the server's start in which no lack of records is judged: clients send again what they kept.
pub const ALERT_START_SECONDS: i64 = 60;
/// Seconds of looks that one entry of the trail covers, which is written before the first of them.
pub const ALERT_COVER_SECONDS: i64 = 3_600;
/// Changes of state that are kept of one alert; the oldest go.
pub const ALERT_CHANGES_KEPT_MAX: i64 = 200;
/// Hours that a preview looks back.
pub const ALERT_PREVIEW_HOURS: i64 = 24;

// --- where alerts tell what changed ---

/// Destinations of one tenant, and of one alert. More: refused.
pub const ALERT_DESTINATIONS_PER_TENANT_MAX: i64 = 20;
pub const ALERT_DESTINATIONS_MAX: usize = 5;
/// Bytes of an address. Longer: refused.
pub const ALERT_URL_BYTES_MAX: usize = 2_048;
/// Bytes of the authorities that vouch for an address, in PEM. More: refused.
pub const ALERT_AUTHORITY_BYTES_MAX: usize = 32 << 10;
/// Tries of one message, seconds before the second, and the most between two. Each waits twice as long as the one before.
pub const ALERT_TRIES_MAX: u32 = 12;
pub const ALERT_RETRY_SECONDS: i64 = 5;
pub const ALERT_RETRY_SECONDS_MAX: i64 = 900;
/// Messages that are on their way at once.
pub const ALERT_MESSAGES_AT_ONCE: usize = 8;
/// Messages that are kept of one tenant, sent or not; the oldest go.
pub const ALERT_MESSAGES_KEPT_MAX: i64 = 1_000;
/// Hours in which an address of mail is confirmed, and messages for it that a tenant may have sent in an hour.
pub const ALERT_CONFIRM_HOURS: i64 = 24;
pub const ALERT_CONFIRMS_PER_HOUR_MAX: i64 = 20;
/// Seconds between two tests of one destination. Sooner: 429 `too_soon`.
pub const ALERT_TEST_SECONDS_MIN: i64 = 10;

// A look is over before the next one is due, and covered by an entry of the trail.
const _: () = assert!((ALERT_QUERY_SECONDS_MAX + ALERT_WAIT_SECONDS_MAX) < ALERT_ROUND_SECONDS as u64);
const _: () = assert!(ALERT_SETTLE_SECONDS < ALERT_ROUND_SECONDS && ALERT_ROUND_SECONDS < ALERT_COVER_SECONDS);
