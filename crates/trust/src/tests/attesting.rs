//! What people sign, from the proposal to its end, with real passkeys.

use std::net::IpAddr;

use audit::{Actor, Deed, Log as AuditLog};
use authenticator::{Authenticator, Build as Device};
use identity::{AttestClaims, Attests, Client, Credential, OpenedSession, Permit, ToSign, UserKind};
use model::{DisplayName, Email, Verdict};

use super::*;
use crate::{Attestable, AttestationError, AttestationNow, Proposal};

mod documents;
mod ending;

const PEOPLE: &str = r#"
[[claim]]
id = "P-1"
covers = ["P-ONE"]
group = "incidents"
title = "On call"
sentence = "Somebody holds the keys for {key_hours} hours."
speaks = "organisation"
class = "organisational"
control = "A roster."
falsifier = "A night without anybody."
limits = "It is people's word."
disposition = { kind = "attested", max-days = 90, quorum = 2 }

[[claim]]
id = "P-2"
group = "organisation"
title = "Trained"
sentence = "The operator trains its people."
speaks = "organisation"
class = "organisational"
control = "Lessons."
falsifier = "Somebody without one."
limits = "It is a person's word."
disposition = { kind = "attested", max-days = 365, quorum = 1 }

[[claim]]
id = "P-3"
group = "compliance"
title = "Report"
sentence = "{document_issuer} issued {document_id} about {document_scope}; it counts here until {document_until}."
speaks = "third-party"
class = "inherited"
control = "An auditor."
falsifier = "No such report."
limits = "It is somebody else's word."
disposition = { kind = "documented", max-days = 365 }
"#;

/// Somebody with an account and a device.
pub(super) struct Person {
    device: Authenticator,
    token: String,
    role: &'static str,
}

/// An installation of which people say something.
struct Office {
    house: House,
    ada: Person,
    bob: Person,
}

/// Of whoever begins what others sign.
fn deed() -> Deed {
    Deed::by(Actor::Shell, NOW)
}

// === impl Person ===

impl Person {
    fn hired(house: &House, address: &str, name: &str, role: &'static str) -> Self {
        let (email, name) = (Email::parse(address).unwrap(), DisplayName::parse(name).unwrap());
        let deed = Deed::by(Actor::Shell, house.clock.now());
        let opened = house.log.identity.create_staff(&email, &name, UserKind::Operator, &deed).unwrap().unwrap();
        Self::of(house, &opened, role)
    }

    pub(super) fn of(house: &House, opened: &OpenedSession, role: &'static str) -> Self {
        let device = Authenticator::new(Device::Hardware, "https://localhost");
        let mut person = Self { device, token: opened.token.reveal().to_owned(), role };
        person.adds_passkey(house);
        person
    }

    fn adds_passkey(&mut self, house: &House) {
        let identity = &house.log.identity;
        let who = identity.signed_in(Some(&self.credential()), &web(house)).unwrap();
        let fresh = who.fresh().unwrap();
        let asked = identity.start_passkey_registration(&fresh).unwrap();
        let answer = self.device.create(&asked.options).unwrap().to_string();
        let name = DisplayName::parse("device").unwrap();
        let opened = identity.finish_passkey_registration(&fresh, (&asked.token, answer.as_bytes()), &name).unwrap();
        opened.token.reveal().clone_into(&mut self.token);
    }

    pub(super) fn credential(&self) -> Credential {
        Credential::from_key(&self.token).unwrap()
    }

    fn signs_in(&mut self, house: &House) {
        let identity = &house.log.identity;
        let asked = identity.start_passkey_sign_in(house.clock.now()).unwrap();
        let answer = self.device.get(&asked.options).unwrap().to_string();
        let done = identity.sign_in_with_passkey(&asked.token, answer.as_bytes(), &Client::default(), &web(house)).unwrap();
        done.session.token.reveal().clone_into(&mut self.token);
    }

    fn permit(&mut self, house: &House) -> Permit<AttestClaims> {
        self.signs_in(house);
        house.log.identity.authorize_installation::<AttestClaims>(Some(&self.credential()), &web(house)).unwrap()
    }

    /// A signature of these words, by this person's device.
    fn signature(&mut self, house: &House, words: &AttestationWords) -> AttestationSignature {
        let permit = self.permit(house);
        self.signature_with(house, &permit, words)
    }

