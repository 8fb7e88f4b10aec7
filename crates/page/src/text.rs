//! Text as a reader sees it: times, spans, numbers, ids of elements, and characters that must not work unseen.

use std::fmt::Write;

use maud::{Markup, html};
use model::Timestamp;
use uuid::Uuid;

/// Text that goes out: characters that are not seen, or turn the direction of others, are spelt out in it.
///
/// It is given whole documents and not their parts, so that no part can be forgotten. What it puts in is no markup.
pub(crate) fn spelt_out(text: String) -> String {
    if !text.contains(is_unseen) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unseen(c) {
            // Writing to a string does not fail.
            let _ = write!(out, "[U+{:04X}]", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Controls, what has no width, what turns directions (UAX #9), tags, and what XML 1.0 forbids.
fn is_unseen(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    }
}

/// A time of the document, to the minute. What is no time is shown as it stands.
pub(crate) fn time(text: &str) -> Markup {
    match Timestamp::parse(text) {
        Ok(at) => moment(at),
        Err(_) => html! { (text) },
    }
}

pub(crate) fn moment(at: Timestamp) -> Markup {
    let (day, minute) = day_and_minute(at);
    html! { time datetime={ (day) "T" (minute) "Z" } { (day) " " (minute) " UTC" } }
}

pub(crate) fn day_and_minute(at: Timestamp) -> (String, String) {
    let text = at.to_string();
    let minute = text.get(11..16).unwrap_or("00:00").to_owned();
    (at.day().to_string(), minute)
}

/// `3 h 12 min`, of seconds; the two largest units.
pub(crate) fn span(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let days_word = if days == 1 { "day" } else { "days" };
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} {days_word}"),
        (days, hours, _) => format!("{days} {days_word} {hours} h"),
    }
}

/// `18,402`.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The head of a table.
pub(crate) fn columns(names: &[&str]) -> Markup {
    html! { thead { tr { @for name in names { th scope="col" { (name) } } } } }
}

/// The id of an element: what is not a letter, a digit or a hyphen becomes a hyphen.
pub(crate) fn element_id(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

/// The first characters, with a sign where some are left out.
pub(crate) fn shortened(text: &str, chars: usize) -> String {
    let mut short: String = text.chars().take(chars).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The id of a thing of a page: version 5 of RFC 9562, from the page's address and what the thing is.
pub(crate) fn uuid(url: &str, what: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{url}#{what}").as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_their_two_largest_units() {
        for (seconds, told) in
            [(-5, "0 min"), (59, "0 min"), (3_600, "1 h"), (11_520, "3 h 12 min"), (86_400, "1 day"), (187_200, "2 days 4 h")]
        {
            assert_eq!(span(seconds), told);
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (n, told) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(number(n), told);
        }
    }

    #[test]
    fn what_is_not_seen_is_spelt_out_and_the_rest_stays() {
        assert_eq!(spelt_out("a\u{202e}b\u{7}c".to_owned()), "a[U+202E]b[U+0007]c");
        assert_eq!(spelt_out("größe\nשלום".to_owned()), "größe\nשלום");
    }

    #[test]
    fn times_are_shown_to_the_minute() {
        assert_eq!(
            time("2026-11-25T10:42:31Z").into_string(),
            r#"<time datetime="2026-11-25T10:42Z">2026-11-25 10:42 UTC</time>"#
        );
        assert_eq!(time("<b>").into_string(), "&lt;b&gt;");
    }
}
