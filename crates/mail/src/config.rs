//! Which mail server, and how it is spoken to. Plain data: it is checked by `Mailer::new`.

use std::fmt;

use model::Email;
use zeroize::{Zeroize, ZeroizeOnDrop};

#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The name that the server's certificate has to show.
    pub host: String,
    /// None: 465 or 587, as the encryption has it.
    pub port: Option<u16>,
    pub encryption: Encryption,
    /// None: the server takes messages from this machine as it is.
    pub sign_in: Option<SignIn>,
    /// The only authorities that vouch for the server, in PEM; none: those that this machine trusts.
    pub authority: Option<String>,
    /// Who the messages are from.
    pub from: Email,
}

/// When a connection is encrypted. There is no third.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From its first byte (RFC 8314).
    Implicit,
    /// After a greeting in clear, before anything else is said. A server that does not offer it is not sent to.
    StartTls,
}

#[derive(Debug, Clone)]
pub struct SignIn {
    pub user: String,
    pub password: Password,
}

/// Wiped; the copies that a connection makes of it are not.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Password(String);

// === impl Encryption ===

impl Encryption {
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Implicit => 465,
            Self::StartTls => 587,
        }
    }
}

// === impl Password ===

impl Password {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