    pub(super) fn signature_with<A: Attests>(
        &mut self,
        house: &House,
        permit: &Permit<A>,
        words: &AttestationWords,
    ) -> AttestationSignature {
        let ToSign { options, .. } = house.log.identity.start_attestation(permit, words, self.role).unwrap();
        let answer = self.device.get(&options).unwrap().to_string();
        house.log.identity.finish_attestation(permit, (words, self.role), &answer).unwrap()
    }

    fn signs(&mut self, house: &House, board: &Board, id: &str) -> Result<AttestationNow, AttestationError> {
        let signed = self.signature(house, &board.words(id)?);
        board.sign(id, signed)
    }
}

// === impl Office ===

impl Office {
    fn new() -> Self {
        let mut house = House::publishing(&["T-1", "P-1", "P-2", "P-3"]);
        house.library += PEOPLE;
        let ada = Person::hired(&house, "ada@house.example", "Ada", "head of operations");
        let bob = Person::hired(&house, "bob@house.example", "Bob", "head of security");
        Self { house, ada, bob }
    }

    /// With P-2 signed by one, as it needs.
    fn signed() -> (Self, Board) {
        let mut office = Self::new();
        let board = office.house.looked();
        office.says(&board);
        (office, board)
    }

    /// Ada signs P-2, for thirty days.
    fn says(&mut self, board: &Board) -> String {
        let id = board.propose(&Proposal { days: Some(30), ..proposal("P-2") }, &deed()).unwrap().id;
        self.ada.signs(&self.house, board, &id).unwrap();
        id
    }

    /// What the check of the page says of it, against this library.
    fn look(&self, board: &Arc<Board>, library: &str) -> Observation {
        let library = Library::from_files([("test.toml", library)]).unwrap();
        let (log, reader) = (Arc::clone(&self.house.log) as Arc<dyn PublicLog>, Arc::new(Reader(Arc::clone(board))));
        crate::checks(reader, log, library, Arc::new(SystemEntropy)).remove(0).look(self.house.clock.now())
    }

    /// The newest that the log says of a claim's state.
    fn told(&self, id: &str) -> Option<(String, String)> {
        let of_claim = |event| match event {
            Event::ClaimStateChanged { claim, from, to } if claim == id => Some((from, to)),
            _ => None,
        };
        self.house.events().into_iter().filter_map(of_claim).next_back()
    }

    /// How often the log or the installation's trail has an event of this name.
    fn count(&self, log: AuditLog, name: &str) -> usize {
        let all = self.house.log.identity.audit_follow(log, None, 10_000).unwrap();
        all.into_iter().filter(|recorded| recorded.entry.event.name() == name).count()
    }
}

pub(super) fn web(house: &House) -> Deed {
    Deed { address: Some(IpAddr::from([192, 0, 2, 7])), ..Deed::by(Actor::Stranger, house.clock.now()) }
}

fn proposal(claim: &str) -> Proposal {
    Proposal { claim: claim.to_owned(), days: None, document: None }
}

/// The claim as whoever may sign sees it.
fn attestable(board: &Board, id: &str) -> Attestable {
    board.attestable().unwrap().into_iter().find(|one| one.claim == id).unwrap()
}

/// Why the page says that a claim is not claimed; `None` where it is on the page.
fn unsaid(board: &Board, id: &str) -> Option<String> {
    let page = board.overview().unwrap();
    let not_claimed = page.overview.not_claimed.iter().find(|one| one.id == id).map(|one| one.reason.clone());
    assert_eq!(not_claimed.is_none(), page.overview.claims.iter().any(|one| one.id == id), "one of the two, never both");
    not_claimed
}

