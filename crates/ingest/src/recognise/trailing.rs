//! What stands behind a text on its line: a JSON object, or pairs of `key=value`.

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};

use super::{Value, logfmt, object};

/// So many places are tried as the start: each is read up to the end of the line.
const STARTS_MAX: usize = 4;

type Fields<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// `request done {"status":200}`
pub(super) fn object(line: &str) -> Option<Fields<'_>> {
    if !line.ends_with('}') {
        return None;
    }
    let starts = memmem::find_iter(line.as_bytes(), b"{\"").filter(|at| line[..*at].ends_with([' ', '\t']));
    starts.take(STARTS_MAX).find_map(|at| object::members(&line[at..]))
}

/// `request done status=200 user="a b"`, of at least so many pairs.
pub(super) fn pairs(text: &str, least: usize) -> Option<Fields<'_>> {
    // Most lines are done here: they do not end as a pair does.
    let last = text.rsplit(' ').next()?;
    if !last.contains('=') && !last.ends_with('"') {
        return None;
    }
    let starts = memchr_iter(b'=', text.as_bytes()).map(|at| text[..at].rfind(' ').map_or(0, |space| space + 1));
    let mut before = None;
    let starts = starts.filter(|start| before.replace(*start) != Some(*start)).take(STARTS_MAX);
    starts.filter_map(|start| logfmt::fields(&text[start..], least)).next()
}
