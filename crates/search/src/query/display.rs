//! A query as a text of its own language that reads back to the same query.

use std::fmt;

use super::expr::{Bound, Expr, FieldTest, Glob, MessageTest, Piece};
use super::scan::Keyword;
use super::{Query, leaf};

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.expr(), f)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::And(parts) => join(f, parts, " AND "),
            Self::Or(sides) => join(f, sides, " OR "),
            // Two signs in a row are refused, since `--` is rather part of a text.
            Self::Not(inner) if matches!(**inner, Self::Not(_)) => write!(f, "NOT {inner}"),
            Self::Not(inner) => {
                f.write_str("-")?;
                operand(f, inner)
            }
            Self::Message(MessageTest::Contains(glob)) => write_glob(f, glob),
            Self::Message(MessageTest::Matches(pattern)) => write!(f, "/{}/", pattern.as_str()),
            Self::Field(name, test) => {
                write_name(f, name)?;
                write!(f, ":{test}")
            }
            Self::Has(name) => {
                f.write_str("has:")?;
                write_text(f, name)
            }
            Self::Missing(name) => {
                f.write_str("missing:")?;
                write_text(f, name)
            }
        }
    }
}

impl fmt::Display for FieldTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_sided = |f: &mut fmt::Formatter<'_>, sign: &str, text: &str| {
            f.write_str(sign)?;
            write_text(f, text)
        };
        match self {
            Self::Equals(glob) => write_glob(f, glob),
            Self::Matches(pattern) => write!(f, "/{}/", pattern.as_str()),
            Self::Range(Bound::Open, Bound::Inclusive(text)) => one_sided(f, "<=", text),
            Self::Range(Bound::Open, Bound::Exclusive(text)) => one_sided(f, "<", text),
            Self::Range(Bound::Inclusive(text), Bound::Open) => one_sided(f, ">=", text),
            Self::Range(Bound::Exclusive(text), Bound::Open) => one_sided(f, ">", text),
            Self::Range(lower, upper) => {
                f.write_str(if matches!(lower, Bound::Exclusive(_)) { "{" } else { "[" })?;
                write_bound(f, lower)?;
                f.write_str(" TO ")?;
                write_bound(f, upper)?;
                f.write_str(if matches!(upper, Bound::Exclusive(_)) { "}" } else { "]" })
            }
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Expr], joiner: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(joiner)?;
        }
        // AND binds tighter than OR, so it needs no parentheses there; more of them than the user's could nest too deep.
        match part {
            Expr::And(_) => write!(f, "{part}")?,
            part => operand(f, part)?,
        }
    }
    Ok(())
}

fn operand(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    match expr {
        Expr::And(_) | Expr::Or(_) => write!(f, "({expr})"),
        expr => write!(f, "{expr}"),
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    let is_plain = name.chars().all(leaf::is_name_char)
        && !name.bytes().all(|b| b.is_ascii_digit())
        && !name.starts_with('-')
        && !matches!(name, "has" | "missing");
    if is_plain { f.write_str(name) } else { write_quoted(f, name) }
}

/// Writes text that stands for itself.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && !text.contains("..")
        && Keyword::of(text).is_none()
        && text != "TO";
    if is_plain { f.write_str(text) } else { write_quoted(f, text) }
}

fn write_bound(f: &mut fmt::Formatter<'_>, bound: &Bound) -> fmt::Result {
    match bound {
        Bound::Open => f.write_str("*"),
        Bound::Inclusive(text) | Bound::Exclusive(text) => write_text(f, text),
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut characters = text.chars();
    f.write_str("\"")?;
    characters.try_for_each(|c| if matches!(c, '"' | '\\') { write!(f, "\\{c}") } else { write!(f, "{c}") })?;
    f.write_str("\"")
}

fn write_glob(f: &mut fmt::Formatter<'_>, glob: &Glob) -> fmt::Result {
    if let Some(text) = glob.as_literal() {
        return write_text(f, text);
    }
    for piece in glob.pieces() {
        match piece {
            Piece::Any => f.write_str("*")?,
            Piece::One => f.write_str("?")?,
            Piece::Text(text) => text.chars().try_for_each(|c| {
                let special = c.is_whitespace() || (c.is_ascii() && !c.is_ascii_alphanumeric());
                if special { write!(f, "\\{c}") } else { write!(f, "{c}") }
            })?,
        }
    }
    Ok(())
}