#[test]
fn a_claim_stands_once_enough_different_people_signed_it() {
    let Office { house, mut ada, mut bob } = Office::new();
    let board = house.looked();
    assert_eq!(unsaid(&board, "P-1").unwrap(), "Nobody has signed it for this page.");
    let id = board.propose(&proposal("P-ONE"), &deed()).unwrap().id;
    ada.signs(&house, &board, &id).unwrap();
    house.pass(MINUTE);
    assert!(unsaid(&board, "P-1").is_some(), "one of two is nothing");
    assert!(!String::from_utf8(board.overview().unwrap().envelope.payload().unwrap()).unwrap().contains("Ada"));
    let waiting = attestable(&board, "P-1");
    assert_eq!((waiting.state, waiting.pending[0].by.len(), waiting.quorum), (State::NotClaimed, 1, 2));

    assert!(matches!(ada.signs(&house, &board, &id), Err(AttestationError::SignedAlready)));
    ada.device = Authenticator::new(Device::Synced, "https://localhost");
    ada.adds_passkey(&house);
    assert!(matches!(ada.signs(&house, &board, &id), Err(AttestationError::SignedAlready)), "another device, the same person");
    assert_eq!(attestable(&board, "P-1").state, State::NotClaimed);

    bob.signs(&house, &board, &id).unwrap();
    let claim = shown(&board, "P-1");
    assert_eq!((claim.state, claim.sentence.as_str()), (State::Pass, "Somebody holds the keys for 24 hours."));
    let attested = claim.attested.unwrap();
    let by: Vec<(&str, &str)> = attested.by.iter().map(|one| (one.name.as_str(), one.role.as_str())).collect();
    assert_eq!(by, [("Ada", "head of operations"), ("Bob", "head of security")]);
    assert_eq!((attested.needed, attested.document, attested.attachments.len()), (2, None, 0));
    assert!(claim.measured.is_none() && claim.days.is_empty(), "a word is never a strip of measurements");
    assert!(matches!(board.words(&id), Err(AttestationError::NotPending)), "what counts is not signed again");
}

#[test]
fn the_log_has_it_before_the_page_and_so_has_the_trail() {
    let (office, board) = Office::signed();
    let events = office.house.events();
    let at = |name: &str| events.iter().position(|event| event.name() == name).unwrap();
    assert!(at("claim_attested") < events.len());
    assert_eq!(office.told("P-2"), Some(("NOT-CLAIMED".to_owned(), "PASS".to_owned())));
    for name in ["attestation_signed", "claim_attested"] {
        assert_eq!(office.count(AuditLog::Installation, name), 1, "{name}");
    }
    let attested = shown(&board, "P-2").attested.unwrap();
    let after = Checkpoint::open(&attested.not_before_checkpoint, &office.house.log.verifier()).unwrap();
    assert!(after.size <= at("claim_attested") as u64, "it was signed after this checkpoint");
}

#[test]
fn a_log_that_fails_lets_nothing_count_and_a_crash_after_it_says_it_once_more() {
    let mut office = Office::new();
    let board = office.house.looked();
    let id = board.propose(&proposal("P-2"), &deed()).unwrap().id;
    office.house.log.fails.store(true, Ordering::SeqCst);
    assert!(office.ada.signs(&office.house, &board, &id).is_err());
    assert_eq!(attestable(&board, "P-2").state, State::NotClaimed);
    office.house.log.fails.store(false, Ordering::SeqCst);
    office.house.log.fails_after.store(true, Ordering::SeqCst);
    office.house.pass(MINUTE);
    assert!(board.tick().is_err());
    assert_eq!(attestable(&board, "P-2").state, State::NotClaimed, "nobody knows that the log has it");
    drop(board);
    office.house.log.fails_after.store(false, Ordering::SeqCst);
    let board = office.house.looked();
    assert_eq!((state(&board, "P-2"), office.count(AuditLog::Public, "claim_attested")), (State::Pass, 2));
    assert_eq!(state(&office.house.open(), "P-2"), State::Pass, "a restart keeps it");
}

#[test]
fn one_changed_word_and_nobody_has_signed_it() {
    let Office { house, mut ada, mut bob } = Office::new();
    let board = house.looked();
    let id = board.propose(&proposal("P-1"), &deed()).unwrap().id;
    ada.signs(&house, &board, &id).unwrap();
    house.key_hours.store(12, Ordering::SeqCst);
    assert!(matches!(bob.signs(&house, &board, &id), Err(AttestationError::Changed)), "nobody signs what would not count");
    house.key_hours.store(24, Ordering::SeqCst);
    bob.signs(&house, &board, &id).unwrap();
    assert_eq!(state(&board, "P-1"), State::Pass);
    house.key_hours.store(12, Ordering::SeqCst);
    house.pass(MINUTE);
    assert!(unsaid(&board, "P-1").unwrap().contains("changed since"));
    board.tick().unwrap();
    let office = Office { house, ada, bob };
    assert_eq!(office.told("P-1"), Some(("PASS".to_owned(), "NOT-CLAIMED".to_owned())));
}

