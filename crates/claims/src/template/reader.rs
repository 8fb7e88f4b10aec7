//! From a text to a page: comments, headings, paragraphs, bullets.

use std::collections::BTreeMap;
use std::ops::Range;

use model::limits::{PAGE_SECTIONS_MAX, PAGE_SENTENCES_MAX, SENTENCE_BYTES_MAX, TEMPLATE_BYTES_MAX};

use super::inline::Inline;
use super::lines::Lines;
use super::sentences;
use super::{Choice, Flaw, FlawKind, Format, Guidance, Kind, Link, Page, Placeholder, ReadError, Section, Sentence};

const BOLD_LEVEL: u8 = 7;
/// Of a plain heading: a section if it stands far from its text, else one inside.
const PLAIN_LEVELS: [u8; 2] = [2, 3];
const PLAIN_HEADING_CHARS_MAX: usize = 80;
const SECTION_ID_BYTES_MAX: usize = 60;

pub(super) fn text(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.len() > TEMPLATE_BYTES_MAX {
        return Err(ReadError::TooLong { bytes: bytes.len(), max: TEMPLATE_BYTES_MAX });
    }
    std::str::from_utf8(bytes).map_err(|error| ReadError::NotText { at: error.valid_up_to() })
}

pub(super) fn read(text: &str, format: Format) -> Result<Page, ReadError> {
    let (body, comments, unclosed) = without_comments(text, format);
    let lines = Lines::of(&body);
    let unclosed = unclosed.map(|at| Flaw { at: lines.position(&body, at), what: FlawKind::UnclosedComment });
    let mut reader = Reader {
        body: &body,
        lines: &lines,
        sections: Vec::new(),
        flaws: unclosed.into_iter().collect(),
        block: None,
        blocks: 0,
        sentences: 0,
        ids: BTreeMap::new(),
    };
    match format {
        Format::Markdown => reader.markdown()?,
        Format::Plain => reader.plain()?,
    }
    reader.close()?;
    let Reader { mut sections, flaws, .. } = reader;
    for comment in comments {
        // A comment speaks of the section whose heading it follows.
        let place = sections.partition_point(|section| section.at.start <= comment.start);
        let section = place.checked_sub(1).and_then(|place| sections.get_mut(place));
        if let (Some(section), Some(comment)) = (section, text.get(comment)) {
            section.guidance.add(comment);
        }
    }
    Ok(Page { format, sections, flaws, body, lines })
}

/// The text with comments and a front matter blanked byte by byte, where the comments are, and one that does not end.
fn without_comments(text: &str, format: Format) -> (String, Vec<Range<usize>>, Option<Range<usize>>) {
    if format == Format::Plain {
        return (text.to_owned(), Vec::new(), None);
    }
    let mut comments = Vec::new();
    let mut unclosed = None;
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("<!--")).map(|found| at + found) {
        let end = text.get(start + 4..).and_then(|rest| rest.find("-->")).map(|found| start + 4 + found + 3);
        if end.is_none() {
            unclosed = Some(start..start + 4);
        }
        at = end.unwrap_or(text.len());
        comments.push(start..at);
    }
    let front = text.strip_prefix("---\n").and_then(|rest| rest.find("\n---\n")).map(|end| 0..end + 9);
    let mut body = text.as_bytes().to_vec();
    for range in comments.iter().cloned().chain(front) {
        for byte in body.get_mut(range).unwrap_or_default() {
            *byte = if *byte == b'\n' { b'\n' } else { b' ' };
        }
    }
    (String::from_utf8_lossy(&body).into_owned(), comments, unclosed)
}

struct Reader<'a> {
    body: &'a str,
    lines: &'a Lines,
    sections: Vec<Section>,
    flaws: Vec<Flaw>,
    /// The paragraph or bullet that is being read.
    block: Option<(Kind, Range<usize>)>,
    /// Blocks of the section so far.
    blocks: usize,
    sentences: usize,
    /// How often an id was given.
    ids: BTreeMap<String, usize>,
}

// === impl Reader ===

