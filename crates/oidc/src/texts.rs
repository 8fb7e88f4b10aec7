//! The TXT records of a name: one question to a resolver (RFC 1035), over TCP (RFC 7766).
//!
//! | bytes | of a message behind its length in two bytes |
//! |---|---|
//! | 2, 2 | id; flags: an answer, whole, without an error |
//! | 2, 2, 2, 2 | how many questions, answers, and two more kinds of record |
//! | … | the question: name, type, class |
//! | … | answers: name, type, class, 4 bytes of a time, length in two bytes, data; of TXT strings behind a length in one byte |
//!
//! Always holds: an answer is to the question that was asked, bounded in bytes and time, and its records that of the name or
//! of what that is an alias for; nobody beside the path answers in the resolver's place, for there is a connection. No socket
//! without a peer is opened. Does not look whether DNSSEC vouches for it, which is the resolver's to do.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use model::Entropy;
use model::limits::{HOST_TEXTS_MAX, HOST_TEXTS_SECONDS_MAX, RESOLVER_ANSWER_BYTES_MAX};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TXT: u16 = 16;
const CNAME: u16 = 5;
const INTERNET: u16 = 1;
const RECURSION_DESIRED: u16 = 0x0100;
const IS_ANSWER: u16 = 0x8000;
const IS_CUT: u16 = 0x0200;
const CODE: u16 = 0x000F;
const NO_SUCH_NAME: u16 = 3;
const LABEL_BYTES_MAX: usize = 63;
/// The two bits of a length that say that the rest of a name is elsewhere.
const POINTER: u8 = 0xC0;
/// Pointers that are followed in one name, and aliases of one.
const HOPS_MAX: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    #[error("the name cannot be asked for")]
    Name,
    #[error("the resolver could not be reached")]
    Unreachable(#[from] io::Error),
    #[error("the resolver did not answer in time")]
    Slow,
    #[error("the resolver's answer is none, or too large")]
    Malformed,
    #[error("the resolver could not find out (code {0})")]
    Failed(u16),
}

/// Asks a resolver for the texts of this name, `limits::HOST_TEXTS_MAX` of them at most; none if there is no such name.
pub async fn texts(resolver: SocketAddr, name: &str, entropy: &dyn Entropy) -> Result<Vec<String>, TextsError> {
    let mut id = [0; 2];
    entropy.fill(&mut id);
    let question = Question { id: u16::from_be_bytes(id), labels: labels(name)? };
    let exchange = async {
        let mut stream = TcpStream::connect(resolver).await?;
        stream.write_all(&question.message()).await?;
        let mut length = [0; 2];
        stream.read_exact(&mut length).await?;
        let length = usize::from(u16::from_be_bytes(length));
        if length > RESOLVER_ANSWER_BYTES_MAX {
            return Err(TextsError::Malformed);
        }
        let mut answer = vec![0; length];
        stream.read_exact(&mut answer).await?;
        question.texts(&answer)
    };
    tokio::time::timeout(Duration::from_secs(HOST_TEXTS_SECONDS_MAX), exchange).await.map_err(|_| TextsError::Slow)?
}

/// A name as its labels, in lower case.
type Labels = Vec<Vec<u8>>;

struct Question {
    id: u16,
    labels: Labels,
}

/// A message, and how far it was read.
struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

/// An answer of the classes and types that are read.
enum Record {
    Alias { of: Labels, to: Labels },
    Text { of: Labels, text: String },
}

fn labels(name: &str) -> Result<Labels, TextsError> {
    let labels: Labels = name.split('.').map(|label| label.to_ascii_lowercase().into_bytes()).collect();
    let bytes: usize = labels.iter().map(|label| label.len() + 1).sum();
    let is_name = labels.iter().all(|label| (1..=LABEL_BYTES_MAX).contains(&label.len())) && bytes < 255;
    if is_name { Ok(labels) } else { Err(TextsError::Name) }
}