#[test]
fn a_signature_of_other_words_or_of_somebody_else_is_refused() {
    let Office { house, mut ada, mut bob } = Office::new();
    let board = house.looked();
    let (id, other) =
        (board.propose(&proposal("P-2"), &deed()).unwrap().id, board.propose(&proposal("P-2"), &deed()).unwrap().id);
    let of_other = ada.signature(&house, &board.words(&other).unwrap());
    assert!(matches!(board.sign(&id, of_other), Err(AttestationError::Forged)));
    let mut as_bob = ada.signature(&house, &board.words(&id).unwrap());
    as_bob.signature.signer = bob.signature(&house, &board.words(&id).unwrap()).signature.signer;
    assert!(matches!(board.sign(&id, as_bob), Err(AttestationError::Forged)));
    let mut renamed = ada.signature(&house, &board.words(&id).unwrap());
    renamed.name = "The Minister".to_owned();
    assert!(matches!(board.sign(&id, renamed), Err(AttestationError::Forged)));
    let mut longer = board.words(&id).unwrap();
    longer.until = longer.until.plus_seconds(DAY);
    let longer = ada.signature(&house, &longer);
    assert!(matches!(board.sign(&id, longer), Err(AttestationError::Forged)));
    assert!(unsaid(&board, "P-2").is_some());
}

#[test]
fn what_stops_verifying_is_not_shown_as_true() {
    let (office, board) = Office::signed();
    office.house.log.forgets.store(true, Ordering::SeqCst);
    let is = |expected: State| {
        office.house.pass(MINUTE);
        let claim = shown(&board, "P-2");
        assert_eq!((claim.state, claim.attested.is_some()), (expected, expected == State::Pass));
    };
    is(State::Unknown);
    office.house.log.forgets.store(false, Ordering::SeqCst);
    is(State::Pass);
    let db = rusqlite::Connection::open(office.house.file()).unwrap();
    // Whoever holds the file turns one bit, or says it of another claim.
    let sealed: Vec<u8> = db.query_row("SELECT sealed FROM attestations", [], |row| row.get(0)).unwrap();
    let mut turned = sealed.clone();
    *turned.last_mut().unwrap() ^= 1;
    db.execute("UPDATE attestations SET sealed = ?1", [turned]).unwrap();
    is(State::Unknown);
    db.execute("UPDATE attestations SET sealed = ?1", [sealed]).unwrap();
    is(State::Pass);
    db.execute("UPDATE attestations SET claim = 'P-1'", []).unwrap();
    office.house.pass(MINUTE);
    assert_eq!(state(&board, "P-1"), State::Unknown);
    assert!(unsaid(&board, "P-2").is_some());
}

