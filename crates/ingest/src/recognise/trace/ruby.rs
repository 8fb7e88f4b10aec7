//! What nobody rescued in Ruby: `/a.rb:3:in 'f': text (RuntimeError)`, and below it `\tfrom /a.rb:7:in '<main>'`.

use super::{Ahead, TEXT_LINES_MAX, comes, is_number, starts_record};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ruby {
    /// Behind the line that names what was raised.
    Raised,
    Stack,
}

/// Before each frame below the first.
pub(in crate::recognise) const FROM: &str = "\tfrom ";

// === impl Ruby ===

impl Ruby {
    pub(super) fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Self> {
        let is_of_stack = |line: &str| line.starts_with(FROM) || line.starts_with("\t ... ");
        match self {
            _ if is_of_stack(line) => Some(Self::Stack),
            Self::Raised => (!starts_record(line) && comes(ahead(), TEXT_LINES_MAX, is_of_stack)).then_some(Self::Raised),
            Self::Stack => None,
        }
    }
}

/// The class of what was raised, and its text.
pub(in crate::recognise) fn raised(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let (rest, class) = line.strip_suffix(')')?.rsplit_once(" (")?;
    let of_class = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    let is_class = class.starts_with(|c: char| c.is_ascii_uppercase()) && class.bytes().all(of_class);
    // Before Ruby 3.4 a backtick stood there.
    let (place, rest) = rest.split_once(":in '").or_else(|| rest.split_once(":in `"))?;
    let (_, text) = rest.split_once("': ")?;
    (is_class && place.rsplit_once(':').is_some_and(|(_, number)| is_number(number))).then_some((class, text))
}
