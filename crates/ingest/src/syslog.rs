//! Syslog over a stream (RFC 5425, RFC 6587): where messages end, and whose they are.
//!
//! | a message begins with | and ends |
//! |---|---|
//! | a digit | after as many bytes as the number before the first space says |
//! | `<` | before LF, CR LF, CR or NUL |
//!
//! Always holds: nothing is read ahead of a message's end, and where neither form fits no boundary is guessed. The element with a
//! sender's key is looked for where a header ends and not in the text, which others may have written; it is stored nowhere.

use std::fmt;

use model::limits;

use crate::text::LineParser;
use crate::text::syslog::credentials;

/// Digits of a count.
const COUNT_DIGITS_MAX: usize = 5;
/// What may stand between two messages.
const SEPARATORS: &[u8] = b"\r\n\0";
const _: () = assert!(limits::SYSLOG_MESSAGE_BYTES_MAX < 10_usize.pow(COUNT_DIGITS_MAX as u32));

/// Why a stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    #[error("a message begins neither with its length nor with a priority")]
    Unframed,
    #[error("a message is longer than {} bytes", limits::SYSLOG_MESSAGE_BYTES_MAX)]
    TooLong,
}

/// The key that a message carries, and the source that it names.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    pub key: String,
    pub source: Option<String>,
}

// === impl FramingError ===

impl FramingError {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unframed => "syslog_unframed",
            Self::TooLong => "syslog_message_too_long",
        }
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Element(..)")
    }
}

/// The first whole message in `bytes`, and how many of them are done with then; `None` where more has to come first.
pub fn next_message(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, FramingError> {
    let start = bytes.iter().position(|byte| !SEPARATORS.contains(byte)).unwrap_or(bytes.len());
    match bytes.get(start) {
        None => Ok(None),
        Some(b'<') => {
            let rest = &bytes[start..];
            let most = rest.len().min(limits::SYSLOG_MESSAGE_BYTES_MAX + 1);
            match rest[..most].iter().position(|byte| SEPARATORS.contains(byte)) {
                Some(length) => Ok(Some((&rest[..length], start + length + 1))),
                None if rest.len() > limits::SYSLOG_MESSAGE_BYTES_MAX => Err(FramingError::TooLong),
                None => Ok(None),
            }
        }
        Some(b'1'..=b'9') => counted(bytes, start),
        Some(_) => Err(FramingError::Unframed),
    }
}

fn counted(bytes: &[u8], start: usize) -> Result<Option<(&[u8], usize)>, FramingError> {
    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > COUNT_DIGITS_MAX {
        return Err(FramingError::TooLong);
    }
    match bytes.get(start + digits) {
        None => return Ok(None),
        Some(b' ') => {}
        Some(_) => return Err(FramingError::Unframed),
    }
    let length = bytes[start..start + digits].iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
    if length > limits::SYSLOG_MESSAGE_BYTES_MAX {
        return Err(FramingError::TooLong);
    }
    let from = start + digits + 1;
    let Some(message) = bytes.get(from..from + length) else { return Ok(None) };
    Ok(Some((without_end(message), from + length)))
}

/// What is left when nothing more comes: a message that had no need of an end.
#[must_use]
pub fn last_message(bytes: &[u8]) -> Option<&[u8]> {
    let start = bytes.iter().position(|byte| !SEPARATORS.contains(byte))?;
    bytes[start..].starts_with(b"<").then_some(&bytes[start..])
}

fn without_end(message: &[u8]) -> &[u8] {
    let end = [b"\r\n".as_slice(), b"\n\r", b"\n", b"\r", b"\0"].into_iter().find(|end| message.ends_with(end));
    &message[..message.len() - end.map_or(0, <[u8]>::len)]
}

/// The element of a message that holds its sender's key.
#[must_use]
pub fn element(parser: &LineParser, message: &[u8]) -> Option<Element> {
    credentials(&String::from_utf8_lossy(message), parser.arrived())
}

/// Appends the record of a message, as a line of JSON, without the element that holds a key; nothing for a blank message.
pub fn write(parser: &LineParser, message: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    parser.write(message, out);
    if out.len() > start {
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests;