#[test]
fn whoever_can_seal_rows_and_has_no_passkey_makes_nothing_stand() {
    let (office, board) = Office::signed();
    let db = rusqlite::Connection::open(office.house.file()).unwrap();
    let (id, sealed): (String, Vec<u8>) =
        db.query_row("SELECT id, sealed FROM attestations", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let field = seal::Field { table: "trust_attestations", column: "statement", row: id.as_bytes(), scope: b"P-2" };
    let plain = String::from_utf8(office.house.sealer().open(&field, &sealed).unwrap().to_vec()).unwrap();
    let until = attestable(&board, "P-2").current.unwrap().until;
    let until = Timestamp::parse(&until).unwrap();
    for (from, to) in [
        ("\"Ada\"".to_owned(), "\"Bob\"".to_owned()),
        ("head of operations".to_owned(), "head of everything".to_owned()),
        (until.nanos().to_string(), until.plus_seconds(DAY).nanos().to_string()),
        ("\"attachments\":[]".to_owned(), format!("\"attachments\":[\"{}\"]", "a7".repeat(32))),
    ] {
        assert!(plain.contains(&from), "{from}");
        let altered = office.house.sealer().seal(&field, plain.replace(&from, &to).as_bytes()).unwrap();
        db.execute("UPDATE attestations SET sealed = ?1", [altered]).unwrap();
        office.house.pass(MINUTE);
        assert_eq!(state(&board, "P-2"), State::Unknown, "{from}");
    }
    let again = office.house.sealer().seal(&field, plain.as_bytes()).unwrap();
    db.execute("UPDATE attestations SET sealed = ?1", [again]).unwrap();
    office.house.pass(MINUTE);
    assert_eq!(state(&board, "P-2"), State::Pass);
}

#[test]
fn a_claim_that_needs_more_people_than_it_did_has_not_enough() {
    let (mut office, board) = Office::signed();
    drop(board);
    office.house.library = office.house.library.replace("max-days = 365, quorum = 1", "max-days = 365, quorum = 2");
    assert_eq!(state(&office.house.open(), "P-2"), State::Unknown);
    office.house.library = office.house.library.replace("max-days = 365, quorum = 2", "max-days = 7, quorum = 1");
    assert_eq!(state(&office.house.open(), "P-2"), State::Unknown, "thirty days are more than the claim allows now");
}

#[test]
fn nothing_is_said_of_a_time_before_it_was_signed() {
    let (mut office, board) = Office::signed();
    office.house.pass(-DAY);
    assert!(matches!(board.propose(&proposal("P-2"), &deed()), Err(AttestationError::Backdated)));
    office.house.pass(DAY);
    let id = board.propose(&proposal("P-2"), &deed()).unwrap().id;
    let words = board.words(&id).unwrap();
    assert_eq!(words.from.to_string(), crate::statement::minute(office.house.clock.now()));
    assert_eq!(words.after.size, office.house.events().len() as u64, "the newest checkpoint");
    office.house.pass(-HOUR);
    let earlier = office.ada.signature(&office.house, &words);
    office.house.pass(HOUR);
    assert!(matches!(board.sign(&id, earlier), Err(AttestationError::Forged)));
}

#[test]
fn only_what_people_sign_can_be_proposed_and_for_no_longer_than_it_may_count() {
    let office = Office::new();
    let board = office.house.looked();
    for id in ["T-1", "T-4", "P-9"] {
        assert!(matches!(board.propose(&proposal(id), &deed()), Err(AttestationError::NotAttestable(_))), "{id}");
    }
    for days in [0, 91] {
        let refused = board.propose(&Proposal { days: Some(days), ..proposal("P-1") }, &deed());
        assert!(matches!(refused, Err(AttestationError::Days { max: 90 })), "{days}");
    }
    let longest = board.propose(&proposal("P-1"), &deed()).unwrap();
    let until = Timestamp::parse(&longest.until).unwrap();
    assert!(until <= NOW.plus_seconds(90 * DAY) && until > NOW.plus_seconds(90 * DAY - MINUTE));
    for _ in 1..model::limits::ATTESTATIONS_PENDING_MAX {
        board.propose(&proposal("P-2"), &deed()).unwrap();
    }
    assert!(matches!(board.propose(&proposal("P-2"), &deed()), Err(AttestationError::TooManyPending)));
    board.discard(&longest.id, &deed()).unwrap();
    board.propose(&proposal("P-2"), &deed()).unwrap();
    office.house.key_hours.store(0, Ordering::SeqCst);
    board.discard(&attestable(&board, "P-2").pending[0].id, &deed()).unwrap();
    assert!(matches!(board.propose(&proposal("P-1"), &deed()), Err(AttestationError::NoValue(slot)) if slot == "key_hours"));
}

#[test]
fn a_file_of_evidence_from_before_there_were_statements_is_opened() {
    let house = House::new();
    let db = rusqlite::Connection::open(house.file()).unwrap();
    db.execute_batch(include_str!("../store/schema.sql")).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    drop(db);
    assert_eq!(state(&house.looked(), "T-1"), State::Pass);
}

#[test]
fn the_check_of_the_page_makes_the_words_again_and_finds_them_in_the_log() {
    let (office, board) = Office::signed();
    let board = Arc::new(board);
    let look = |library: &str| office.look(&board, library);
    assert_eq!(state(&board, "P-2"), State::Pass);
    let held = look(&office.house.library);
    assert_eq!(held.verdict, Verdict::Held, "{:?}", held.details);
    for (from, to) in [
        ("max-days = 365, quorum = 1", "max-days = 365, quorum = 2"),
        ("max-days = 365, quorum = 1", "max-days = 29, quorum = 1"),
        ("{ kind = \"attested\", max-days = 365, quorum = 1 }", "{ kind = \"documented\", max-days = 365 }"),
    ] {
        assert_eq!(look(&office.house.library.replace(from, to)).verdict, Verdict::Broken, "{to}");
    }
}

/// Serves what a board has.
struct Reader(Arc<Board>);

impl crate::PageReader for Reader {
    fn get(&self, path: &str) -> Result<Vec<u8>, String> {
        match path.strip_prefix("/security/evidence/") {
            Some(digest) => serde_json::to_vec(&self.0.evidence(digest).unwrap()).map_err(|error| error.to_string()),
            None => serde_json::to_vec(&self.0.overview().unwrap().envelope).map_err(|error| error.to_string()),
        }
    }
}
