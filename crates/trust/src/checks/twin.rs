//! A page of a world made up for it: one sentence, its evidence, a log of two entries, all well signed.

use std::collections::BTreeMap;

use audit::{Actor, Checkpoint, Entry, Event, Hash, Outcome, Signer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::document::{FORMAT, LogProof, Measured, Overview, PublicLog as LogShown, Published};
use claims::statement::{
    Build, EVIDENCE_TYPE, Envelope, EvidencePredicate, OVERVIEW_TYPE, PAYLOAD_TYPE, STATEMENT_TYPE, Statement, Subject,
};
use claims::{Class, Group, Library, Speaks, State};
use model::{Entropy, Timestamp};
use serde::Serialize;

use super::{EVIDENCE, Judge, PAGE, PageReader};
use crate::digest::sha256;
use crate::statement::minute;

const NAME: &str = "twin.invalid";
const ID: &str = "TWIN-1";
const SHOWN: &str = "This sentence is shown.";
const OTHER: &str = "This sentence is looked at.";
const URL: &str = "https://twin.invalid/security";
const BUDGET_MINUTES: u32 = 60;

const LIBRARY: &str = r#"
[[claim]]
id = "TWIN-1"
group = "page"
title = "A sentence"
sentence = "This sentence is shown."
speaks = "product"
class = "software"
control = "None."
falsifier = "The check that it is made for."
limits = "It is shown to nobody."
disposition = { kind = "checked", checks = ["server.page-fresh"], budget = 60 }
"#;

/// About which words the evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Others,
    #[cfg_attr(not(test), expect(dead_code, reason = "shows in a test that the twin is broken in nothing else"))]
    Shown,
}

pub(super) struct Twin {
    signer: Signer,
    library: Library,
    files: BTreeMap<String, Vec<u8>>,
}

// === impl Twin ===

impl Twin {
    pub(super) fn new(entropy: &dyn Entropy, now: Timestamp, words: Words) -> Result<Self, String> {
        let mut seed = [0; 32];
        entropy.fill(&mut seed);
        let signer = Signer::new(NAME, &seed).ok_or("no signer")?;
        let library = Library::from_files([("twin.toml", LIBRARY)]).map_err(|error| error.to_string())?;
        let sentence = match words {
            Words::Others => OTHER,
            Words::Shown => SHOWN,
        };
        let (evidence, statement) = sealed(&signer, &evidence(sentence, now))?;
        let first = leaf(
            0,
            now,
            Event::EvidenceRecorded { claim: ID.to_owned(), state: State::Pass.to_string(), statement: statement.clone() },
        )?;
        let mut page = page(&signer, (&statement, now));
        let digest = sha256(&page.substance());
        let second = leaf(1, now, Event::OverviewPublished { digest: digest.sha256.clone() })?;
        let (one, two) = (Hash::of_leaf(&first), Hash::of_leaf(&second));
        let root = Hash::of_node(&one, &two);
        page.log.checkpoint = signer.sign(&Checkpoint { origin: NAME.to_owned(), size: 2, root });
        let proof =
            |entry, leaf: &[u8], other: Hash| LogProof { entry, leaf: STANDARD.encode(leaf), proof: vec![other.to_string()] };
        page.log.page = Some(proof(1, &second, one));
        for measured in page.claims.iter_mut().filter_map(|claim| claim.measured.as_mut()) {
            measured.proof = proof(0, &first, two);
        }
        let subject = vec![Subject { name: URL.to_owned(), digest }];
        let (page, _) = sealed(&signer, &stated(subject, OVERVIEW_TYPE, page))?;
        let files = BTreeMap::from([(PAGE.to_owned(), page), (format!("{EVIDENCE}{statement}"), evidence)]);
        Ok(Self { signer, library, files })
    }

    pub(super) fn judge(&self, now: Timestamp) -> Judge<'_> {
        Judge { reader: self, verifier: self.signer.verifier(), origin: NAME.to_owned(), library: &self.library, now }
    }
}

impl PageReader for Twin {
    fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        self.files.get(path).cloned().ok_or_else(|| "not there".to_owned())
    }
}

