//! What a page shows of each claim, read out of its HTML.
//!
//! | what | where |
//! |---|---|
//! | a claim | an `article` whose id begins with `claim-` |
//! | which one | its first `code` |
//! | what the page says that it is worth | its first `b` |
//! | its sentence | each element of the class `sentence` in it |
//!
//! A page is a foreign input: whatever it is made of, it is read in one pass and nothing of it is believed. Runs no script
//! and applies no style, so a page that has a script or inline styles is named: what a browser shows of it can differ.

use std::ops::Range;

/// What a page shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    pub(crate) claims: Vec<ShownClaim>,
    /// Sentences that stand in no claim.
    pub(crate) loose: Vec<String>,
    /// What a browser would run or apply and this does not.
    pub(crate) active: Vec<&'static str>,
}

/// Texts have their white space as in a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ShownClaim {
    pub(crate) id: String,
    pub(crate) worth: String,
    pub(crate) sentences: Vec<String>,
}

struct Tag<'a> {
    name: String,
    closes: bool,
    attributes: Vec<(String, String)>,
    rest: &'a str,
}

/// An element that is not closed yet.
struct Open {
    name: String,
    claim: Option<usize>,
    text: Option<Text>,
    hidden: bool,
}

/// Whither the text of an element goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Id(usize),
    Worth(usize),
    Sentence(usize, usize),
    Loose(usize),
}

struct Reader {
    shown: Shown,
    open: Vec<Open>,
}

const VOID: [&str; 13] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// Elements whose content is text up to their end, whatever it looks like.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];
/// Nested deeper, an element counts as its parent's text.
const DEPTH_MAX: usize = 256;

/// Reads a page.
pub(crate) fn read(page: &str) -> Shown {
    let mut reader = Reader { shown: Shown::default(), open: Vec::new() };
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        reader.text(&rest[..at]);
        rest = &rest[at..];
        rest = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.find("-->").map_or("", |end| &comment[end + 3..])
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            rest.find('>').map_or("", |end| &rest[end + 1..])
        } else if let Some(tag) = Tag::read(rest) {
            reader.tag(&tag)
        } else {
            reader.text("<");
            &rest[1..]
        };
    }
    reader.text(rest);
    let mut shown = reader.shown;
    for claim in &mut shown.claims {
        let texts = [&mut claim.id, &mut claim.worth].into_iter().chain(&mut claim.sentences);
        texts.for_each(|text| *text = normal(text));
    }
    shown.loose.iter_mut().for_each(|text| *text = normal(text));
    shown
}

/// White space as in a line of text, and none at the ends.
pub(crate) fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

// === impl Reader ===

impl Reader {
    fn text(&mut self, text: &str) {
        if self.open.iter().any(|open| open.hidden) {
            return;
        }
        // A sentence in a sentence belongs to both, so that none hides in another.
        let into: Vec<Text> = self.open.iter().filter_map(|open| open.text).collect();
        for into in into {
            if let Some(known) = self.place(into) {
                known.push_str(&decode(text));
            }
        }
    }

    fn place(&mut self, text: Text) -> Option<&mut String> {
        match text {
            Text::Id(claim) => Some(&mut self.shown.claims.get_mut(claim)?.id),
            Text::Worth(claim) => Some(&mut self.shown.claims.get_mut(claim)?.worth),
            Text::Sentence(claim, at) => self.shown.claims.get_mut(claim)?.sentences.get_mut(at),
            Text::Loose(at) => self.shown.loose.get_mut(at),
        }
    }

    /// Whither the text of this element goes, if it is of interest.
    fn target(&mut self, tag: &Tag<'_>, claim: Option<usize>) -> Option<Text> {
        let is_sentence = tag.attribute("class").is_some_and(|class| class.split_whitespace().any(|one| one == "sentence"));
        let Some((at, known)) = claim.and_then(|at| Some((at, self.shown.claims.get_mut(at)?))) else {
            return is_sentence.then(|| {
                self.shown.loose.push(String::new());
                Text::Loose(self.shown.loose.len() - 1)
            });
        };
        if is_sentence {
            known.sentences.push(String::new());
            return Some(Text::Sentence(at, known.sentences.len() - 1));
        }
        match tag.name.as_str() {
            "code" if known.id.is_empty() => Some(Text::Id(at)),
            "b" if known.worth.is_empty() => Some(Text::Worth(at)),
            _ => None,
        }
    }

