//! The steps of a statement: proposed, completed with files, signed, taken back.
//!
//! Always holds: one change at a time; who makes it is in the trail before it is made; what is signed does not change; nothing
//! is proposed of a time before the log's newest entry, so a clock that was set back makes no older statement.

use audit::{Checkpoint, Deed, Entry, Event};
use claims::statement::Sha256;
use claims::{Claim, MissingSlot};
use identity::{AttestationSignature, AttestationWords};
use model::limits::{
    ATTACHMENT_BYTES_MAX, ATTACHMENTS_MAX, ATTESTATION_PENDING_DAYS, ATTESTATION_SIGNATURES_MAX, ATTESTATIONS_PENDING_MAX,
    DOCUMENT_TEXT_CHARS_MAX, RESULT_AHEAD_SECONDS_MAX, WITHDRAWAL_CHARS_MAX,
};
use model::{Day as UtcDay, Timestamp};

use super::row::{Attestation, AttestationId, Withdrawal, open_file, seal_file};
use super::standing::{DAY_SECONDS, Terms, rendered};
use super::{AttestationError, AttestationNow, DocumentFields, Proposal};
use crate::board::{Board, BoardError};
use crate::digest::sha256;
use crate::public::PublicLogError;

const MINUTE_NANOS: i64 = 60_000_000_000;

// === impl Board ===

impl Board {
    /// Begins a statement of a claim's sentence as it is shown now; gives its id. It counts from now on, once it is signed.
    pub fn propose(&self, proposal: &Proposal, deed: &Deed) -> Result<AttestationNow, AttestationError> {
        let _attesting = self.attesting.lock();
        let now = self.now();
        let (claim, terms) = self.attestable_claim(&proposal.claim)?;
        let pending = self.attestations()?.all.iter().filter(|one| self.waits(one, now)).count();
        if pending >= ATTESTATIONS_PENDING_MAX {
            return Err(AttestationError::TooManyPending);
        }
        let until = ends(&terms, proposal, now)?;
        let document = proposal.document.as_ref().zip(Some(until));
        let values = (self.slots)();
        let sentence = rendered(claim, document, &values).ok_or_else(|| {
            let missing = claim.render(&values).err().map(|MissingSlot { slot, .. }| slot);
            AttestationError::NoValue(missing.unwrap_or_default())
        })?;
        let one = Attestation {
            id: AttestationId::generate(&*self.entropy).to_string(),
            claim: claim.id.clone(),
            sentence: sentence.text,
            document: proposal.document.clone(),
            attachments: Vec::new(),
            // To the minute, as everything that is shown: whoever reads the page can make the words again.
            from: now.nanos().saturating_sub(now.nanos().rem_euclid(MINUTE_NANOS)),
            until: until.nanos(),
            quorum: terms.quorum,
            checkpoint: self.checkpoint_before(now)?,
            signatures: Vec::new(),
            published: None,
            withdrawn: None,
            is_end_told: false,
            read: Vec::new(),
        };
        self.log.tell(deed, Event::AttestationProposed { claim: one.claim.clone(), id: one.id.clone() })?;
        self.store.add_attestation(&one.seal(&self.sealer)?)?;
        Ok(one.now())
    }

    /// Puts a file behind a statement that nobody signed yet; gives its digest.
    pub fn attach(&self, id: &str, bytes: &[u8], deed: &Deed) -> Result<Sha256, AttestationError> {
        let _attesting = self.attesting.lock();
        let mut one = self.pending(id)?;
        if !one.signatures.is_empty() {
            return Err(AttestationError::Signed);
        }
        if !(1..=ATTACHMENT_BYTES_MAX).contains(&bytes.len()) {
            return Err(AttestationError::AttachmentSize);
        }
        let digest = sha256(bytes);
        if one.attachments.contains(&digest.sha256) {
            return Ok(digest);
        }
        if one.attachments.len() >= ATTACHMENTS_MAX {
            return Err(AttestationError::TooManyAttachments);
        }
        let (claim, id) = (one.claim.clone(), one.id.clone());
        self.log.tell(deed, Event::AttestationFileAttached { claim, id, digest: digest.sha256.clone() })?;
        one.attachments.push(digest.sha256.clone());
        let sealed = seal_file(&self.sealer, (&one.id, &digest.sha256), bytes)?;
        self.store.add_attachment((&one.read, &one.seal(&self.sealer)?), (&digest.sha256, &sealed))?;
        Ok(digest)
    }

