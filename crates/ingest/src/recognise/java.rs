//! Loggers of the JVM: Logback, Log4j, Spring Boot and JBoss as they write when nobody chose a pattern.

use model::Level;

use super::prefix;
use super::{Format, Found};

/// `2026-01-31 12:00:00,123 [main] INFO  com.example.App - text`, and its kin.
pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let (clock, rest) = prefix::clock(line)?;
    let rest = rest.trim_start();
    let found = clock.of(Found::new(Format::Java));
    if let Some((thread, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        let (level, after) = level(after)?;
        return logback(found.of_level(Some(level)), thread, after);
    }
    let (level, after) = level(rest)?;
    spring(&found, level, after).or_else(|| jboss(found.of_level(Some(level)), after))
}

/// `com.example.App - text`
fn logback<'a>(mut found: Found<'a>, thread: &'a str, rest: &'a str) -> Option<Found<'a>> {
    let (logger, _text) = rest.split_once(" - ").or_else(|| rest.split_once(" -- ")).or_else(|| rest.split_once(": "))?;
    let logger = logger.trim_end();
    found.text("thread.name", thread.trim());
    found.text("scope.name", logger);
    is_class(logger).then_some(found)
}

/// `1234 --- [app] [  main] c.e.App   : text`
fn spring<'a>(found: &Found<'a>, level: Level, rest: &'a str) -> Option<Found<'a>> {
    let (process, rest) = rest.split_once(" --- [")?;
    let mut found = found.clone().of_level(Some(level));
    found.number("process.pid", process.trim().parse().ok()?);
    let (names, rest) =
        rest.split_once("] ").map(|(first, rest)| match rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((second, rest)) => ((Some(first), second), rest),
            None => ((None, first), rest),
        })?;
    let (application, thread) = names;
    found.text("service.name", application.unwrap_or_default().trim());
    found.text("thread.name", thread.trim());
    let (logger, _text) = rest.split_once(": ").or_else(|| Some((rest.strip_suffix(':')?, "")))?;
    let logger = logger.trim_end();
    found.text("scope.name", logger);
    is_class(logger).then_some(found)
}

/// `[com.example.App] (main) text`
fn jboss<'a>(mut found: Found<'a>, rest: &'a str) -> Option<Found<'a>> {
    let (logger, rest) = rest.strip_prefix('[')?.split_once("] (")?;
    let (thread, _text) = rest.split_once(") ")?;
    found.text("scope.name", logger.trim());
    found.text("thread.name", thread);
    is_class(logger.trim()).then_some(found)
}

/// In upper case, padded with spaces.
fn level(text: &str) -> Option<(Level, &str)> {
    let (word, rest) = text.split_once(' ')?;
    let upper = (4..=7).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase());
    upper.then(|| Level::from_name(word)).flatten().map(|level| (level, rest.trim_start()))
}

/// The name of a class or of a logger: words with dots, one of which Logback may cut short.
pub(super) fn is_class(name: &str) -> bool {
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._$-/[]".contains(&byte);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(of_name)
}
