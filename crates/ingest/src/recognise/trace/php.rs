//! What nobody caught in PHP: `PHP Fatal error:  Uncaught Exception: text in /a.php:3`, `Stack trace:`, `#0 …`, and at the end
//! `  thrown in /a.php on line 3`. What it led to stands behind `Next `.

use super::{Ahead, TEXT_LINES_MAX, comes, is_number, starts_record};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Php {
    /// Behind the line that names what was thrown.
    Thrown,
    Stack,
    Over,
}

/// Before the frames of each.
pub(in crate::recognise) const STACK: &str = "Stack trace:";

// === impl Php ===

impl Php {
    pub(super) fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Self> {
        let stack_comes = || comes(ahead(), TEXT_LINES_MAX, |line| line.starts_with(STACK));
        match self {
            Self::Thrown if line.starts_with(STACK) => Some(Self::Stack),
            Self::Thrown => (!starts_record(line) && stack_comes()).then_some(Self::Thrown),
            Self::Stack if line.starts_with("  thrown in ") => Some(Self::Over),
            Self::Stack if line.starts_with("Next ") => stack_comes().then_some(Self::Thrown),
            Self::Stack => is_frame(line).then_some(Self::Stack),
            Self::Over => None,
        }
    }
}

/// `#0 /a.php(7): f()`
fn is_frame(line: &str) -> bool {
    line.strip_prefix('#').and_then(|line| line.split_once(' ')).is_some_and(|(number, _)| is_number(number))
}
