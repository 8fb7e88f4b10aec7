//! Whether each result is what the page says: in the log, signed, about these words, fresh by the reader's clock, with a
//! broken twin that was found, and worth the state that is shown.
//!
//! Always holds: a page may say worse of itself than its evidence does, never better.

use audit::{Checkpoint, Hash, verify_inclusion};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::document::{Attested, CheckShown, LogProof, Measured, Published};
use claims::statement::{CheckResult, EvidencePredicate};
use claims::{Disposition, Library, State};
use model::{Timestamp, limits};

use super::grew::Log;
use super::{Visit, words};
use crate::digest::sha256;
use crate::envelope::Opened;
use crate::leaf::{Leaf, Told};
use crate::memory::badness;
use crate::report::{Step, StepReport};

struct Proving<'a, 's> {
    visit: Visit<'a, 's>,
    checkpoint: Checkpoint,
    step: StepReport,
}

pub(crate) fn check(visit: Visit<'_, '_>, log: Option<&Log<'_>>) -> StepReport {
    let mut step = StepReport::new(Step::Proved);
    let checkpoint = match visit.checkpoint() {
        Ok(checkpoint) => checkpoint,
        Err(why) => {
            step.could_not(None, format!("without a checkpoint nothing is proved: {why}"));
            return step;
        }
    };
    let library = Library::shipped().ok();
    let mut proving = Proving { visit, checkpoint, step };
    let claims = visit.overview.claims.iter().take(limits::OVERVIEW_CLAIMS_MAX);
    let (mut measured, mut good) = (0, 0);
    for claim in claims {
        let before = proving.step.findings.len();
        proving.claim(claim, log, library.as_ref());
        measured += u64::from(claim.measured.is_some());
        good += u64::from(claim.measured.is_some() && proving.step.findings.len() == before);
    }
    proving.page();
    proving.step.tell(format!("{good} of {measured} results are in the log, signed, fresh and say what the page says"));
    proving.step
}

// === impl Proving ===

impl Proving<'_, '_> {
    fn claim(&mut self, claim: &Published, log: Option<&Log<'_>>, library: Option<&Library>) {
        let digest = sha256(claim.sentence.as_bytes());
        // While a failure is sealed the sentence is kept back, and its digest is not.
        if claim.sentence_digest != digest && !(claim.sentence.is_empty() && claim.state == State::SealedFail) {
            self.disagrees(claim, format!("the sentence's digest is {}", claim.sentence_digest), format!("it is {digest}"));
        }
        if let Some(measured) = &claim.measured {
            self.measured(claim, measured);
        }
        if let Some(attested) = &claim.attested {
            self.attested(claim, attested, log);
        }
        if let Some(sealed) = &claim.sealed {
            self.in_log(claim, &sealed.proof, &|told| told.is_commitment(&claim.id, &sealed.commitment));
        }
        let has_its_own = claim.measured.is_some() || claim.attested.is_some() || claim.sealed.is_some();
        if !has_its_own && matches!(claim.state, State::Pass | State::SealedFail) {
            self.follows(claim, library);
        }
    }

    /// Whether the log has this very page. For up to a minute after it changed, the log has the one before or none.
    fn page(&mut self) {
        let overview = self.visit.overview;
        let Some(proof) = &overview.log.page else {
            return self.step.note(None, "", "the log does not have this page yet");
        };
        let digest = sha256(&overview.substance());
        let (says, made) = (format!("the page is entry {} of the log", proof.entry), Timestamp::parse(&overview.made));
        match self.leaf(proof, &|told| matches!(told, Told::Page { .. })) {
            Err(saw) => self.step.disagrees(None, says, saw),
            Ok(leaf) if leaf.told == Told::Page { digest } => {}
            Ok(leaf) if made.is_ok_and(|made| made.seconds_since(leaf.at) < limits::OVERVIEW_LAG_MINUTES * 60) => {
                self.step.note(None, "", "the log has the page before this one, and this one not yet");
            }
            Ok(leaf) => self.step.disagrees(None, says, format!("that entry, of {}, is another page", leaf.at)),
        }
    }

