//! Outgoing mail: one message at a time to the mail server that the operator named, over TLS or not at all.
//!
//! Always holds: nothing of a message, and no password, is written before the server showed a certificate for its name;
//! there is no way to send in clear, and a server that stops offering STARTTLS is not sent to. Everything that the server
//! says is bounded in bytes before it is known, and in time.
//! Keeps no queue and tries nothing twice: [`MailError::again`] says whether it is worth it. The host comes from the
//! operator's configuration, never from a tenant, so it may lie at any address.

mod clear;
mod config;
mod mailer;
mod message;
#[cfg(test)]
mod tests;

pub use config::{Encryption, MailConfig, Password, SignIn};
pub use mailer::{Accepted, Again, ConfigError, MailError, Mailer};
pub use message::{Message, MessageError};
