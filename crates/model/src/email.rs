//! An e-mail address, as far as it has to be understood here: one spelling for each account.
//!
//! Always holds: `local@domain`, at most 254 bytes (RFC 5321), in lower case, without spaces, control or direction
//! characters. Whether mail arrives there is not said.

use std::fmt;

use crate::limits;

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address: expected name@domain of at most {} bytes", limits::EMAIL_BYTES_MAX)]
pub struct EmailError;

// === impl Email ===

impl Email {
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.len() > limits::EMAIL_BYTES_MAX {
            return Err(EmailError);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError)?;
        // Letters beyond ASCII let one address look like another.
        let plain =
            |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | ']' | '\\');
        let labels = domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        if local.is_empty() || local.contains('@') || !local.chars().all(plain) || !labels {
            return Err(EmailError);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person's address stays out of logs that print a struct.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Email::parse(text).ok().as_ref().map(Email::as_str), expected, "{text}");
    }

    #[test]
    fn an_address_has_one_spelling() {
        check("Ada@Example.ORG", Some("ada@example.org"));
        check(" ada+logs@example.org ", Some("ada+logs@example.org"));
        check("root@localhost", Some("root@localhost"));
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in
            ["", "@", "ada", "ada@", "@example.org", "a@b@c", "ada@-x.org", "ada@x..org", "a da@x.org", "а@x.org", "a@x.org>"]
        {
            check(text, None);
        }
        check(&format!("{}@example.org", "a".repeat(250)), None);
    }
}