impl Reader<'_> {
    fn markdown(&mut self) -> Result<(), ReadError> {
        for (start, line) in self.lines.each(self.body) {
            let trimmed = line.trim();
            let hashes = trimmed.bytes().take_while(|&byte| byte == b'#').count();
            if trimmed.is_empty() || is_rule(trimmed) {
                self.close()?;
            } else if (1..=6).contains(&hashes) && trimmed[hashes..].starts_with(' ') {
                self.open_section(start..start + line.len(), trimmed[hashes..].trim(), hashes as u8)?;
            } else if let Some(title) = bold(trimmed) {
                self.open_section(start..start + line.len(), title, BOLD_LEVEL)?;
            } else if !self.bullet(start, line)? {
                self.extend(start, line);
            }
        }
        Ok(())
    }

    fn plain(&mut self) -> Result<(), ReadError> {
        let lines: Vec<_> = self.lines.each(self.body).collect();
        for (place, &(start, line)) in lines.iter().enumerate() {
            let blank = |place: usize| lines.get(place).is_none_or(|(_, line)| line.trim().is_empty());
            let alone = place.checked_sub(1).is_none_or(blank) && blank(place + 1);
            if line.trim().is_empty() {
                self.close()?;
            } else if alone && is_plain_heading(line) {
                let level = if blank(place + 2) { PLAIN_LEVELS[0] } else { PLAIN_LEVELS[1] };
                self.open_section(start..start + line.len(), line.trim(), level)?;
            } else if !self.bullet(start, line)? {
                let of_bullet = matches!(self.block, Some((Kind::Bullet, _)));
                if of_bullet && !line.starts_with([' ', '\t']) {
                    self.close()?;
                }
                self.extend(start, line);
            }
        }
        Ok(())
    }

    /// Begins a bullet if the line does.
    fn bullet(&mut self, start: usize, line: &str) -> Result<bool, ReadError> {
        let Some(text) = after_marker(line) else { return Ok(false) };
        self.close()?;
        let end = start + line.len();
        if text.trim().is_empty() {
            let at = self.lines.position(self.body, start..end);
            self.flaws.push(Flaw { at, what: FlawKind::EmptyBullet });
        } else {
            self.block = Some((Kind::Bullet, end - text.len()..end));
        }
        Ok(true)
    }

    fn extend(&mut self, start: usize, line: &str) {
        let end = start + line.len();
        match &mut self.block {
            Some((_, range)) => range.end = end,
            None => self.block = Some((Kind::Prose, start..end)),
        }
    }

    fn open_section(&mut self, range: Range<usize>, title: &str, level: u8) -> Result<(), ReadError> {
        self.close()?;
        let at = self.lines.position(self.body, range);
        if self.sections.len() == PAGE_SECTIONS_MAX {
            return Err(ReadError::TooManySections { line: at.line, max: PAGE_SECTIONS_MAX });
        }
        let mut parent = self.sections.len().checked_sub(1);
        while let Some(section) = parent.and_then(|place| self.sections.get(place)).filter(|section| section.level >= level) {
            parent = section.parent;
        }
        let id = self.id(title);
        let title = Inline::of(title, 0).text;
        self.sections.push(Section { id, title, level, parent, at, guidance: Guidance::default(), sentences: Vec::new() });
        self.blocks = 0;
        Ok(())
    }

    fn id(&mut self, title: &str) -> String {
        let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut id = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
        id.truncate(SECTION_ID_BYTES_MAX);
        if id.is_empty() {
            id.push_str("page");
        }
        let mut unique = id.clone();
        while let Some(times) = self.ids.get_mut(&unique) {
            *times += 1;
            unique = format!("{id}-{times}");
        }
        self.ids.insert(unique.clone(), 1);
        unique
    }

    /// Ends the block that is being read and takes its sentences.
    fn close(&mut self) -> Result<(), ReadError> {
        let Some((kind, range)) = self.block.take() else { return Ok(()) };
        if self.sections.is_empty() {
            self.open_section(range.start..range.start, "", 1)?;
        }
        let block = self.blocks;
        self.blocks += 1;
        for sentence in sentences::split(self.body.get(range.clone()).unwrap_or_default()) {
            self.take(kind, block, range.start + sentence.start..range.start + sentence.end)?;
        }
        Ok(())
    }

    fn take(&mut self, kind: Kind, block: usize, range: Range<usize>) -> Result<(), ReadError> {
        let at = self.lines.position(self.body, range.clone());
        if range.len() > SENTENCE_BYTES_MAX {
            return Err(ReadError::SentenceTooLong { line: at.line, max: SENTENCE_BYTES_MAX });
        }
        if self.sentences == PAGE_SENTENCES_MAX {
            return Err(ReadError::TooManySentences { line: at.line, max: PAGE_SENTENCES_MAX });
        }
        self.sentences += 1;
        let inline = Inline::of(self.body.get(range.clone()).unwrap_or_default(), range.start);
        let place = |part: Range<usize>| self.lines.position(self.body, range.start + part.start..range.start + part.end);
        let Some(section) = self.sections.last_mut() else { return Ok(()) };
        let id = format!("{}/{}", section.id, section.sentences.len() + 1);
        let choice = |(number, (part, options, range, within))| {
            let id = format!("{id}#{}", number + 1);
            Choice { id, at: place(part), options, range, place: within }
        };
        let sentence = Sentence {
            kind,
            block,
            at,
            text: inline.text.trim_end().to_owned(),
            choices: inline.choices.into_iter().enumerate().map(choice).collect(),
            placeholders: inline
                .placeholders
                .into_iter()
                .map(|(part, shape, within)| Placeholder { at: place(part), shape, place: within })
                .collect(),
            links: inline.links.into_iter().map(|(part, text, target)| Link { at: place(part), text, target }).collect(),
            spans: inline.spans,
            id: id.clone(),
        };
        section.sentences.push(sentence);
        Ok(())
    }
}

/// What follows a bullet's mark or number.
fn after_marker(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match text.strip_prefix(['-', '*', '+', '•', '–', '·']) {
        Some(rest) => rest,
        None if (1..=3).contains(&digits) => text[digits..].strip_prefix(['.', ')'])?,
        None => return None,
    };
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
}

/// The title of a line in bold.
fn bold(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("**")?.strip_suffix("**")?.trim();
    (!inner.is_empty() && !inner.contains("**")).then(|| inner.trim_end_matches(':'))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && ["-", "*", "_"].iter().any(|mark| line.replace(mark, "").is_empty())
}

fn is_plain_heading(line: &str) -> bool {
    let text = line.trim();
    let named = text.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    named
        && after_marker(line).is_none()
        && text.chars().count() <= PLAIN_HEADING_CHARS_MAX
        && !text.ends_with(['.', '?', '!', ':', ';', ','])
}
