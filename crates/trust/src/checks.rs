//! The check of the page itself, as a stranger would make it: every sentence that is shown as true has fresh evidence for
//! exactly its words, and the public log has all of it.
//!
//! Always holds: looks only at what is served, and believes nothing of it that the log's key did not sign.

use std::sync::Arc;

use audit::{Checkpoint, Entry, Event, Hash, Verifier, verify_inclusion};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::document::{LogProof, Overview, Published};
use claims::statement::{EVIDENCE_TYPE, Envelope, EvidencePredicate, OVERVIEW_TYPE, PAYLOAD_TYPE, Statement};
use claims::{Disposition, Library, State};
use model::limits::{OVERVIEW_LOGGED_SECONDS, OVERVIEW_SECONDS};
use model::{Check, Entropy, Observation, Timestamp, Vantage};
use serde::de::DeserializeOwned;

use crate::digest::sha256;
use crate::public::PublicLog;

mod attested;
mod twin;

/// Where the signed page is, and before each statement's digest, the statement.
const PAGE: &str = "/security.json";
const EVIDENCE: &str = "/security/evidence/";
/// By so many seconds a time that is rounded to the minute, and what takes time itself, may be off.
const SLACK_SECONDS: i64 = 90;

/// Gets what a stranger gets, over a connection and within bounds.
pub trait PageReader: Send + Sync {
    fn get(&self, path: &str) -> Result<Vec<u8>, String>;
}

/// `server.page-fresh`.
struct PageFresh {
    reader: Arc<dyn PageReader>,
    log: Arc<dyn PublicLog>,
    library: Library,
    entropy: Arc<dyn Entropy>,
}

/// What a page is held against.
struct Judge<'a> {
    reader: &'a dyn PageReader,
    verifier: Verifier,
    origin: String,
    library: &'a Library,
    now: Timestamp,
}

/// A page that the log's key signed, and the log's checkpoint in it.
struct Served {
    page: Overview,
    checkpoint: Checkpoint,
}

/// The checks of this crate.
pub fn checks(
    reader: Arc<dyn PageReader>,
    log: Arc<dyn PublicLog>,
    library: Library,
    entropy: Arc<dyn Entropy>,
) -> Vec<Box<dyn Check>> {
    vec![Box::new(PageFresh { reader, log, library, entropy })]
}

impl Check for PageFresh {
    fn id(&self) -> &'static str {
        "server.page-fresh"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, now: Timestamp) -> Observation {
        let (verifier, origin) = (self.log.verifier(), self.log.origin());
        Judge { reader: &*self.reader, verifier, origin, library: &self.library, now }.look()
    }

    /// At a page, well signed and in its log, whose evidence is for other words than those shown.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        match twin::Twin::new(&*self.entropy, now, twin::Words::Others) {
            Ok(twin) => twin.judge(now).look(),
            Err(why) => Observation::not_run("the twin could not be made").detail(why),
        }
    }
}

// === impl Judge ===