fn evidence(sentence: &str, now: Timestamp) -> Statement<EvidencePredicate> {
    let subject = vec![Subject { name: format!("claim:{ID}"), digest: sha256(sentence.as_bytes()) }];
    let predicate = EvidencePredicate {
        claim: ID.to_owned(),
        sentence: sentence.to_owned(),
        state: State::Pass,
        reason: String::new(),
        started: minute(now),
        finished: minute(now),
        budget_minutes: BUDGET_MINUTES,
        build: Build { version: String::new(), executable: sha256(b"") },
        configuration: sha256(b""),
        checks: Vec::new(),
    };
    stated(subject, EVIDENCE_TYPE, predicate)
}

fn page(signer: &Signer, (statement, now): (&str, Timestamp)) -> Overview {
    let measured = Measured {
        at: minute(now),
        budget_minutes: BUDGET_MINUTES,
        reason: String::new(),
        checks: Vec::new(),
        statement: statement.to_owned(),
        proof: LogProof { entry: 0, leaf: String::new(), proof: Vec::new() },
    };
    let claim = Published {
        id: ID.to_owned(),
        covers: Vec::new(),
        group: Group::Page,
        title: String::new(),
        sentence: SHOWN.to_owned(),
        sentence_digest: sha256(SHOWN.as_bytes()).sha256,
        speaks: Speaks::Product,
        class: Class::Software,
        state: State::Pass,
        since: minute(now),
        denominator: None,
        control: String::new(),
        falsifier: String::new(),
        limits: String::new(),
        frameworks: Vec::new(),
        measured: Some(measured),
        sealed: None,
        embargo_hours: None,
        attested: None,
        days: Vec::new(),
    };
    let (key, checkpoint) = (signer.verifier().to_string(), String::new());
    Overview {
        format: FORMAT,
        publisher: NAME.to_owned(),
        url: URL.to_owned(),
        made: minute(now),
        log: LogShown { origin: NAME.to_owned(), key, checkpoint, page: None },
        claims: vec![claim],
        not_claimed: Vec::new(),
        withheld: 0,
    }
}

fn stated<P>(subject: Vec<Subject>, predicate_type: &str, predicate: P) -> Statement<P> {
    Statement { kind: STATEMENT_TYPE.to_owned(), subject, predicate_type: predicate_type.to_owned(), predicate }
}

/// A signed envelope as it is served, and the digest of its payload.
fn sealed(signer: &Signer, statement: &impl Serialize) -> Result<(Vec<u8>, String), String> {
    let sign = |bytes: &[u8]| signer.sign_envelope(bytes).unwrap_or_default();
    let envelope = Envelope::seal(PAYLOAD_TYPE, statement, &signer.verifier().to_string(), sign);
    let envelope = envelope.map_err(|error| error.to_string())?;
    let payload = envelope.payload().map_err(|error| error.to_string())?;
    Ok((serde_json::to_vec(&envelope).map_err(|error| error.to_string())?, sha256(&payload).sha256))
}

fn leaf(sequence: u64, now: Timestamp, event: Event) -> Result<Vec<u8>, String> {
    let entry = Entry {
        format: 1,
        log: NAME.to_owned(),
        sequence,
        time: now.to_string(),
        salt: String::new(),
        event,
        outcome: Outcome::Done,
        actor: Actor::Server,
        on_behalf_of: None,
        signed_in_by: Vec::new(),
        tenant: None,
        source: None,
        request: None,
        personal: None,
    };
    serde_json::to_vec(&entry).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use model::Verdict;
    use seal::SystemEntropy;

    use super::*;

    const NOW: Timestamp = Timestamp::from_nanos(1_790_000_000_000_000_000);

    #[test]
    fn the_twin_is_broken_in_its_words_and_in_nothing_else() {
        let look = |words| Twin::new(&SystemEntropy, NOW, words).unwrap().judge(NOW).look();
        assert_eq!(look(Words::Shown), look(Words::Shown));
        assert_eq!(look(Words::Shown).verdict, Verdict::Held);
        let broken = look(Words::Others);
        assert_eq!(
            (broken.verdict, broken.details),
            (Verdict::Broken, vec!["TWIN-1: its evidence is for other words".to_owned()])
        );
    }
}