    /// Takes a tag in; gives what comes after it.
    fn tag<'a>(&mut self, tag: &Tag<'a>) -> &'a str {
        if tag.closes {
            if let Some(at) = self.open.iter().rposition(|open| open.name == tag.name) {
                self.open.truncate(at);
            }
            return tag.rest;
        }
        self.note_active(tag);
        let begins = tag.name == "article" && tag.attribute("id").is_some_and(|id| id.starts_with("claim-"));
        if begins {
            self.shown.claims.push(ShownClaim::default());
        }
        let claim = if begins { Some(self.shown.claims.len() - 1) } else { self.open.last().and_then(|open| open.claim) };
        let text = self.target(tag, claim);
        if RAW.contains(&tag.name.as_str()) {
            let end = format!("</{}", tag.name);
            let at = tag.rest.as_bytes().windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
            return at.map_or("", |at| &tag.rest[at..]);
        }
        if tag.name == "br" {
            self.text(" ");
        }
        if !VOID.contains(&tag.name.as_str()) && self.open.len() < DEPTH_MAX {
            let hidden = tag.attribute("hidden").is_some() || tag.name == "template";
            self.open.push(Open { name: tag.name.clone(), claim, text, hidden });
        }
        tag.rest
    }

    fn note_active(&mut self, tag: &Tag<'_>) {
        let mut note = |what| {
            if !self.shown.active.contains(&what) {
                self.shown.active.push(what);
            }
        };
        match tag.name.as_str() {
            "script" => note("a script"),
            "style" => note("a style sheet of its own"),
            "iframe" | "object" | "embed" | "frame" => note("another page within it"),
            "base" => note("another base address"),
            _ => {}
        }
        for (name, value) in &tag.attributes {
            if name == "style" {
                note("an inline style");
            } else if name.starts_with("on") || value.trim_start().to_ascii_lowercase().starts_with("javascript:") {
                note("a script in an attribute");
            }
        }
    }
}

// === impl Tag ===

impl<'a> Tag<'a> {
    /// Reads `<name …>` or `</name …>`; `None` where it is text.
    fn read(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix('<')?;
        let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        inner.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(())?;
        let end = inner.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(inner.len());
        let (name, mut rest) = inner.split_at(end);
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if let Some(rest) = rest.strip_prefix('>') {
                return Some(Self { name: name.to_ascii_lowercase(), closes, attributes, rest });
            }
            if rest.is_empty() {
                return None;
            }
            let (attribute, after) = Self::attribute_at(rest)?;
            attributes.push(attribute);
            rest = after;
        }
    }

    fn attribute_at(text: &str) -> Option<((String, String), &str)> {
        // A name is at least one character, whichever it is: the reading always goes on.
        let first = text.chars().next()?.len_utf8();
        let stop = |c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/');
        let end = first + text[first..].find(stop).unwrap_or(text.len() - first);
        let (name, rest) = text.split_at(end);
        let name = name.to_ascii_lowercase();
        let Some(value) = rest.trim_start().strip_prefix('=') else { return Some(((name, String::new()), rest)) };
        let value = value.trim_start();
        for quote in ['"', '\''] {
            if let Some(quoted) = value.strip_prefix(quote) {
                let (value, rest) = quoted.split_once(quote)?;
                return Some(((name, decode(value)), rest));
            }
        }
        let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len());
        Some(((name, decode(&value[..end])), &value[end..]))
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }
}

/// The text that a browser shows for these characters.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((c, Range { end, .. })) => {
                decoded.push(c);
                rest = &rest[end..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded + rest
}

/// The character that a reference at the start of the text stands for.
fn reference(text: &str) -> Option<(char, Range<usize>)> {
    const LONGEST: usize = 10;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let c = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((c, 0..end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(page: &str, expected: &[(&str, &str, &[&str])]) {
        let claim = |(id, worth, sentences): &(&str, &str, &[&str])| ShownClaim {
            id: (*id).to_owned(),
            worth: (*worth).to_owned(),
            sentences: sentences.iter().map(|sentence| (*sentence).to_owned()).collect(),
        };
        assert_eq!(read(page).claims, expected.iter().map(claim).collect::<Vec<_>>(), "{page}");
    }

    #[test]
    fn a_claim_is_read_with_what_it_is_worth_and_its_sentence() {
        check(
            r#"<article id="claim-a-1" class="card"><p><svg/><b>Verified</b> <code>A-1</code></p><h3>t</h3>
               <p class="big sentence"><bdi>Keys &amp; <b>data</b>&#32;are
               <em>apart</em>.</bdi></p><p>How <code>B-2</code></p></article><p>other</p>"#,
            &[("A-1", "Verified", &["Keys & data are apart."])],
        );
        check("<article id=claim-a></article><article id=b><b>x</b></article>", &[("", "", &[])]);
        check(
            "<article id='claim-a'><p class='sentence'>one</p><p class='sentence'>t<br>w<i class='sentence'>o</i></p></article>",
            &[("", "", &["one", "t wo", "o"])],
        );
    }

    #[test]
    fn a_sentence_outside_of_every_claim_is_found() {
        assert_eq!(read("<article id=x><p class=sentence>We are <b>safe</b></p></article>").loose, ["We are safe"]);
    }

    #[test]
    fn what_a_browser_does_not_show_is_no_part_of_a_sentence() {
        check(
            "<article id=claim-a><p class=sentence>a<!-- <b>not</b> --><i hidden>no<b>pe</b></i>b<title>x</p></title>c</p></article>",
            &[("", "", &["abc"])],
        );
    }

    #[test]
    fn what_only_a_browser_would_run_is_named() {
        let active = |page: &str| read(page).active;
        assert_eq!(active("<SCRIPT>'<article id=\"claim-a\">'</SCRIPT>"), ["a script"]);
        assert_eq!(active("<p style='x'>"), ["an inline style"]);
        assert_eq!(active("<a href=' JavaScript:x' onclick=y>"), ["a script in an attribute"]);
        assert!(active("<link rel=stylesheet href=/x.css><p>script</p>").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reading(page in "[<>/=\"'&;#!a-z \\-é]{0,200}", start in "(<article id=claim-a><p class=sentence>)?") {
            let _ = read(&(start + &page));
        }
    }
}