    /// A file behind a statement, for whoever may sign.
    pub fn attachment(&self, id: &str, digest: &str) -> Result<Option<Vec<u8>>, AttestationError> {
        let sealed = self.store.attachment(id, digest)?;
        Ok(sealed.map(|sealed| open_file(&self.sealer, (id, digest), &sealed)).transpose()?)
    }

    /// What is signed, for `Identity::start_attestation` and `Identity::finish_attestation`.
    pub fn words(&self, id: &str) -> Result<AttestationWords, AttestationError> {
        self.words_of(&self.pending(id)?)
    }

    /// Adds the signature of one more person. With enough of them it is in the log, and counts.
    pub fn sign(&self, id: &str, signed: AttestationSignature) -> Result<AttestationNow, AttestationError> {
        let _attesting = self.attesting.lock();
        let mut one = self.pending(id)?;
        let words = self.words_of(&one)?;
        if one.signatures.iter().any(|earlier| earlier.signature.signer == signed.signature.signer) {
            return Err(AttestationError::SignedAlready);
        }
        if one.signatures.len() >= ATTESTATION_SIGNATURES_MAX {
            return Err(AttestationError::TooManySignatures);
        }
        let ahead = Timestamp::from_nanos(signed.signature.at).seconds_since(self.now());
        let is_of_this_time = signed.signature.at >= one.from && ahead <= RESULT_AHEAD_SECONDS_MAX;
        if !is_of_this_time || !self.log.holds(&words, &signed) {
            return Err(AttestationError::Forged);
        }
        one.signatures.push(signed);
        self.keep(&one)?;
        self.settle(self.now())?;
        Ok(one.now())
    }

    /// Forgets a statement that does not count yet.
    pub fn discard(&self, id: &str, deed: &Deed) -> Result<(), AttestationError> {
        let _attesting = self.attesting.lock();
        self.forget(&self.pending(id)?, deed)
    }

    /// Takes back everything that was signed for a claim, and forgets what waits. It counts no more when this returns, also
    /// where the log could not be told yet.
    pub fn withdraw(&self, claim: &str, reason: &str, deed: &Deed) -> Result<(), AttestationError> {
        let _attesting = self.attesting.lock();
        let now = self.now();
        let (claim, _) = self.attestable_claim(claim)?;
        if !is_line(reason, WITHDRAWAL_CHARS_MAX) {
            return Err(AttestationError::Reason);
        }
        let of_claim = self.attestations()?.all.into_iter().filter(|one| one.claim == claim.id);
        let mut taken_back = 0;
        for one in of_claim {
            if one.is_pending() {
                self.forget(&one, deed)?;
            } else if let Some(log) = one.published.as_ref().filter(|_| one.is_in_force(now)) {
                // Who does it is told first; that it is done follows in the log.
                let (claim, attestation) = (one.claim.clone(), log.attestation.clone());
                self.log.tell(deed, Event::AttestationWithdrawn { claim, attestation })?;
                let withdrawn = Withdrawal { by: deed.actor.clone(), at: now.nanos(), reason: reason.to_owned() };
                self.keep(&Attestation { withdrawn: Some(withdrawn), ..one })?;
            } else {
                continue;
            }
            taken_back += 1;
        }
        if taken_back == 0 {
            return Err(AttestationError::NothingSigned(claim.id.clone()));
        }
        self.settle(now)?;
        Ok(())
    }

