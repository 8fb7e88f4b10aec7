//! Stack traces that structured loggers write beside the message.
//!
//! | logger | trace | type and text |
//! |---|---|---|
//! | pino | `err.stack` | `err.type`, `err.message` |
//! | ECS | `error.stack_trace` | `error.type`, `error.message` |
//! | zap | `stacktrace` | (no type), `error` |
//! | logstash's encoder | `stack_trace` | as the trace says |
//! | Spring Boot, Logback | `exception`, a text | as the trace says |
//!
//! Always holds: only what is a stack trace counts, and not where the record has anything of `exception.…` already.

use model::limits;

use super::exception;
use super::keys::inner;
use crate::records::Member;

#[derive(Default)]
pub(super) struct Traced {
    kind: Option<String>,
    text: Option<String>,
    /// What may be anything where the trace is not zap's.
    error: Option<String>,
    stack: Option<String>,
    is_said: bool,
}

// === impl Traced ===

impl Traced {
    /// Of the members of a JSON object, each as it stands.
    pub(super) fn of<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut traced = Self::default();
        for (key, value) in members {
            traced.add(value.as_bytes(), key, &Member { key: 0..0, value: 0..value.len() });
        }
        traced
    }

    pub(super) fn add(&mut self, body: &[u8], key: &str, member: &Member) {
        let value = &body[member.value.clone()];
        match key {
            "err" | "error" if value.starts_with(b"{") => {
                let of = |name: &str| inner(value, name, |object, member| member.text(object));
                self.stack = of("stack_trace").or_else(|| of("stack")).or(self.stack.take());
                self.kind = of("type").or(self.kind.take());
                self.text = of("message").or(self.text.take());
            }
            "exception" if value.starts_with(b"{") => self.is_said = true,
            "error" => self.error = member.text(body),
            "err.stack" | "error.stack_trace" | "stacktrace" | "stack_trace" | "exception" => {
                self.stack = member.text(body).or(self.stack.take());
            }
            "err.type" | "error.type" => self.kind = member.text(body),
            "err.message" | "error.message" => self.text = member.text(body),
            key => self.is_said |= key.starts_with("exception."),
        }
    }

    /// The attributes, each with its value; none where nothing holds a trace.
    pub(super) fn said(self) -> Vec<(&'static str, String)> {
        let stack = self.stack.filter(|stack| !self.is_said && stack.len() <= limits::RECOGNISED_LINE_BYTES_MAX);
        let Some(stack) = stack else { return Vec::new() };
        let thrown = exception::thrown_in(&stack);
        if thrown.is_none() && !is_of_zap(&stack) {
            return Vec::new();
        }
        let kind = self.kind.or_else(|| Some(thrown.as_ref()?.name.to_owned()));
        let text = self.text.or_else(|| Some(thrown.as_ref()?.text.to_owned())).or(self.error);
        let trace = thrown.map_or(stack.as_str(), |thrown| thrown.stack).to_owned();
        let said = [("exception.type", kind), ("exception.message", text), ("exception.stacktrace", Some(trace))];
        said.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect()
    }
}

/// Functions, each with its place below: `main.main\n\t/srv/main.go:12`
fn is_of_zap(stack: &str) -> bool {
    let mut lines = stack.lines();
    let function = lines.next().is_some_and(|line| line.contains('.') && !line.contains(' '));
    function && lines.next().is_some_and(|line| line.starts_with('\t') && line.contains(".go:"))
}