impl Judge<'_> {
    fn look(&self) -> Observation {
        let body = match self.reader.get(PAGE) {
            Ok(body) => body,
            Err(why) => return Observation::not_run("the page could not be fetched").detail(why),
        };
        let served = match self.serve(&body) {
            Ok(served) => served,
            Err(why) => return Observation::broken("the page is not what the log's key signed").detail(why),
        };
        let standing: Vec<&Published> = served.page.claims.iter().filter(|claim| claim.state.stands()).collect();
        let mut wrong = Vec::new();
        if let Err(why) = self.is_logged(&served) {
            wrong.push(why);
        }
        let beside = wrong.len();
        for claim in &standing {
            if let Err(why) = self.stands(claim, &served) {
                wrong.push(format!("{}: {why}", claim.id));
            }
        }
        let (whole, bad) = (standing.len() as u64, (wrong.len() - beside) as u64);
        let summary = format!("{} of {whole} sentences shown as true have fresh evidence in the log", whole - bad);
        let observation = if wrong.is_empty() { Observation::held(summary) } else { Observation::broken(summary) };
        observation.counting("sentences shown as true", whole - bad, Some(whole)).with_details(wrong)
    }

    fn serve(&self, body: &[u8]) -> Result<Served, String> {
        let (statement, _) = self.open::<Overview>(body, OVERVIEW_TYPE)?;
        let page = statement.predicate;
        let digest = sha256(&page.substance());
        if !statement.subject.iter().any(|subject| subject.name == page.url && subject.digest == digest) {
            return Err("the statement is about another page".to_owned());
        }
        if self.age(&page.made)? > OVERVIEW_SECONDS + SLACK_SECONDS {
            return Err("the page was made too long ago".to_owned());
        }
        let checkpoint = Checkpoint::open(&page.log.checkpoint, &self.verifier).map_err(|error| error.to_string())?;
        if checkpoint.origin != self.origin {
            return Err("the checkpoint is of another log".to_owned());
        }
        Ok(Served { page, checkpoint })
    }

    /// Whether the log has the page, or had another one until a minute ago.
    fn is_logged(&self, served: &Served) -> Result<(), String> {
        let proof = served.page.log.page.as_ref().ok_or("the log does not have the page")?;
        let entry = entry(proof, &served.checkpoint)?;
        let Event::OverviewPublished { digest } = &entry.event else { return Err("another entry than a page's".to_owned()) };
        let is_this = *digest == sha256(&served.page.substance()).sha256;
        let is_new = self.age(&entry.time)? <= OVERVIEW_LOGGED_SECONDS + OVERVIEW_SECONDS + SLACK_SECONDS;
        (is_this || is_new).then_some(()).ok_or_else(|| "the log has had another page for longer than a minute".to_owned())
    }

    fn stands(&self, claim: &Published, served: &Served) -> Result<(), String> {
        if claim.sentence.is_empty() || sha256(claim.sentence.as_bytes()).sha256 != claim.sentence_digest {
            return Err("the sentence is not the one of its digest".to_owned());
        }
        let known = self.library.find(&claim.id).ok_or("it is not in the library")?;
        if let Disposition::Derived { from } = &known.disposition {
            let is_shown = |id: &String| {
                let answers = |other: &&Published| other.id == *id || other.covers.contains(id);
                served.page.claims.iter().find(answers).is_some_and(|other| other.state.stands())
            };
            return from.iter().all(is_shown).then_some(()).ok_or_else(|| "what it is derived from does not stand".to_owned());
        }
        if let Some(attested) = &claim.attested {
            return self.is_attested((claim, known), attested, served);
        }
        let measured = claim.measured.as_ref().ok_or("it has no result")?;
        let budget = known.budget().ok_or("it is not one that is checked")?.0.min(measured.budget_minutes);
        if self.age(&measured.at)? > i64::from(budget) * 60 + SLACK_SECONDS {
            return Err("its result is older than its budget".to_owned());
        }
        let told = entry(&measured.proof, &served.checkpoint)?.event;
        let (id, state) = (claim.id.clone(), State::Pass.to_string());
        if told != (Event::EvidenceRecorded { claim: id.clone(), state, statement: measured.statement.clone() }) {
            return Err("the log says something else of it".to_owned());
        }
        let body = self.reader.get(&format!("{EVIDENCE}{}", measured.statement))?;
        let (statement, digest) = self.open::<EvidencePredicate>(&body, EVIDENCE_TYPE)?;
        let words = statement.subject.iter().all(|subject| subject.digest.sha256 == claim.sentence_digest);
        let told = &statement.predicate;
        if digest != measured.statement || !words || statement.subject.is_empty() || told.sentence != claim.sentence {
            return Err("its evidence is for other words".to_owned());
        }
        let fits = told.claim == id && told.state == State::Pass && told.started == measured.at;
        fits.then_some(()).ok_or_else(|| "its evidence says something else than the page".to_owned())
    }

    /// A signed statement of this type, and its digest.
    fn open<P: DeserializeOwned>(&self, body: &[u8], predicate_type: &str) -> Result<(Statement<P>, String), String> {
        let envelope: Envelope = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let (signed, signatures) = envelope.signed().map_err(|error| error.to_string())?;
        let own = self.verifier.to_string();
        let is_own =
            |(keyid, signature): &(&str, Vec<u8>)| *keyid == own && self.verifier.verify_envelope(&signed, signature).is_ok();
        if !signatures.iter().any(is_own) {
            return Err("not signed with the log's key".to_owned());
        }
        let statement: Statement<P> = envelope.open(PAYLOAD_TYPE).map_err(|error| error.to_string())?;
        if statement.predicate_type != predicate_type {
            return Err(format!("a {} where another type was asked for", statement.predicate_type));
        }
        let payload = envelope.payload().map_err(|error| error.to_string())?;
        Ok((statement, sha256(&payload).sha256))
    }

    /// Seconds since this time; one that lies ahead is as old as it is ahead.
    fn age(&self, time: &str) -> Result<i64, String> {
        let at = Timestamp::parse(time).map_err(|error| error.to_string())?;
        Ok(self.now.seconds_since(at).abs())
    }
}

/// The entry that a proof shows to be in the log.
fn entry(proof: &LogProof, checkpoint: &Checkpoint) -> Result<Entry, String> {
    let decode = |text: &String| STANDARD.decode(text).map_err(|error| error.to_string());
    let leaf = decode(&proof.leaf)?;
    let hash = |text: &String| Hash::from_slice(&decode(text)?).ok_or_else(|| "a hash of another length".to_owned());
    let hashes = proof.proof.iter().map(hash).collect::<Result<Vec<_>, _>>()?;
    if !verify_inclusion(Hash::of_leaf(&leaf), proof.entry, checkpoint.size, &hashes, checkpoint.root) {
        return Err("its proof does not lead to the checkpoint".to_owned());
    }
    Entry::from_bytes(&leaf).ok_or_else(|| "an entry that cannot be read".to_owned())
}