// === impl Question ===

impl Question {
    /// The whole of what is sent.
    fn message(&self) -> Vec<u8> {
        let mut message = Vec::new();
        for word in [self.id, RECURSION_DESIRED, 1, 0, 0, 0] {
            message.extend(word.to_be_bytes());
        }
        for label in &self.labels {
            message.push(label.len() as u8);
            message.extend(label);
        }
        message.push(0);
        message.extend([TXT.to_be_bytes(), INTERNET.to_be_bytes()].concat());
        [&(message.len() as u16).to_be_bytes()[..], &message].concat()
    }

    fn texts(&self, answer: &[u8]) -> Result<Vec<String>, TextsError> {
        let mut reader = Reader { message: answer, at: 0 };
        let malformed = || TextsError::Malformed;
        let [id, flags, questions, answers, _, _] = reader.words().ok_or_else(malformed)?;
        if id != self.id || flags & IS_ANSWER == 0 || flags & IS_CUT != 0 || questions != 1 {
            return Err(TextsError::Malformed);
        }
        match flags & CODE {
            0 => {}
            NO_SUCH_NAME => return Ok(Vec::new()),
            code => return Err(TextsError::Failed(code)),
        }
        let asked = reader.name().zip(reader.words::<2>());
        if asked != Some((self.labels.clone(), [TXT, INTERNET])) {
            return Err(TextsError::Malformed);
        }
        let (mut aliases, mut texts) = (vec![self.labels.clone()], Vec::new());
        for _ in 0..answers {
            match reader.record().ok_or_else(malformed)? {
                Some(Record::Alias { of, to }) if aliases.contains(&of) && aliases.len() < HOPS_MAX => aliases.push(to),
                Some(Record::Text { of, text }) if aliases.contains(&of) && texts.len() < HOST_TEXTS_MAX => texts.push(text),
                Some(_) | None => {}
            }
        }
        Ok(texts)
    }
}

// === impl Reader ===

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.message.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn words<const N: usize>(&mut self) -> Option<[u16; N]> {
        let bytes = self.take(2 * N)?;
        let mut words = [0; N];
        for (word, pair) in words.iter_mut().zip(bytes.chunks_exact(2)) {
            *word = u16::from_be_bytes([pair[0], pair[1]]);
        }
        Some(words)
    }

    /// A name, whose end may be another's in the message.
    fn name(&mut self) -> Option<Labels> {
        let (mut labels, mut behind) = (Labels::new(), None);
        let (mut hops, mut bytes) = (0, 0);
        loop {
            let length = *self.take(1)?.first()?;
            if length & POINTER == POINTER {
                let low = *self.take(1)?.first()?;
                behind = behind.or(Some(self.at));
                self.at = usize::from(u16::from_be_bytes([length & !POINTER, low]));
                hops += 1;
                if hops > HOPS_MAX {
                    return None;
                }
                continue;
            }
            if usize::from(length) > LABEL_BYTES_MAX {
                return None;
            }
            if length == 0 {
                self.at = behind.unwrap_or(self.at);
                return Some(labels);
            }
            bytes += usize::from(length) + 1;
            if bytes > 255 {
                return None;
            }
            labels.push(self.take(usize::from(length))?.to_ascii_lowercase());
        }
    }

    /// The next record; `Some(None)` for one of another kind.
    fn record(&mut self) -> Option<Option<Record>> {
        let of = self.name()?;
        let [kind, class, _, _, length] = self.words()?;
        let data = self.take(usize::from(length))?;
        match (class, kind) {
            (INTERNET, TXT) => Some(Some(Record::Text { of, text: text(data)? })),
            (INTERNET, CNAME) => {
                let to = Reader { message: self.message, at: self.at - data.len() }.name()?;
                Some(Some(Record::Alias { of, to }))
            }
            (_, _) => Some(None),
        }
    }
}

