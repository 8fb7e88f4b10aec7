//! Panics of Go, with their goroutines.

use super::{Ahead, TEXT_LINES_MAX, comes, is_number, starts_record};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Go {
    /// Before the first goroutine.
    Panic,
    Stack,
}

// === impl Go ===

impl Go {
    pub(super) fn after(self, line: &str, ahead: Ahead<'_>) -> Option<Self> {
        match self {
            Self::Panic if is_goroutine(line) || line.starts_with("runtime stack:") => Some(Self::Stack),
            Self::Panic if line.starts_with("[signal ") || line.starts_with("\tpanic: ") => Some(Self::Panic),
            Self::Panic => (!starts_record(line) && comes(ahead(), TEXT_LINES_MAX, is_goroutine)).then_some(Self::Panic),
            Self::Stack => is_of_go(line).then_some(Self::Stack),
        }
    }
}

/// What the server of `net/http` writes before a handler's panic.
pub(in crate::recognise) const SERVING: &str = "http: panic serving ";

fn is_of_go(line: &str) -> bool {
    const STARTS: [&str; 5] = ["created by ", "[signal ", "exit status ", "runtime stack:", "...additional frames elided..."];
    let placed = || line.starts_with('\t') && line.contains(':');
    STARTS.iter().any(|start| line.starts_with(start)) || placed() || is_goroutine(line) || is_call(line)
}

/// `goroutine 1 [running]:`
pub(super) fn is_goroutine(line: &str) -> bool {
    let numbered = line.strip_prefix("goroutine ").and_then(|rest| rest.split_once(" ["));
    numbered.is_some_and(|(number, rest)| is_number(number) && rest.ends_with("]:"))
}

/// `main.(*Cart).Add(0xc000012345, 0x1)`
fn is_call(line: &str) -> bool {
    let Some((named, _)) = line.strip_suffix(')').and_then(|line| line.split_once('(')) else { return false };
    !named.is_empty() && !named.contains(' ') && (named.contains('.') || named == "panic")
}
