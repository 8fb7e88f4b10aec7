//! One message to one address: a subject and a text.
//!
//! Always holds: neither can end its line or its header, whatever is in it; date and id are the message's own, so that one
//! that is sent twice is known as the same. Says of itself that no person wrote it (RFC 3834), so that nobody's absence
//! is answered.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use lettre::Address;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use model::{Email, Entropy, Timestamp, limits};
use zeroize::Zeroizing;

const ID_BYTES: usize = 16;
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

pub struct Message {
    pub(crate) to: Address,
    subject: String,
    text: Zeroizing<String>,
    sent: Duration,
    id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("an address that mail does not go to")]
    Address,
    #[error("a subject that is empty, longer than {} bytes, or not one line", limits::MAIL_SUBJECT_BYTES_MAX)]
    Subject,
    #[error("a text that is longer than {} bytes, or has control characters", limits::MAIL_TEXT_BYTES_MAX)]
    Text,
    #[error("a time before 1970")]
    Time,
}

// === impl Message ===

impl Message {
    pub fn new(to: &Email, subject: &str, text: &str, now: Timestamp, entropy: &dyn Entropy) -> Result<Self, MessageError> {
        let one_line = !subject.trim().is_empty() && !subject.contains(char::is_control);
        if !one_line || subject.len() > limits::MAIL_SUBJECT_BYTES_MAX {
            return Err(MessageError::Subject);
        }
        let plain = text.replace("\r\n", "\n").chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control());
        if !plain || text.len() > limits::MAIL_TEXT_BYTES_MAX {
            return Err(MessageError::Text);
        }
        let mut id = [0; ID_BYTES];
        entropy.fill(&mut id);
        Ok(Self {
            to: address(to).ok_or(MessageError::Address)?,
            subject: subject.to_owned(),
            text: Zeroizing::new(text.to_owned()),
            sent: Duration::from_nanos(u64::try_from(now.nanos()).map_err(|_| MessageError::Time)?),
            id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// The message as it goes out. Its text is in it, so it is wiped.
    pub(crate) fn bytes(&self, from: &Address) -> Result<Zeroizing<Vec<u8>>, MessageError> {
        let message = lettre::Message::builder()
            .from(Mailbox::new(None, from.clone()))
            .to(Mailbox::new(None, self.to.clone()))
            .subject(self.subject.as_str())
            .date(UNIX_EPOCH + self.sent)
            .message_id(Some(format!("<{}@{}>", self.id, from.domain())))
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.as_str().to_owned());
        // Nothing that was checked is left to be refused here but the address.
        message.map(|message| Zeroizing::new(message.formatted())).map_err(|_| MessageError::Address)
    }
}

/// Neither the address nor what is told is anybody else's to read.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

pub(crate) fn address(email: &Email) -> Option<Address> {
    email.as_str().parse().ok()
}