    fn measured(&mut self, claim: &Published, measured: &Measured) {
        let says = |told: &Told| told.is_evidence(&claim.id, &measured.statement);
        let Some(leaf) = self.in_log(claim, &measured.proof, &says) else { return };
        let Told::Evidence { state, .. } = leaf.told else { return };
        let opened = match self.visit.evidence(&measured.statement) {
            Ok(opened) => opened,
            Err(why) => return self.step.could_not(Some(&claim.id), format!("the evidence could not be looked at: {why}")),
        };
        if sha256(&opened.payload) != measured.statement {
            let saw = format!("what is served as it is {}", sha256(&opened.payload));
            return self.disagrees(claim, format!("the evidence is {}", measured.statement), saw);
        }
        if let Err(why) = opened.verify(self.visit.verifier) {
            self.disagrees(claim, "signed evidence", why);
        }
        self.words(claim, &opened);
        let told = &opened.statement.predicate;
        if told.state != state {
            self.disagrees(claim, format!("{state} in the log"), format!("{} in the evidence", told.state));
        }
        if told.budget_minutes != measured.budget_minutes {
            let says = format!("a result counts for {} minutes", measured.budget_minutes);
            self.disagrees(claim, says, format!("its evidence says {}", told.budget_minutes));
        }
        self.looks(claim, measured, told);
        self.worth(claim, told);
    }

    fn in_log(&mut self, claim: &Published, proof: &LogProof, says: &dyn Fn(&Told) -> bool) -> Option<Leaf> {
        let leaf = self.leaf(proof, says);
        leaf.map_err(|saw| self.disagrees(claim, format!("the result is entry {} of the log", proof.entry), saw)).ok()
    }

