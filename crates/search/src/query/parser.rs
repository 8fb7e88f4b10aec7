//! Words, operators and groups become an expression.

use std::ops::Range;

use model::limits;

use super::Number;
use super::error::{Note, QueryError};
use super::expr::{Expr, FieldTest, Glob, MessageTest, Pattern};
use super::leaf;
use super::scan::{Closer, Keyword, Scanner};

pub(super) type Parsed<T = Expr> = Result<T, QueryError>;

/// Reads one query.
#[derive(Debug)]
pub(super) struct Parser<'a> {
    pub(super) scan: Scanner<'a>,
    depth: usize,
    terms: usize,
    patterns: usize,
}

/// What a word without a name is about: the message, or inside `name:( … )` that field.
#[derive(Debug, Clone, Copy)]
enum Subject<'n> {
    Message,
    Field(&'n str),
}

// === impl Parser ===

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { scan: Scanner { text, at: 0, notes: Vec::new() }, depth: 0, terms: 0, patterns: 0 }
    }

    pub(super) fn query(mut self) -> Parsed<(Expr, Vec<Note>)> {
        self.scan.skip_space();
        if self.scan.rest().is_empty() {
            return Ok((Expr::All, Vec::new()));
        }
        let expr = self.either(Subject::Message, self.scan.at..self.scan.at)?;
        if self.scan.peek() == Some(')') {
            return Err(unmatched(self.scan.here()));
        }
        Ok((expr, self.scan.notes))
    }

    /// Operands joined by OR. `after` is the operator or parenthesis before them.
    fn either(&mut self, subject: Subject<'_>, after: Range<usize>) -> Parsed {
        let mut sides = vec![self.every(subject, after)?];
        while let Some((Keyword::Or, span)) = self.scan.keyword() {
            self.scan.at = span.end;
            sides.push(self.every(subject, span)?);
        }
        Ok(Expr::any_of(sides))
    }

    /// Operands joined by AND or by nothing. `after` is the operator or parenthesis before them.
    fn every(&mut self, subject: Subject<'_>, after: Range<usize>) -> Parsed {
        let (mut parts, mut joiner) = (Vec::new(), None);
        loop {
            self.scan.skip_space();
            match self.scan.keyword() {
                Some((Keyword::And, span)) if parts.is_empty() || joiner.is_some() => {
                    return Err(self.nothing_before(span));
                }
                Some((Keyword::And, span)) => {
                    self.scan.at = span.end;
                    joiner = Some(span);
                    continue;
                }
                Some((Keyword::Or, span)) if parts.is_empty() || joiner.is_some() => return Err(self.nothing_before(span)),
                Some((Keyword::Or, _)) => break,
                Some((Keyword::Not, _)) | None => {}
            }
            if self.scan.at_end_of_operand() {
                break;
            }
            parts.push(self.operand(subject)?);
            joiner = None;
        }
        match joiner {
            Some(joiner) => Err(self.nothing_after(joiner)),
            None if parts.is_empty() => Err(self.nothing_after(after)),
            None => Ok(Expr::all_of(parts)),
        }
    }

    fn nothing_before(&self, keyword: Range<usize>) -> QueryError {
        let word = &self.scan.text[keyword.clone()];
        QueryError::new(keyword, "dangling_operator", format!("nothing stands before {word}"))
            .hint(format!("quote it to search for the word: \"{word}\""))
    }

    fn nothing_after(&self, before: Range<usize>) -> QueryError {
        match &self.scan.text[before.clone()] {
            "" => unmatched(self.scan.here()),
            "(" => QueryError::new(before.start..self.scan.here().end, "empty_group", "a group with nothing in it")
                .hint("quote parentheses that are part of a text: \"()\""),
            "-" | "!" => {
                let sign = &self.scan.text[before.clone()];
                QueryError::new(before, "dangling_operator", format!("nothing stands after {sign}"))
                    .hint(format!("{sign} excludes what follows it directly; write \\{sign} for the character itself"))
            }
            word => QueryError::new(before.clone(), "dangling_operator", format!("nothing stands after {word}"))
                .hint(format!("quote it to search for the word: \"{word}\"")),
        }
    }

    /// One operand with the negations before it.
    fn operand(&mut self, subject: Subject<'_>) -> Parsed {
        let start = self.scan.at;
        if let Some((Keyword::Not, span)) = self.scan.keyword() {
            self.scan.at = span.end;
            self.scan.skip_space();
            if self.scan.at_end_of_operand() || matches!(self.scan.keyword(), Some((Keyword::And | Keyword::Or, _))) {
                return Err(self.nothing_after(span));
            }
            return self.deeper(start, |parser| parser.operand(subject)).map(|inner| Expr::Not(Box::new(inner)));
        }
        let Some('-' | '!') = self.scan.peek() else {
            return self.primary(subject);
        };
        self.negation_sign()?;
        if let Subject::Field(_) = subject {
            self.note_negated_number(start)?;
        }
        self.deeper(start, |parser| parser.operand(subject)).map(|inner| Expr::Not(Box::new(inner)))
    }

    /// Reads `-` or `!` and makes sure that something to negate follows.
    fn negation_sign(&mut self) -> Parsed<()> {
        let sign = self.scan.here();
        self.scan.at = sign.end;
        let keyword = matches!(self.scan.keyword(), Some((Keyword::And | Keyword::Or, _)));
        if self.scan.at_end_of_operand() || keyword {
            return Err(self.nothing_after(sign));
        }
        match (&self.scan.text[sign.clone()], self.scan.peek()) {
            ("-", Some('-')) => Err(QueryError::new(sign.start..self.scan.at + 1, "double_negation", "two hyphens")
                .hint("quote text that starts with a hyphen: \"--flag\"")),
            ("!", Some('=')) => Err(comparison_as_word(sign.start..self.scan.at + 1)),
            _ => Ok(()),
        }
    }

    /// `start` is where the minus sign stands.
    fn note_negated_number(&mut self, start: usize) -> Parsed<()> {
        let run = self.scan.run();
        let word = &self.scan.text[run.clone()];
        if !self.scan.text[start..].starts_with('-') || !word.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(());
        }
        if word.contains("..") {
            return Err(QueryError::new(start..run.end, "bad_range", "a minus sign here means \"not\", which a range cannot be")
                .hint("write a range with a negative start as [-5 TO 5]"));
        }
        if Number::parse(word).is_some() {
            let message = format!("read as \"not {word}\"; for the negative number write \"-{word}\" in quotes");
            self.scan.note(start..run.end, "negated_number", message);
        }
        Ok(())
    }

    fn deeper<T>(&mut self, start: usize, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == limits::QUERY_DEPTH_MAX {
            let message = format!("groups and negations nest at most {} deep", limits::QUERY_DEPTH_MAX);
            return Err(QueryError::new(start..self.scan.here().end.max(start), "query_too_deep", message));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn primary(&mut self, subject: Subject<'_>) -> Parsed {
        if self.scan.peek() == Some('(') {
            return self.group(subject);
        }
        match subject {
            Subject::Field(name) => self.value(name),
            Subject::Message => match self.pattern()? {
                Some(pattern) => Ok(Expr::Message(MessageTest::Matches(pattern))),
                None => match self.scan.name_ahead() {
                    Some(name) => self.named(name),
                    None => self.bare_word(),
                },
            },
        }
    }

    fn group(&mut self, subject: Subject<'_>) -> Parsed {
        let open = self.scan.here();
        self.scan.at = open.end;
        let inner = self.deeper(open.start, |parser| parser.either(subject, open.clone()))?;
        if !self.scan.eat(")") {
            return Err(QueryError::new(open, "unclosed_parenthesis", "this parenthesis is never closed")
                .hint("add the closing ), or quote the text it belongs to"));
        }
        Ok(inner)
    }

    fn bare_word(&mut self) -> Parsed {
        let start = self.scan.at;
        let word = self.scan.word(Closer::None)?;
        self.count_term(&word.span)?;
        let written = &self.scan.text[word.span.clone()];
        if word.plain && matches!(written, "=" | "==" | "<" | "<=" | ">" | ">=" | "=>" | "=<") {
            return Err(comparison_as_word(word.span));
        }
        if word.plain && matches!(written, "and" | "or" | "not") {
            let message = format!("read as a word to search for; the operator is written {}", written.to_uppercase());
            self.scan.note(word.span, "operator_as_word", message);
        } else if word.plain && (written.contains(">=") || written.contains("<=")) {
            self.scan.note(word.span, "comparison_as_word", "read as a text to search for; a comparison is written status:>=500");
        } else if word.plain && written.len() > 2 && written.starts_with('/') && written.ends_with('/') {
            let message = "read as a text to search for; inside a pattern a slash is written \\/";
            self.scan.note(word.span, "pattern_as_word", message);
        }
        leaf::message(word.glob, start..self.scan.at)
    }

    /// Reads `name:value`, `has:name` or `missing:name`.
    fn named(&mut self, span: Range<usize>) -> Parsed {
        let quoted = self.scan.peek() == Some('"');
        let name = self.name(span.clone())?;
        self.scan.at = span.end + 1;
        self.refuse_foreign_colon(span.start)?;
        if self.scan.at_end_of_operand() {
            return Err(QueryError::new(span.start..self.scan.at, "missing_value", format!("nothing stands after {name}:"))
                .hint("write the value right after the colon, or quote the text: \"error:\""));
        }
        match (&*name, quoted) {
            ("has", false) => self.presence().map(Expr::Has),
            ("missing", false) => self.presence().map(Expr::Missing),
            _ => self.value(&name),
        }
    }

    fn name(&mut self, span: Range<usize>) -> Parsed<String> {
        if self.scan.text[span.clone()].starts_with('"') {
            self.scan.at = span.start;
            let name = self.scan.quoted()?;
            return if name.is_empty() { Err(no_name(span)) } else { Ok(name) };
        }
        let name = &self.scan.text[span.clone()];
        if name.is_empty() {
            return Err(no_name(span.start..span.start + 1));
        }
        if let Some((i, c)) = name.char_indices().find(|(_, c)| !leaf::is_name_char(*c)) {
            let at = span.start + i;
            let message = format!("{c} cannot stand in the name of a field");
            return Err(QueryError::new(at..at + c.len_utf8(), "bad_name", message)
                .hint("quote the name, \"my field\":value, or the whole text to search for it in messages"));
        }
        if name.bytes().all(|b| b.is_ascii_digit()) {
            return Err(QueryError::new(span, "bad_name", "a name of only digits")
                .hint("quote a time or address to search for it: \"12:30\""));
        }
        Ok(name.to_owned())
    }

    /// Text that holds a colon for other reasons: addresses, paths of code.
    fn refuse_foreign_colon(&self, start: usize) -> Parsed<()> {
        let rest = self.scan.rest();
        let quoted = &self.scan.text[start..self.scan.run().end.max(self.scan.at)];
        if rest.starts_with("//") {
            return Err(QueryError::new(start..self.scan.at + 2, "address_as_field", "this reads like an address")
                .hint(format!("quote it to search for it: \"{quoted}\"")));
        }
        if rest.starts_with(':') {
            return Err(QueryError::new(self.scan.here(), "double_colon", "two colons")
                .hint(format!("quote text with colons to search for it: \"{quoted}\"")));
        }
        Ok(())
    }

    fn presence(&mut self) -> Parsed<String> {
        let start = self.scan.at;
        if self.scan.peek() == Some('(') {
            return Err(QueryError::new(self.scan.here(), "bad_name", "the name of one field must stand here")
                .hint("write (has:a OR has:b)"));
        }
        let word = self.scan.word(Closer::None)?;
        self.count_term(&word.span)?;
        match word.glob.as_literal() {
            Some(name) if !name.is_empty() => Ok(leaf::canonical_name(name).to_owned()),
            Some(_) => Err(no_name(word.span)),
            None => Err(QueryError::new(start..self.scan.at, "bad_name", "the name of a field takes no wildcards")),
        }
    }

    /// What stands after `name:`, negations included.
    fn value(&mut self, name: &str) -> Parsed {
        let start = self.scan.at;
        match self.scan.peek() {
            Some('-' | '!') => {
                if !self.scan.rest().starts_with("!=") {
                    self.negation_sign()?;
                } else {
                    self.scan.at += 1;
                }
                self.note_negated_number(start)?;
                self.deeper(start, |parser| parser.value(name)).map(|inner| Expr::Not(Box::new(inner)))
            }
            Some('(') => self.group(Subject::Field(name)),
            Some('[' | '{') => self.bracketed(name),
            Some('<' | '>') => self.compared(name),
            Some('=') => {
                let signs = self.scan.rest().bytes().take_while(|b| *b == b'=').count();
                self.scan.at += signs;
                match self.scan.peek() {
                    Some('<' | '>') => Err(comparison_as_word(start..self.scan.at + 1)),
                    _ if self.scan.at_end_of_operand() => Err(self.no_value_after(start)),
                    _ => self.equal(name),
                }
            }
            _ => self.equal(name),
        }
    }

    fn equal(&mut self, name: &str) -> Parsed {
        let start = self.scan.at;
        if let Some(pattern) = self.pattern()? {
            return leaf::field(name, FieldTest::Matches(pattern), start..self.scan.at);
        }
        let word = self.scan.word(Closer::None)?;
        self.count_term(&word.span)?;
        let range = if word.plain { leaf::dotted_range(name, &self.scan.text[word.span.clone()]) } else { None };
        match range {
            Some((lower, upper)) => leaf::range(name, lower, upper, word.span),
            None => leaf::field(name, FieldTest::Equals(word.glob), word.span),
        }
    }

    pub(super) fn no_value_after(&self, start: usize) -> QueryError {
        let sign = &self.scan.text[start..self.scan.at];
        QueryError::new(start..self.scan.at, "missing_value", format!("nothing stands after {sign}"))
            .hint("write the value directly after it, without a space: status:>=500")
    }

    fn pattern(&mut self) -> Parsed<Option<Pattern>> {
        let Some(span) = self.scan.pattern() else {
            return Ok(None);
        };
        self.count_term(&span)?;
        self.patterns += 1;
        if self.patterns > limits::QUERY_REGEXES_MAX {
            let message = format!("a query has at most {} patterns", limits::QUERY_REGEXES_MAX);
            return Err(QueryError::new(span, "query_too_long", message));
        }
        leaf::pattern(&self.scan.text[span.clone()], span).map(Some)
    }

    pub(super) fn count_term(&mut self, span: &Range<usize>) -> Parsed<()> {
        self.terms += 1;
        if self.terms > limits::QUERY_TERMS_MAX {
            let message = format!("a query has at most {} conditions", limits::QUERY_TERMS_MAX);
            return Err(QueryError::new(span.clone(), "query_too_long", message));
        }
        Ok(())
    }

    /// The literal text of a bound, which takes no wildcards.
    pub(super) fn literal(&self, glob: &Glob, span: Range<usize>) -> Parsed<String> {
        glob.as_literal().map(str::to_owned).ok_or_else(|| {
            QueryError::new(span, "wildcard_in_bound", "a bound takes no wildcards").hint("quote it if * or ? is meant literally")
        })
    }
}

fn unmatched(span: Range<usize>) -> QueryError {
    QueryError::new(span, "unmatched_parenthesis", "this parenthesis was never opened")
        .hint("remove it, or quote the text it belongs to")
}

fn no_name(span: Range<usize>) -> QueryError {
    QueryError::new(span, "missing_name", "the name of a field is missing").hint("quote text with colons to search for it")
}

fn comparison_as_word(span: Range<usize>) -> QueryError {
    QueryError::new(span, "bad_comparison", "a comparison is written with a colon and without spaces")
        .hint("write status:>=500 or service:-api; quote the sign to search for it")
}
