//! A query in words, for the person who typed it to see how it was understood.

use std::fmt::Write as _;

use store::is_token_byte;

use super::expr::{Bound, Expr, FieldTest, Glob, MessageTest, Piece};

pub(super) fn explain(expr: &Expr) -> String {
    let mut out = String::new();
    write(&mut out, expr);
    out
}

fn write(out: &mut String, expr: &Expr) {
    match expr {
        Expr::All => out.push_str("every record"),
        Expr::And(parts) => join(out, parts, " AND "),
        Expr::Or(sides) => join(out, sides, " OR "),
        Expr::Not(inner) => {
            out.push_str("NOT ");
            operand(out, inner);
        }
        Expr::Message(MessageTest::Contains(glob)) => message(out, glob),
        Expr::Message(MessageTest::Matches(pattern)) => push(out, format_args!("message matches /{}/", pattern.as_str())),
        Expr::Field(name, test) => field(out, name, test),
        Expr::Has(name) => push(out, format_args!("{name} is present")),
        Expr::Missing(name) => push(out, format_args!("{name} is missing")),
    }
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(text);
}

fn join(out: &mut String, parts: &[Expr], joiner: &str) {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push_str(joiner);
        }
        operand(out, part);
    }
}

fn operand(out: &mut String, expr: &Expr) {
    if matches!(expr, Expr::And(_) | Expr::Or(_)) {
        out.push('(');
        write(out, expr);
        out.push(')');
    } else {
        write(out, expr);
    }
}

fn message(out: &mut String, glob: &Glob) {
    match (glob.pieces(), glob.as_literal()) {
        (_, Some(text)) if text.bytes().all(is_token_byte) => push(out, format_args!("message has the word {text:?}")),
        (_, Some(text)) => push(out, format_args!("message has {text:?}, cut at words")),
        ([Piece::Any, Piece::Text(text), Piece::Any], None) => push(out, format_args!("message contains {text:?}")),
        (_, None) => push(out, format_args!("message contains text like {glob}", glob = Wildcards(glob))),
    }
}

fn field(out: &mut String, name: &str, test: &FieldTest) {
    match test {
        FieldTest::Equals(glob) => match (glob.pieces(), glob.as_literal()) {
            (_, Some(text)) => push(out, format_args!("{name} = {text:?}")),
            ([Piece::Any, Piece::Text(text), Piece::Any], None) => push(out, format_args!("{name} contains {text:?}")),
            (_, None) => push(out, format_args!("{name} is like {}", Wildcards(glob))),
        },
        FieldTest::Matches(pattern) => push(out, format_args!("{name} matches /{}/", pattern.as_str())),
        FieldTest::Range(lower, upper) => {
            let sides = [(lower, ">", ">="), (upper, "<", "<=")];
            let mut written = sides.into_iter().filter_map(|(bound, exclusive, inclusive)| match bound {
                Bound::Open => None,
                Bound::Exclusive(text) => Some((exclusive, text)),
                Bound::Inclusive(text) => Some((inclusive, text)),
            });
            if let Some((sign, text)) = written.next() {
                push(out, format_args!("{name} {sign} {text:?}"));
            }
            if let Some((sign, text)) = written.next() {
                push(out, format_args!(" and {sign} {text:?}"));
            }
        }
    }
}

/// Shows wildcards bare and text in quotes.
struct Wildcards<'a>(&'a Glob);

impl std::fmt::Display for Wildcards<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.pieces().iter().try_for_each(|piece| match piece {
            Piece::Any => f.write_str("*"),
            Piece::One => f.write_str("?"),
            Piece::Text(text) => write!(f, "{text:?}"),
        })
    }
}
