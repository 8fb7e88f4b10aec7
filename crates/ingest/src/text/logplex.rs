//! Logplex, the drain of Heroku: messages with their length before them, and a syslog header without structured data.
//!
//! | length in digits | space | `<PRIORITY>1 TIME HOST APP PROCID MSGID MESSAGE` |

use model::Timestamp;

use super::LineParser;
use super::batch::Batch;
use crate::{DecodeError, Metadata, NormalBody};

/// Digits of a length; a body has no more bytes than that.
const LENGTH_DIGITS_MAX: usize = 8;

pub(crate) fn decode(body: &[u8], metadata: Option<Metadata>, arrived: Timestamp) -> Result<NormalBody, DecodeError> {
    let mut batch = Batch::new(LineParser { arrived, metadata }, body.len());
    let mut at = 0;
    while body[at..].iter().any(|byte| !byte.is_ascii_whitespace()) {
        let invalid = || DecodeError::bad("invalid_logplex", "expected the length of a message, a space and the message").at(at);
        let space = body[at..].iter().take(LENGTH_DIGITS_MAX + 1).position(|byte| *byte == b' ');
        let start = at + space.ok_or_else(|| invalid().record(batch.records()))? + 1;
        let digits = std::str::from_utf8(&body[at..start - 1]).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let length = digits.and_then(|digits| digits.parse::<usize>().ok());
        let message = length.and_then(|length| body.get(start..start + length));
        let message = message.ok_or_else(|| invalid().record(batch.records()))?;
        batch.add((start, message.strip_suffix(b"\n").unwrap_or(message)), LineParser::write_logplex)?;
        at = start + message.len();
    }
    Ok(batch.finish())
}
