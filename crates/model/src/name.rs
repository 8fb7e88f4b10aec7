use std::fmt;

use crate::limits;

/// A name that people choose for a tenant, a source or a key: 1 to 64 characters, one line, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DisplayName(String);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name has 1 to {} characters", limits::NAME_CHARS_MAX)]
    Length,
    #[error("a name holds no control or direction characters, and neither starts nor ends with a space")]
    Character,
}

// === impl DisplayName ===

impl DisplayName {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() || text.chars().count() > limits::NAME_CHARS_MAX {
            return Err(NameError::Length);
        }
        // Direction marks let one name look like another in a list of people and keys.
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        if text.chars().any(hidden) || text.trim() != text {
            return Err(NameError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, accepted: bool) {
        assert_eq!(DisplayName::parse(text).is_ok(), accepted, "{text:?}");
    }

    #[test]
    fn a_name_is_one_visible_line() {
        check("prod", true);
        check("Ada's café 2", true);
        check("", false);
        check(" prod", false);
        check("a\nb", false);
        check("pro\u{202e}d", false);
        check(&"x".repeat(65), false);
    }
}