    /// The leaf that a proof is about, if it is in the log and says this.
    fn leaf(&self, proof: &LogProof, says: &dyn Fn(&Told) -> bool) -> Result<Leaf, &'static str> {
        let Checkpoint { origin, size, root } = &self.checkpoint;
        let decode = |text: &String| STANDARD.decode(text).ok();
        let hashes: Option<Vec<Hash>> = proof.proof.iter().map(|hash| Hash::from_slice(&decode(hash)?)).collect();
        let bytes = decode(&proof.leaf).unwrap_or_default();
        if !hashes.is_some_and(|hashes| verify_inclusion(Hash::of_leaf(&bytes), proof.entry, *size, &hashes, *root)) {
            return Err("its proof does not lead to the log's signed root");
        }
        Leaf::read(&bytes, (origin, proof.entry)).filter(|leaf| says(&leaf.told)).ok_or("that entry says something else")
    }

    /// Whether the evidence is about the words that are shown.
    fn words(&mut self, claim: &Published, opened: &Opened<EvidencePredicate>) {
        let told = &opened.statement.predicate;
        let subject = match opened.statement.subject.as_slice() {
            [one] if one.name == format!("claim:{}", claim.id) => one.digest.sha256.as_str(),
            _ => "",
        };
        let about_these = told.claim == claim.id && told.sentence == claim.sentence && subject == claim.sentence_digest;
        // A page that does not know what its new words are worth says so, and shows the old result.
        if !about_these && claim.state != State::Unknown {
            self.disagrees(claim, format!("“{}”", claim.sentence), format!("the evidence is about “{}”", told.sentence));
        }
    }

    fn looks(&mut self, claim: &Published, measured: &Measured, told: &EvidencePredicate) {
        let same = |(shown, told): (&CheckShown, &CheckResult)| {
            shown.check == told.check && shown.vantage == told.vantage && shown.look == told.look && shown.twin == told.twin
        };
        if measured.checks.len() != told.checks.len() || !measured.checks.iter().zip(&told.checks).all(same) {
            self.disagrees(claim, "what its checks saw", "the signed evidence has other looks");
        }
        let times = (Timestamp::parse(&measured.at), Timestamp::parse(&told.finished));
        if !matches!(times, (Ok(shown), Ok(signed)) if shown <= signed) {
            self.disagrees(claim, format!("measured {}", measured.at), format!("its evidence ended {}", told.finished));
        }
    }

    /// Whether the state is one that the evidence is worth now.
    fn worth(&mut self, claim: &Published, told: &EvidencePredicate) {
        let (found, why) = found(&told.checks);
        if badness(told.state) < badness(found) {
            self.disagrees(claim, format!("{} in the evidence", told.state), why);
            return;
        }
        let now = match self.age(told) {
            Ok(()) => told.state,
            Err(why) if claim.state == State::Pass => {
                return self.disagrees(claim, claim.state.to_string(), format!("STALE: {why}"));
            }
            Err(_) => State::Stale,
        };
        if badness(claim.state) < badness(now) {
            self.disagrees(claim, claim.state.to_string(), format!("{now} by its evidence"));
        }
    }

    /// Whether a result still counts, by the reader's clock.
    fn age(&self, told: &EvidencePredicate) -> Result<(), String> {
        let started = Timestamp::parse(&told.started).map_err(|_| format!("{} is no time", told.started))?;
        let minutes = self.visit.now.seconds_since(started) / 60;
        if minutes < -limits::OVERVIEW_CLOCK_MINUTES {
            return Err(format!("looked at {}, which is yet to come", told.started));
        }
        if minutes > i64::from(told.budget_minutes) {
            return Err(format!("looked at {}, {minutes} minutes ago, and it counts for {}", told.started, told.budget_minutes));
        }
        Ok(())
    }

    /// What people or documents carry: that the log has these very words, that they have not ended, and were not signed
    /// before the log says. The signatures themselves are not published: that they are these people's is the page's word.
    fn attested(&mut self, claim: &Published, attested: &Attested, log: Option<&Log<'_>>) {
        let stands = claim.state == State::Pass;
        let ended = |until: &str| Timestamp::parse(until).map_or(true, |until| until < self.visit.now);
        let document = attested.document.as_ref().map(|document| document.valid_until.as_str());
        let over: Vec<&str> =
            [Some(attested.until.as_str()), document].into_iter().flatten().filter(|until| ended(until)).collect();
        for until in over.into_iter().filter(|_| stands) {
            self.disagrees(claim, claim.state.to_string(), format!("EXPIRED: it counted until {until}"));
        }
        if stands && attested.document.is_none() && attested.by.len() < attested.needed as usize {
            let saw = format!("{} people signed, {} have to", attested.by.len(), attested.needed);
            self.disagrees(claim, claim.state.to_string(), saw);
        }
        let after = Checkpoint::open(&attested.not_before_checkpoint, self.visit.verifier);
        if let (Ok(after), true) = (&after, stands) {
            let attestation = words::digest(claim, &self.visit.overview.url, (attested, after));
            if attestation != attested.attestation {
                self.disagrees(claim, format!("what was signed is {}", attested.attestation), format!("it is {attestation}"));
            }
        }
        let says = |told: &Told| told.is_attested(&claim.id, (&attested.attestation, &attested.until));
        self.in_log(claim, &attested.proof, &says);
        if after.as_ref().is_ok_and(|after| after.size > attested.proof.entry) {
            self.disagrees(claim, "signed after a checkpoint of the log", "the log has it before that checkpoint");
        }
        match (after, log) {
            (Ok(after), Some(log)) if log.tiles.begins_with(&after) != Ok(true) => {
                self.disagrees(claim, "signed after a checkpoint of the log", "the log does not begin with that checkpoint");
            }
            (Err(error), _) if stands => self.disagrees(claim, "signed after a checkpoint of the log", error.to_string()),
            _ => {}
        }
    }

    /// A claim without a result of its own is worth what those are that the library says it rests on.
    fn follows(&mut self, claim: &Published, library: Option<&Library>) {
        let rests = match library.and_then(|library| library.find(&claim.id)).map(|known| &known.disposition) {
            Some(Disposition::Derived { from }) => from,
            Some(_) => {
                return self.disagrees(claim, claim.state.to_string(), "nothing stands behind it: no result, nobody's word");
            }
            None => {
                let why = "no result is shown, and this release does not know what it rests on";
                return self.step.could_not(Some(&claim.id), why);
            }
        };
        for id in rests {
            let state = self.visit.claim(id).map(|one| one.state);
            if state.is_none_or(|state| badness(claim.state) < badness(state)) {
                let saw = format!("it rests on {id}, which is {}", state.map_or("not on the page", State::as_str));
                self.disagrees(claim, claim.state.to_string(), saw);
            }
        }
    }

    fn disagrees(&mut self, claim: &Published, page_says: impl Into<String>, i_saw: impl Into<String>) {
        self.step.disagrees(Some(&claim.id), page_says, i_saw);
    }
}

/// The best state that these looks are worth, and why.
fn found(checks: &[CheckResult]) -> (State, String) {
    let with = |verdict: &str| checks.iter().find(|check| check.look.verdict == verdict);
    if let Some(broken) = with("broken") {
        return (State::Fail, format!("its check {} found it broken", broken.check));
    }
    if checks.is_empty() {
        return (State::Unknown, "no check looked".to_owned());
    }
    if let Some(other) = checks.iter().find(|check| check.look.verdict != "held") {
        return (State::Unknown, format!("its check {} could not run", other.check));
    }
    match checks.iter().find(|check| check.twin != "broken") {
        Some(void) => (State::Unknown, format!("its check {} did not find its broken twin, so what it says is void", void.check)),
        None => (State::Pass, "every check held".to_owned()),
    }
}
