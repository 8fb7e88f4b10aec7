//! Marks in a message the words that a query looks for in it.

use regex::{Regex, RegexBuilder};

use model::limits;

use super::Highlight;
use crate::query::{Expr, Glob, MessageTest, Piece, Query};

/// What may be part of a word, as the search language has it.
const IN_WORD: &str = r"[0-9A-Za-z_\x{80}-\x{10FFFF}]";

/// The words of a query, ready to be found.
#[derive(Debug)]
pub struct Marks<'h> {
    around: &'h Highlight,
    words: Option<Regex>,
}

// === impl Marks ===

impl<'h> Marks<'h> {
    /// Words that are looked for; those that must not be there are none.
    #[must_use]
    pub fn new(query: &Query, around: &'h Highlight) -> Self {
        let mut words = Vec::new();
        gather(query.expr(), &mut words);
        let words = (!words.is_empty()).then(|| words.join("|"));
        // What is too large to be found at once is not marked.
        let build = |words: String| {
            let mut builder = RegexBuilder::new(&words);
            builder
                .case_insensitive(true)
                .size_limit(limits::QUERY_REGEX_BYTES_MAX)
                .dfa_size_limit(limits::QUERY_REGEX_BYTES_MAX);
            builder.build().ok()
        };
        Self { around, words: words.and_then(build) }
    }

    /// The message with marks; nothing where there is none to make.
    #[must_use]
    pub fn mark(&self, message: &str) -> Option<String> {
        let words = self.words.as_ref().filter(|_| message.len() <= limits::MARKED_BYTES_MAX)?;
        let (mut marked, mut copied) = (String::new(), 0);
        for found in words.find_iter(message).filter(|found| !found.is_empty()) {
            marked.push_str(&message[copied..found.start()]);
            marked.push_str(&self.around.before);
            marked.push_str(found.as_str());
            marked.push_str(&self.around.after);
            copied = found.end();
        }
        (copied > 0).then(|| marked + &message[copied..])
    }
}

fn is_in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

fn gather(expr: &Expr, words: &mut Vec<String>) {
    match expr {
        Expr::And(all) | Expr::Or(all) => all.iter().for_each(|one| gather(one, words)),
        Expr::Message(MessageTest::Contains(glob)) => words.push(pattern(glob)),
        Expr::Message(MessageTest::Matches(_)) | Expr::All | Expr::Not(_) | Expr::Field(..) | Expr::Has(_) | Expr::Missing(_) => {
        }
    }
}

/// A wildcard is filled up to the end of the word; an end that is none lies on a border.
fn pattern(glob: &Glob) -> String {
    let edge = |piece: Option<&Piece>, last: bool| match piece {
        Some(Piece::Text(text)) => if last { text.chars().next_back() } else { text.chars().next() }.is_some_and(is_in_word),
        Some(Piece::Any | Piece::One) | None => false,
    };
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => regex::escape(text),
        Piece::Any => format!("{IN_WORD}*"),
        Piece::One => ".".to_owned(),
    };
    let pieces = glob.pieces();
    let start = if edge(pieces.first(), false) { r"\b{start-half}" } else { "" };
    let end = if edge(pieces.last(), true) { r"\b{end-half}" } else { "" };
    format!("{start}{}{end}", pieces.iter().map(piece).collect::<String>())
}
