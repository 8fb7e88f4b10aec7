//! The canary: every week a message with a code goes to each published address, and somebody there has to acknowledge it.
//!
//! | address | what happens | until |
//! |---|---|---|
//! | new | its first message goes out | it is published for seven days without proof |
//! | waits | a message was handed over | acknowledged within seven days, or unread |
//! | proven | the last message was acknowledged | the time to acknowledge the next one is over |
//!
//! Always holds: a code is kept as a digest, counts once and within its time; a contact is proven by an acknowledgement
//! and nothing else; a message that could not be handed over proves nothing, and is made anew within the hour.
//! Knows mail only: whether a form or a telephone is answered has to be proven by other means. That a person and no
//! machine acknowledged is up to the page behind the link: a program that opens every link must not be enough.

mod code;
mod state;

use model::{Email, Entropy, Timestamp, limits};

pub use code::Code;
pub use state::StateError;

use crate::security_txt::DAY_SECONDS;
use crate::uri::Contact;
use code::Digest;

const WEEK_SECONDS: i64 = limits::CANARY_DAYS * DAY_SECONDS;
const ANSWER_SECONDS: i64 = limits::CANARY_ANSWER_DAYS * DAY_SECONDS;
const EXPIRY_SECONDS: i64 = limits::SECURITY_TXT_DAYS * DAY_SECONDS;

/// What is known of each address. The caller keeps it, sealed, and writes it after each change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Canary {
    watched: Vec<Address>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    email: Email,
    since: Timestamp,
    /// When the next message is due.
    next: Timestamp,
    waiting: Option<Waiting>,
    proven: Option<Proven>,
    rounds: Vec<Round>,
}

/// A message that may still be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Waiting {
    digest: Digest,
    made: Timestamp,
    sent: Option<Timestamp>,
}

/// A message that was handed over, and when somebody acknowledged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Round {
    sent: Timestamp,
    acknowledged: Option<Timestamp>,
}

/// From when and until when it is shown that somebody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    pub since: Timestamp,
    pub until: Timestamp,
}

/// A message that has to go out now.
#[derive(Debug)]
pub struct SendTo {
    pub to: Email,
    pub code: Code,
    /// Until when it may be acknowledged, if it goes out at once.
    pub until: Timestamp,
}

/// Whose message was acknowledged, and how long after it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    pub to: Email,
    pub seconds: i64,
}

/// What the last weeks showed, without names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    pub addresses: u64,
    /// Whose last message was acknowledged in time.
    pub proven: u64,
    /// In their first days, without a proof yet.
    pub new: u64,
    /// Messages whose time is over or that were acknowledged, of the weeks that are remembered.
    pub messages: u64,
    pub acknowledged: u64,
    pub slowest_seconds: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcknowledgeError {
    #[error("not a code of a message that waits: another one, or acknowledged before")]
    Unknown,
    #[error("the time to acknowledge this message is over")]
    Ended,
}

/// Until when a file with these contacts may say that it counts: 30 days from today while every address is proven. After
/// that it stays where it was, so that the file expires by itself. `None`: it is over, or no address is watched.
#[must_use]
pub fn renewal(now: Timestamp, canary: &Canary) -> Option<Timestamp> {
    let ends = canary.watched.iter().map(|address| address.renewal(now)).min();
    ends.filter(|ends| *ends > now)
}

// === impl Canary ===

impl Canary {
    /// Watches these contacts from now on. What is known of those that stay is kept; only addresses of mail are watched.
    pub fn watch(&mut self, contacts: &[Contact], now: Timestamp) {
        let mut before = std::mem::take(&mut self.watched);
        for contact in contacts {
            let Contact::Mail(email) = contact else { continue };
            if self.watched.iter().any(|address| address.email == *email) {
                continue;
            }
            let known = before.iter().position(|address| address.email == *email);
            self.watched.push(known.map_or_else(|| Address::new(email.clone(), now), |at| before.swap_remove(at)));
        }
    }

    /// The messages that are due. Write the state down first, then send each, and tell with [`Self::sent`] of those that
    /// were handed over.
    #[must_use]
    pub fn step(&mut self, entropy: &dyn Entropy, now: Timestamp) -> Vec<SendTo> {
        self.watched.iter_mut().filter_map(|address| address.step(entropy, now)).collect()
    }

    /// The message to this address was handed over.
    pub fn sent(&mut self, to: &Email, now: Timestamp) {
        for address in self.watched.iter_mut().filter(|address| address.email == *to) {
            address.sent(now);
        }
    }

    /// Somebody who read the message says so. Every code is compared, so the time does not tell whose it was.
    pub fn acknowledge(&mut self, code: &str, now: Timestamp) -> Result<Acknowledged, AcknowledgeError> {
        let digest = Code::parse(code).ok_or(AcknowledgeError::Unknown)?.digest();
        let fits = |address: &Address| address.waiting.as_ref().is_some_and(|waiting| waiting.digest.is(&digest));
        let found = self.watched.iter().enumerate().fold(None, |found, (i, address)| if fits(address) { Some(i) } else { found });
        let address = found.and_then(|found| self.watched.get_mut(found)).ok_or(AcknowledgeError::Unknown)?;
        let seconds = address.acknowledge(now)?;
        Ok(Acknowledged { to: address.email.clone(), seconds })
    }

