//! What people signed, as a stranger can check it: the words are made again from the page, and held against the log.

use audit::{Checkpoint, Event};
use claims::document::{Attested, Document, Published};
use claims::{Claim, State};
use identity::{AttestationWords, DocumentWords, LogPosition};
use model::Timestamp;

use super::{Judge, SLACK_SECONDS, Served, entry};
use crate::attest::{DAY_SECONDS, Terms};
use crate::digest::sha256;

const DATE_CHARS: usize = 10;

// === impl Judge ===

impl Judge<'_> {
    /// Whether a sentence that is shown as true is one that the log has as signed: these words, by enough people, until then.
    pub(super) fn is_attested(
        &self,
        (claim, known): (&Published, &Claim),
        attested: &Attested,
        served: &Served,
    ) -> Result<(), String> {
        let terms = Terms::of(known).ok_or("it is not one that people sign")?;
        let time = |text: &str| Timestamp::parse(text).map_err(|error| error.to_string());
        let (from, until) = (time(&attested.from)?, time(&attested.until)?);
        if attested.needed < terms.quorum || attested.by.len() < attested.needed.max(1) as usize {
            return Err("fewer people signed it than have to".to_owned());
        }
        if until.seconds_since(from) > i64::from(terms.max_days) * DAY_SECONDS {
            return Err("it is signed for longer than it may be".to_owned());
        }
        if self.now.seconds_since(until) > SLACK_SECONDS {
            return Err("what was signed has ended".to_owned());
        }
        if attested.document.is_some() != terms.needs_document {
            return Err("no document carries it, or one does that nobody asked for".to_owned());
        }
        let after = Checkpoint::open(&attested.not_before_checkpoint, &self.verifier).map_err(|error| error.to_string())?;
        if after.origin != self.origin || after.size > attested.proof.entry {
            return Err("it is in the log before the checkpoint that it was signed after".to_owned());
        }
        let words = words((claim, &served.page.url), attested, ((from, until), after));
        let attestation = sha256(words.text().as_bytes()).sha256;
        let told = entry(&attested.proof, &served.checkpoint)?.event;
        let expected = Event::ClaimAttested { claim: claim.id.clone(), attestation, until: until.to_string() };
        (claim.state == State::Pass && told == expected).then_some(()).ok_or_else(|| "the log has other words".to_owned())
    }
}

/// What was signed, as the page shows it.
fn words(
    (claim, page): (&Published, &str),
    attested: &Attested,
    ((from, until), Checkpoint { origin, size, root }): ((Timestamp, Timestamp), Checkpoint),
) -> AttestationWords {
    let document = |Document { issuer, id, scope, valid_until }: Document| {
        let until = valid_until.chars().take(DATE_CHARS).collect();
        DocumentWords { issuer, id, scope, until }
    };
    AttestationWords {
        attestation: attested.id.clone(),
        page: page.to_owned(),
        claim: claim.id.clone(),
        sentence: claim.sentence.clone(),
        sentence_digest: claim.sentence_digest.clone(),
        attachments: attested.attachments.clone(),
        document: attested.document.clone().map(document),
        from,
        until,
        after: LogPosition { origin, size, root: root.to_string() },
        quorum: attested.needed,
    }
}
