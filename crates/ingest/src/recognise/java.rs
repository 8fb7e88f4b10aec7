//! Loggers of the JVM: Logback, Log4j, Spring Boot, JBoss and Elasticsearch as they write when nobody chose a pattern.

use model::Level;

use super::{Format, Found, prefix, trailing};

const PAIRS_MIN: usize = 2;
/// Where a date may have its first slash.
const SLASH: usize = 4;

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
    let found = found.of_level(Some(level));
    spring(&found, after).or_else(|| jboss(found.clone(), after)).or_else(|| {
        let mut found = placed(found, after)?;
        found.fields.extend(trailing::pairs(after, PAIRS_MIN).unwrap_or_default());
        // A date with slashes is Go's.
        (line.as_bytes().get(SLASH) != Some(&b'/')).then_some(found)
    })
}

/// Log4j without a time: `ERROR [main] com.example.App - text`, `ERROR com.example.App:42 - text`
pub(super) fn undated(line: &str) -> Option<Found<'_>> {
    let (level, rest) = level(line)?;
    let mut found = Found::new(Format::Java).of_level(Some(level));
    let Some((thread, rest)) = rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) else {
        return placed(found, rest);
    };
    found.text("thread.name", thread.trim());
    placed(found, rest)
}

/// `com.example.App - text`, `App:42 - text`. What is no class in a package and has no number of a line may be any word.
fn placed<'a>(mut found: Found<'a>, rest: &'a str) -> Option<Found<'a>> {
    let (place, _text) = rest.split_once(' ').filter(|(_, text)| text.trim_start().starts_with("- "))?;
    let (logger, number) = place.rsplit_once(':').unwrap_or((place, ""));
    found.text("scope.name", logger);
    if number.is_empty() {
        let (_, class) = place.rsplit_once('.')?;
        return (is_class(place) && class.starts_with(|c: char| c.is_ascii_uppercase())).then_some(found);
    }
    found.number("code.line.number", number.parse().ok()?);
    is_class(logger).then_some(found)
}

/// Elasticsearch and OpenSearch: `[2026-01-31T12:00:00,123][WARN ][o.e.c.Monitor    ] [node-1] text`
pub(super) fn elasticsearch(line: &str) -> Option<Found<'_>> {
    let (time, rest) = line.strip_prefix('[')?.split_once("][")?;
    let (level, rest) = rest.split_once("][")?;
    let (logger, rest) = rest.split_once(']')?;
    let level = Level::from_name(level.trim_end()).filter(|_| level.starts_with(|c: char| c.is_ascii_uppercase()))?;
    let mut found = prefix::whole_clock(time)?.of(Found::new(Format::Java).of_level(Some(level)));
    let logger = logger.trim_end();
    found.text("scope.name", logger);
    let node = rest.strip_prefix(" [").and_then(|rest| rest.split_once(']'));
    found.text("elasticsearch.node.name", node.map_or("", |(node, _)| node));
    found.fields.extend(trailing::pairs(rest, PAIRS_MIN).unwrap_or_default());
    (is_class(logger) && (rest.is_empty() || rest.starts_with(' '))).then_some(found)
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
fn spring<'a>(found: &Found<'a>, rest: &'a str) -> Option<Found<'a>> {
    let (process, rest) = rest.split_once(" --- [")?;
    let mut found = found.clone();
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
