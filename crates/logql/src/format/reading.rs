//! What stands between `{{` and `}}` of a template.

use std::ops::Range;

use model::limits;

use super::{Function, Value};
use crate::scan::Scan;

/// Why a template is none, and where in its text.
pub(super) type Refusal = (Range<usize>, &'static str, String);

/// What stands in the way of a function, in the order in which Go has its arguments.
enum Argument {
    Text(String),
    Number(i64),
}

/// The text of a template, from left to right.
pub(super) struct Reading<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

// === impl Reading ===

impl<'t> Reading<'t> {
    /// Behind a `{{`.
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    /// What stands up to `}}`, and where that is; a comment is nothing.
    pub(super) fn action(mut self) -> Result<(Option<Value>, usize), Refusal> {
        self.skip();
        if self.text[self.at..].starts_with("/*") {
            let end = self.text[self.at..].find("*/").ok_or_else(|| self.refuse(2, "a comment is not closed"))?;
            self.at += end + 2;
            self.skip();
            self.close()?;
            return Ok((None, self.at));
        }
        let value = self.pipe()?;
        self.close()?;
        Ok((Some(value), self.at))
    }

    fn close(&self) -> Result<(), Refusal> {
        let rest = &self.text[self.at..];
        match rest.starts_with("}}") || rest.starts_with("-}}") {
            true => Ok(()),
            false => Err(self.refuse(rest.chars().next().map_or(0, char::len_utf8), "`}}` is missing here")),
        }
    }

    /// `value | function arguments | …`
    fn pipe(&mut self) -> Result<Value, Refusal> {
        let mut value = self.command(None)?;
        while self.text[self.at..].starts_with('|') {
            self.at += 1;
            self.skip();
            value = self.command(Some(value))?;
        }
        Ok(value)
    }

    fn command(&mut self, piped: Option<Value>) -> Result<Value, Refusal> {
        let start = self.at;
        let name: String = self.text[self.at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts || name.starts_with("__") {
            let value = self.operand()?;
            return match piped {
                None => Ok(value),
                Some(_) => Err((start..self.at, "logql_invalid", "what stands behind a `|` is a function".to_owned())),
            };
        }
        let known = FUNCTIONS.into_iter().find(|(known, _)| *known == name);
        let Some((_, arguments)) = known else {
            let message = format!("`{name}` is not supported in a template");
            return Err((start..start + name.len(), "logql_unsupported", message));
        };
        self.at += name.len();
        self.skip();
        let mut said = Vec::new();
        for _ in 0..arguments {
            said.push(self.argument(&name)?);
        }
        let of = match piped {
            Some(of) => of,
            None => self.operand()?,
        };
        let function =
            function(&name, said).ok_or_else(|| (start..self.at, "logql_invalid", format!("`{name}` takes other arguments")))?;
        Ok(Value::Call(Box::new(function), Box::new(of)))
    }

    /// An argument before the last one, which is a text or a number as it stands.
    fn argument(&mut self, function: &str) -> Result<Argument, Refusal> {
        let rest = &self.text[self.at..];
        if rest.starts_with(['"', '`']) {
            return Ok(Argument::Text(self.quoted()?));
        }
        let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '-')).unwrap_or(rest.len());
        let number = rest[..length].parse();
        let number =
            number.map_err(|_| self.refuse(length.max(1), &format!("`{function}` takes texts in quotes or numbers here")));
        let number = number?;
        self.at += length;
        self.skip();
        Ok(Argument::Number(number))
    }

    fn operand(&mut self) -> Result<Value, Refusal> {
        let rest = &self.text[self.at..];
        if rest.starts_with('(') {
            self.depth += 1;
            if self.depth > limits::QUERY_DEPTH_MAX {
                return Err(self.refuse(1, "brackets nest too deep"));
            }
            self.at += 1;
            self.skip();
            let value = self.pipe()?;
            if !self.text[self.at..].starts_with(')') {
                return Err(self.refuse(0, "a bracket is not closed"));
            }
            self.at += 1;
            self.depth -= 1;
            self.skip();
            return Ok(value);
        }
        if rest.starts_with(['"', '`']) {
            return Ok(Value::Text(self.quoted()?));
        }
        let (dot, name) = rest.strip_prefix('.').map_or((0, rest), |name| (1, name));
        let length = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        let (name, whole) = (&name[..length], dot + length);
        let value = match (dot, name) {
            (1, name) if !name.is_empty() && !rest[whole..].starts_with('.') => Value::Label(name.to_owned()),
            (0, "__line__") => Value::Line,
            (0, "__timestamp__") => Value::Time,
            _ => {
                return Err(
                    self.refuse(whole.max(1), "a label such as `.app`, `__line__`, `__timestamp__` or a text stands here")
                );
            }
        };
        self.at += whole;
        self.skip();
        Ok(value)
    }

    fn quoted(&mut self) -> Result<String, Refusal> {
        let mut scan = Scan { text: self.text, at: self.at };
        let (text, span) = scan.string().map_err(|error| (error.at..error.at + error.len, error.code, error.message))?;
        self.at = span.end;
        self.skip();
        Ok(text)
    }

    fn skip(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn refuse(&self, length: usize, message: &str) -> Refusal {
        let end = self.text.ceil_char_boundary((self.at + length).min(self.text.len()));
        (self.at..end, "logql_invalid", message.to_owned())
    }
}

/// The names of functions, and how many arguments stand before the text.
const FUNCTIONS: [(&str, usize); 12] = [
    ("lower", 0),
    ("ToLower", 0),
    ("upper", 0),
    ("ToUpper", 0),
    ("trim", 0),
    ("TrimSpace", 0),
    ("trimPrefix", 1),
    ("trimSuffix", 1),
    ("replace", 2),
    ("default", 1),
    ("trunc", 1),
    ("substr", 2),
];

fn function(name: &str, said: Vec<Argument>) -> Option<Function> {
    use Argument::{Number, Text};
    let mut said = said.into_iter();
    Some(match (name, said.next(), said.next()) {
        ("lower" | "ToLower", None, None) => Function::Lower,
        ("upper" | "ToUpper", None, None) => Function::Upper,
        ("trim" | "TrimSpace", None, None) => Function::Trim,
        ("trimPrefix", Some(Text(prefix)), None) => Function::TrimPrefix(prefix),
        ("trimSuffix", Some(Text(suffix)), None) => Function::TrimSuffix(suffix),
        ("replace", Some(Text(old)), Some(Text(new))) => Function::Replace(old, new),
        ("default", Some(Text(instead)), None) => Function::Default(instead),
        ("default", Some(Number(instead)), None) => Function::Default(instead.to_string()),
        ("trunc", Some(Number(count)), None) => Function::Trunc(count),
        ("substr", Some(Number(start)), Some(Number(end))) => Function::Substr(start, end),
        _ => return None,
    })
}
