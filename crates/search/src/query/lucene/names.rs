//! Names and times as Elasticsearch has them, in our words.

use std::ops::Range;

use model::Timestamp;

use super::Parsed;
use crate::query::error::QueryError;
use crate::query::{is_unmistakable, leaf};

/// Our name of a field that Elasticsearch names otherwise.
pub(crate) fn canonical(name: &str) -> &str {
    match name {
        "@timestamp" => "timestamp",
        "_id" => "id",
        "level.keyword" => "level",
        "message.keyword" => "message",
        name => leaf::canonical_name(name),
    }
}

/// A time as Elasticsearch's dates are written, `strict_date_optional_time||epoch_millis`, in our words; of its arithmetic,
/// `now` and a stretch beside it.
pub(crate) fn time(text: &str, span: Range<usize>) -> Parsed<String> {
    let bad = || {
        QueryError::new(span.clone(), "bad_time", format!("{text:?} is no time that is understood here"))
            .hint("write milliseconds since 1970, one such as 2026-01-31T12:00:00Z or 2026-01-31, or now-15m")
    };
    if text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit()) && text.len() != 4 {
        let millis: i64 = text.parse().map_err(|_| bad())?;
        return millis_text(millis).ok_or_else(bad);
    }
    let dated = text.as_bytes().get(4) == Some(&b'-') && is_unmistakable(text);
    let relative = text == "now" || text.strip_prefix("now").is_some_and(is_stretch);
    if dated || relative { Ok(text.to_owned()) } else { Err(bad()) }
}

/// That millisecond.
pub(crate) fn millis_text(millis: i64) -> Option<String> {
    let time = Timestamp::from_nanos(millis.checked_mul(1_000_000)?);
    let text = time.to_string();
    // A time stands for all that it leaves unsaid, and this one leaves unsaid what is below a millisecond.
    let (seconds, fraction) = match text.trim_end_matches('Z').split_once('.') {
        Some((seconds, fraction)) => (seconds.to_owned(), fraction.to_owned()),
        None => (text.trim_end_matches('Z').to_owned(), String::new()),
    };
    Some(format!("{seconds}.{fraction:0<3.3}Z"))
}

/// A sign, a number and a unit that both languages read alike: months and years are not among them.
fn is_stretch(text: &str) -> bool {
    let Some(text) = text.strip_prefix(['+', '-']) else { return false };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=9).contains(&digits) && matches!(&text[digits..], "s" | "m" | "h" | "d" | "w")
}