    /// The claim leaves the page: what was signed for it is taken back with it.
    pub(crate) fn unsay(&self, claim: &str) -> Result<(), AttestationError> {
        match self.withdraw(claim, "the claim was taken off the page", &self.own_deed(self.now())) {
            Ok(()) | Err(AttestationError::NothingSigned(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    // --- what all of them need ---

    fn forget(&self, one: &Attestation, deed: &Deed) -> Result<(), AttestationError> {
        self.log.tell(deed, Event::AttestationDiscarded { claim: one.claim.clone(), id: one.id.clone() })?;
        Ok(self.store.remove_attestation(&one.id)?)
    }

    fn attestable_claim(&self, id: &str) -> Result<(&Claim, Terms), AttestationError> {
        let found = self.plan.attested.iter().find(|claim| claim.ids().any(|own| own == id));
        let found = found.and_then(|claim| Terms::of(claim).map(|terms| (claim, terms)));
        found.ok_or_else(|| AttestationError::NotAttestable(id.to_owned()))
    }

    fn pending(&self, id: &str) -> Result<Attestation, AttestationError> {
        let now = self.now();
        let found = self.attestations()?.all.into_iter().find(|one| one.id == id && self.waits(one, now));
        found.ok_or(AttestationError::NotPending)
    }

    /// Whether a statement can still come to count.
    pub(super) fn waits(&self, one: &Attestation, now: Timestamp) -> bool {
        one.is_pending() && now.seconds_since(one.from()) < ATTESTATION_PENDING_DAYS * DAY_SECONDS && now < one.until()
    }

    /// Nobody signs what would not count.
    fn words_of(&self, one: &Attestation) -> Result<AttestationWords, AttestationError> {
        let (claim, terms) = self.attestable_claim(&one.claim)?;
        let reads = rendered(claim, one.document.as_ref().zip(Some(one.until())), &(self.slots)());
        let is_same = reads.is_some_and(|sentence| sentence.text == one.sentence) && terms.quorum == one.quorum;
        if !is_same || terms.needs_document != one.document.is_some() {
            return Err(AttestationError::Changed);
        }
        if terms.needs_document && one.attachments.is_empty() {
            return Err(AttestationError::NotAttached);
        }
        one.words(&self.speaker.url, &self.log.verifier()).ok_or(AttestationError::Changed)
    }

    /// The newest checkpoint of the public log. Refused where its newest entry is of a later time than now.
    fn checkpoint_before(&self, now: Timestamp) -> Result<String, AttestationError> {
        let (note, _) = self.log.prove(&[], now)?;
        let open = |note: &str| Checkpoint::open(note, &self.log.verifier()).map_err(PublicLogError::new);
        let Some(newest) = open(&note)?.size.checked_sub(1) else { return Ok(note) };
        let (_, proved) = self.log.prove(&[newest], now)?;
        let leaf = proved.into_iter().flatten().next().ok_or(BoardError::NotInLog)?;
        let at = Entry::from_bytes(&leaf.leaf).and_then(|entry| Timestamp::parse(&entry.time).ok());
        match at {
            Some(at) if at.seconds_since(now) <= RESULT_AHEAD_SECONDS_MAX => Ok(note),
            Some(_) => Err(AttestationError::Backdated),
            None => Err(BoardError::NotInLog.into()),
        }
    }
}

/// When it ends: to the minute, within what the claim allows and the document's own end.
fn ends(terms: &Terms, proposal: &Proposal, now: Timestamp) -> Result<Timestamp, AttestationError> {
    let days = proposal.days.unwrap_or(terms.max_days);
    if !(1..=terms.max_days).contains(&days) {
        return Err(AttestationError::Days { max: terms.max_days });
    }
    match (&proposal.document, terms.needs_document) {
        (Some(document), true) => {
            let own = document.hold()?;
            // Whole days, because its sentence names the last one.
            let last = UtcDay::from_number(now.day().number().saturating_add(i32::try_from(days).unwrap_or(i32::MAX)));
            let until = own.min(last.start().plus_seconds(-60));
            if until > now { Ok(until) } else { Err(AttestationError::DocumentOver) }
        }
        (None, false) => {
            let until = now.plus_seconds(i64::from(days) * DAY_SECONDS).nanos();
            Ok(Timestamp::from_nanos(until.saturating_sub(until.rem_euclid(MINUTE_NANOS))))
        }
        (None, true) => Err(AttestationError::DocumentMissing),
        (Some(_), false) => Err(AttestationError::DocumentUnasked),
    }
}

// === impl DocumentFields ===

impl DocumentFields {
    /// Whether it can be shown and signed; gives its own end.
    fn hold(&self) -> Result<Timestamp, AttestationError> {
        let texts = [&self.issuer, &self.id, &self.scope];
        let is_plain = texts.into_iter().all(|text| is_line(text, DOCUMENT_TEXT_CHARS_MAX));
        self.ends().filter(|_| is_plain).ok_or(AttestationError::DocumentField)
    }
}

fn is_line(text: &str, chars_max: usize) -> bool {
    let moves =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    !text.trim().is_empty() && text.chars().count() <= chars_max && !text.chars().any(moves)
}
