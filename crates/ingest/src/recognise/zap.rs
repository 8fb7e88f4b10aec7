//! zap's console encoder, with tabs between: `TIME\tINFO\tlogger\tfile.go:12\ttext\t{…}`, of which Go programs leave some out.

use model::{Level, Timestamp};

use super::{Format, Found, object};

pub(super) fn line(line: &str) -> Option<Found<'_>> {
    let mut parts = line.split('\t');
    let (time, level) = (parts.next()?, parts.next()?);
    let level = Level::from_name(level).filter(|_| level.bytes().all(|byte| byte.is_ascii_alphabetic()))?;
    let mut found = Found::new(Format::Zap).at(Timestamp::parse(time).ok()?).of_level(Some(level));
    let mut parts: Vec<&str> = parts.collect();
    if let Some(context) = parts.last().filter(|last| last.starts_with('{')) {
        found.fields = object::members(context)?;
        parts.pop();
    }
    // A caller is what sets these lines apart from any others with tabs.
    let place = parts.iter().take(2).position(|part| caller(part).is_some())?;
    if let (1, Some(logger)) = (place, parts.first()) {
        found.text("scope.name", logger);
    }
    let (file, number) = caller(parts.get(place)?)?;
    found.text("code.file.path", file);
    found.number("code.line.number", number);
    Some(found)
}

/// `cart/add.go:12`
fn caller(text: &str) -> Option<(&str, u64)> {
    let (file, number) = text.rsplit_once(':')?;
    let named = file.ends_with(".go") && !file.contains(' ');
    named.then(|| number.parse().ok()).flatten().map(|number| (file, number))
}