    /// Whether somebody reads each address that is watched, and there is one.
    #[must_use]
    pub fn proven(&self, now: Timestamp) -> Option<Proven> {
        let each = self.watched.iter().map(|address| address.proven_at(now)).collect::<Option<Vec<_>>>()?;
        let (since, until) = (each.iter().map(|one| one.since).max()?, each.iter().map(|one| one.until).min()?);
        Some(Proven { since, until })
    }

    #[must_use]
    pub fn measured(&self, now: Timestamp) -> Measured {
        let mut measured = Measured { addresses: self.watched.len() as u64, ..Measured::default() };
        for address in &self.watched {
            match address.proven_at(now) {
                Some(_) => measured.proven += 1,
                None if address.is_new(now) => measured.new += 1,
                None => {}
            }
            for round in address.rounds_at(now) {
                measured.messages += 1;
                if let Some(acknowledged) = round.acknowledged {
                    measured.acknowledged += 1;
                    measured.slowest_seconds = measured.slowest_seconds.max(acknowledged.seconds_since(round.sent));
                }
            }
        }
        measured
    }
}

// === impl Address ===

impl Address {
    fn new(email: Email, now: Timestamp) -> Self {
        Self { email, since: now, next: now, waiting: None, proven: None, rounds: Vec::new() }
    }

    fn step(&mut self, entropy: &dyn Entropy, now: Timestamp) -> Option<SendTo> {
        // A clock that was set back does not silence the canary.
        let due = self.next <= now || self.next > now.plus_seconds(WEEK_SECONDS);
        if !due {
            return None;
        }
        let unread = self.waiting.take().and_then(|waiting| waiting.sent);
        if let Some(sent) = unread {
            self.remember(Round { sent, acknowledged: None });
        }
        let code = Code::generate(entropy);
        self.waiting = Some(Waiting { digest: code.digest(), made: now, sent: None });
        self.next = now.plus_seconds(limits::CANARY_RETRY_SECONDS);
        Some(SendTo { to: self.email.clone(), code, until: now.plus_seconds(ANSWER_SECONDS) })
    }

    fn sent(&mut self, now: Timestamp) {
        if let Some(waiting) = self.waiting.as_mut().filter(|waiting| waiting.sent.is_none()) {
            waiting.sent = Some(now);
            self.next = now.plus_seconds(WEEK_SECONDS);
        }
    }

    fn acknowledge(&mut self, now: Timestamp) -> Result<i64, AcknowledgeError> {
        let waiting = self.waiting.as_ref().ok_or(AcknowledgeError::Unknown)?;
        // A message may be read before it is known that it was handed over.
        let sent = waiting.sent.unwrap_or(waiting.made);
        if now >= sent.plus_seconds(ANSWER_SECONDS) {
            return Err(AcknowledgeError::Ended);
        }
        self.waiting = None;
        self.next = sent.plus_seconds(WEEK_SECONDS);
        let since = self.proven_at(now).map_or(now, |proven| proven.since);
        self.proven = Some(Proven { since, until: self.next.plus_seconds(ANSWER_SECONDS) });
        self.remember(Round { sent, acknowledged: Some(now) });
        Ok(now.seconds_since(sent))
    }

    fn remember(&mut self, round: Round) {
        self.rounds.push(round);
        let over = self.rounds.len().saturating_sub(limits::CANARY_ROUNDS_KEPT);
        self.rounds.drain(..over);
    }

    fn proven_at(&self, now: Timestamp) -> Option<Proven> {
        self.proven.filter(|proven| proven.since <= now && now < proven.until)
    }

    fn is_new(&self, now: Timestamp) -> bool {
        self.proven.is_none() && now < self.since.plus_seconds(ANSWER_SECONDS)
    }

    /// What is over, and what waits beyond its time.
    fn rounds_at(&self, now: Timestamp) -> impl Iterator<Item = Round> {
        let waits = self.waiting.as_ref().and_then(|waiting| waiting.sent);
        let unread = waits.filter(|sent| now >= sent.plus_seconds(ANSWER_SECONDS));
        self.rounds.iter().copied().chain(unread.map(|sent| Round { sent, acknowledged: None }))
    }

    /// Whole days, so that the file changes once a day and no oftener.
    fn renewal(&self, now: Timestamp) -> Timestamp {
        match (self.proven_at(now), self.proven) {
            (Some(_), _) => now.day().start().plus_seconds(EXPIRY_SECONDS),
            (None, Some(proven)) => proven.until.day().start().plus_seconds(EXPIRY_SECONDS),
            (None, None) => self.since.plus_seconds(ANSWER_SECONDS),
        }
    }
}

#[cfg(test)]
mod tests;
