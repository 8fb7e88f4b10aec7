//! glog and Kubernetes' klog: `I0131 12:00:00.123456    1234 file.go:12] text`, or `… file.go:12] "text" key="value"`.

use model::{Level, Timestamp};

use super::{Format, Found, logfmt};
use crate::text::latest_before;

/// `arrived`: tells the year.
pub(super) fn line(line: &str, arrived: Timestamp) -> Option<Found<'_>> {
    let (head, text) = line.split_once("] ").or_else(|| Some((line.strip_suffix(']')?, "")))?;
    let mut words = head.split_ascii_whitespace();
    let (day, time, thread, place) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let level = match day.as_bytes().first()? {
        b'I' => Level::Info,
        b'W' => Level::Warn,
        b'E' => Level::Error,
        b'F' => Level::Critical,
        _ => return None,
    };
    let (month, day) = (day.get(1..3)?, day.get(3..5).filter(|_| day.len() == 5)?);
    let timestamp = latest_before(arrived, |year| Timestamp::parse(&format!("{year:04}-{month}-{day}T{time}Z")).ok())?;
    let (file, number) = place.rsplit_once(':')?;
    let mut found = Found::new(Format::Klog).at(timestamp).of_level(Some(level));
    found.number("thread.id", thread.parse().ok()?);
    found.text("code.file.path", file);
    found.number("code.line.number", number.parse().ok()?);
    found.fields.extend(logfmt::behind_quoted(text).unwrap_or_default());
    (words.next().is_none() && file.contains('.')).then_some(found)
}