/// The strings of a record, put together. What is no text is not compared with any, and may be anything.
fn text(mut data: &[u8]) -> Option<String> {
    let mut bytes = Vec::new();
    while let Some((&length, rest)) = data.split_first() {
        let (string, rest) = rest.split_at_checked(usize::from(length))?;
        bytes.extend_from_slice(string);
        data = rest;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: &str = "_blockhouse-challenge.app.acme.com";

    fn question() -> Question {
        Question { id: 7, labels: labels(NAME).unwrap() }
    }

    fn wire(name: &str) -> Vec<u8> {
        let labels = name.split('.').flat_map(|label| [&[label.len() as u8][..], label.as_bytes()].concat());
        labels.chain([0]).collect()
    }

    fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
        let head = [kind.to_be_bytes(), INTERNET.to_be_bytes(), [0, 0], [0, 60], (data.len() as u16).to_be_bytes()].concat();
        [owner, &head, data].concat()
    }

    /// The answer to the question, with these flags and records.
    fn answer(flags: u16, records: &[Vec<u8>]) -> Vec<u8> {
        let head = [7, IS_ANSWER | flags, 1, records.len() as u16, 0, 0].map(u16::to_be_bytes).concat();
        [head, wire(NAME), [TXT.to_be_bytes(), INTERNET.to_be_bytes()].concat(), records.concat()].concat()
    }

    /// Where the question's name begins.
    const ASKED: [u8; 2] = [POINTER, 12];

    fn check(answer: &[u8], expected: Option<&[&str]>) {
        let found = question().texts(answer).ok();
        assert_eq!(
            found.as_deref(),
            expected.map(|texts| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).as_deref()
        );
    }

    #[test]
    fn texts_are_those_of_the_name_and_of_what_it_is_an_alias_for() {
        let other = wire("elsewhere.example");
        check(&answer(0, &[record(&ASKED, TXT, b"\x02ab\x01c"), record(&wire(NAME), TXT, b"\x01d")]), Some(&["abc", "d"]));
        check(&answer(0, &[record(&other, TXT, b"\x01x")]), Some(&[]));
        let alias = record(&ASKED, CNAME, &other);
        check(&answer(0, &[alias, record(&other, TXT, b"\x01x")]), Some(&["x"]));
        check(&answer(0, &[record(&ASKED, 1, &[127, 0, 0, 1])]), Some(&[]));
    }

    #[test]
    fn no_such_name_has_no_texts_and_what_is_no_whole_answer_says_nothing() {
        check(&answer(NO_SUCH_NAME, &[]), Some(&[]));
        check(&answer(2, &[]), None);
        check(&answer(IS_CUT, &[]), None);
        let mut of_another = answer(0, &[]);
        of_another[1] = 8;
        check(&of_another, None);
        let mut asked_otherwise = answer(0, &[]);
        asked_otherwise[14] = b'x';
        check(&asked_otherwise, None);
        check(&question().message()[2..], None);
        check(&answer(0, &[record(&ASKED, TXT, b"\x09ab")]), None);
        // A name that points to itself.
        check(&answer(0, &[record(&[POINTER, 52], TXT, b"\x01a")]), None);
    }

    #[test]
    fn a_name_that_cannot_be_asked_for_is_not() {
        for name in ["", "a..b", &"a.".repeat(200), &"a".repeat(64)] {
            assert!(labels(name).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes: Vec<u8>, cut in 0_usize..200, flip in 0_usize..200, to: u8) {
            drop(question().texts(&bytes));
            let mut mangled = answer(0, &[record(&ASKED, TXT, b"\x02ab"), record(&ASKED, CNAME, &wire("b.example"))]);
            if let Some(byte) = mangled.get_mut(flip) {
                *byte = to;
            }
            mangled.truncate(mangled.len().saturating_sub(cut));
            drop(question().texts(&mangled));
        }
    }
}
