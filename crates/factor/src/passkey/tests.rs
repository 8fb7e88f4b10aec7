use authenticator::{Authenticator, Build, Fault, Refusal};
use proptest::prelude::*;
use seal::SystemEntropy;

use super::*;

const ORIGIN: &str = "https://logs.example:8443";
const STATEMENT: &[u8] = b"approve access request 4f7k9qxm2htd8wvz until 2026-11-23T12:00:00Z";

struct House {
    passkeys: Passkeys,
    ada: UserId,
}

// === impl House ===

impl House {
    fn new() -> Self {
        Self { passkeys: Passkeys::new(&config()).unwrap(), ada: UserId::generate(&SystemEntropy) }
    }

    fn register(&self, existing: &[Passkey]) -> Asked<Registration> {
        let owner = PasskeyOwner { id: self.ada, name: "ada@example.org", display_name: "Ada" };
        self.passkeys.register(&owner, existing, &SystemEntropy).unwrap()
    }

    /// Ada's device and her passkey on it.
    fn enrolled(&self, build: Build) -> (Authenticator, Passkey) {
        let mut device = Authenticator::new(build, ORIGIN);
        let asked = self.register(&[]);
        let answer = device.create(&asked.options).unwrap();
        (device, self.passkeys.finish_registration(asked.ceremony, &bytes(&answer)).unwrap())
    }

    fn sign_in(&self, device: &mut Authenticator, passkey: &Passkey, fault: Option<Fault>) -> Result<Assertion, PasskeyError> {
        let asked = self.passkeys.sign_in(&SystemEntropy).unwrap();
        let answer = device.get_with(&asked.options, fault).unwrap();
        self.passkeys.finish_sign_in(asked.ceremony, &Answer::parse(&bytes(&answer)).unwrap(), passkey)
    }

    fn sign(&self, device: &mut Authenticator, passkey: &Passkey, fault: Option<Fault>) -> Answer {
        let options = self.passkeys.ask_signature(STATEMENT, std::slice::from_ref(passkey)).unwrap();
        Answer::parse(&bytes(&device.get_with(&options, fault).unwrap())).unwrap()
    }
}

fn config() -> RelyingParty {
    RelyingParty { id: "logs.example".to_owned(), origins: vec![ORIGIN.to_owned()], name: "Blockhouse".to_owned() }
}

fn bytes(answer: &Value) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap()
}

#[test]
fn a_passkey_is_made_and_signs_in_whoever_holds_it_with_and_without_a_name() {
    let house = House::new();
    for build in [Build::Hardware, Build::Synced] {
        let (mut device, passkey) = house.enrolled(build);
        let nameless = house.sign_in(&mut device, &passkey, None).unwrap();
        assert_eq!((nameless.owner, nameless.user_verified), (house.ada, true));
        let passkey = nameless.changed.unwrap_or(passkey);
        let asked = house.passkeys.sign_in_as(std::slice::from_ref(&passkey), &SystemEntropy).unwrap();
        let answer = Answer::parse(&bytes(&device.get(&asked.options).unwrap())).unwrap();
        assert_eq!(answer.passkey_id(), passkey.id());
        let named = house.passkeys.finish_sign_in(asked.ceremony, &answer, &passkey).unwrap();
        assert_eq!((named.owner, named.user_verified), (house.ada, true));
    }
}

#[test]
fn a_browser_is_asked_for_a_discoverable_key_of_a_verified_person_without_attestation() {
    let house = House::new();
    let (_, passkey) = house.enrolled(Build::Hardware);
    let options = house.register(std::slice::from_ref(&passkey)).options;
    let options = &options["publicKey"];
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["authenticatorSelection"]["requireResidentKey"], true);
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(options["attestation"], "none");
    assert_eq!(options["rp"], json!({ "id": "logs.example", "name": "Blockhouse" }));
    assert_eq!(options["timeout"], 300_000);
    assert_eq!(options["excludeCredentials"][0]["id"], URL_SAFE_NO_PAD.encode(passkey.id()));
    let options = house.passkeys.sign_in(&SystemEntropy).unwrap().options;
    assert_eq!(options["publicKey"]["userVerification"], "required");
    assert_eq!(options["publicKey"]["allowCredentials"], json!([]));
    assert!(options.get("mediation").is_none());
}

#[test]
fn the_challenge_is_what_the_given_randomness_says() {
    struct Filled;
    impl Entropy for Filled {
        fn fill(&self, out: &mut [u8]) {
            out.fill(0xAB);
        }
    }
    let challenge = URL_SAFE_NO_PAD.encode([0xAB; 32]);
    assert_eq!(House::new().passkeys.sign_in(&Filled).unwrap().options["publicKey"]["challenge"], challenge);
}

#[test]
fn every_misbehaviour_of_a_sign_in_is_refused_by_name() {
    let house = House::new();
    let check = |fault: Fault, expected: PasskeyError| {
        let (mut device, passkey) = house.enrolled(Build::Hardware);
        assert_eq!(house.sign_in(&mut device, &passkey, Some(fault)).err(), Some(expected), "{fault:?}");
    };
    check(Fault::OtherOrigin, PasskeyError::OtherOrigin);
    check(Fault::OtherRelyingParty, PasskeyError::OtherRelyingParty);
    check(Fault::Embedded, PasskeyError::Embedded);
    check(Fault::OtherChallenge, PasskeyError::OtherChallenge);
    check(Fault::OtherCeremony, PasskeyError::OtherCeremony);
    check(Fault::Absent, PasskeyError::Absent);
    check(Fault::Unverified, PasskeyError::Unverified);
    check(Fault::OtherKey, PasskeyError::Forged);
    check(Fault::FlippedBit, PasskeyError::Forged);
    check(Fault::OtherOwner, PasskeyError::OtherOwner);
    check(Fault::NoOwner, PasskeyError::OtherOwner);
}

#[test]
fn every_misbehaviour_of_a_registration_is_refused_by_name() {
    let house = House::new();
    let check = |fault: Fault, expected: PasskeyError| {
        let (mut device, passkey) = house.enrolled(Build::Hardware);
        let asked = house.register(&[passkey]);
        let answer = match fault {
            Fault::Excluded => device.create_with(&asked.options, Some(fault)),
            _ => Authenticator::new(Build::Hardware, ORIGIN).create_with(&asked.options, Some(fault)),
        };
        let made = house.passkeys.finish_registration(asked.ceremony, &bytes(&answer.unwrap()));
        assert_eq!(made.err(), Some(expected), "{fault:?}");
    };
    check(Fault::OtherOrigin, PasskeyError::OtherOrigin);
    check(Fault::OtherRelyingParty, PasskeyError::OtherRelyingParty);
    check(Fault::Embedded, PasskeyError::Embedded);
    check(Fault::OtherChallenge, PasskeyError::OtherChallenge);
    check(Fault::OtherCeremony, PasskeyError::OtherCeremony);
    check(Fault::Absent, PasskeyError::Absent);
    check(Fault::Unverified, PasskeyError::Unverified);
    check(Fault::Excluded, PasskeyError::AlreadyHeld);
}

#[test]
fn a_counter_that_does_not_go_on_is_an_error_of_its_own() {
    let house = House::new();
    let (mut device, passkey) = house.enrolled(Build::Hardware);
    let passkey = house.sign_in(&mut device, &passkey, None).unwrap().changed.unwrap();
    assert_eq!(house.sign_in(&mut device, &passkey, Some(Fault::OldCounter)).err(), Some(PasskeyError::CounterWentBack));
    let passkey = house.sign_in(&mut device, &passkey, None).unwrap().changed.unwrap();
    assert!(house.sign_in(&mut device, &passkey, None).unwrap().changed.is_some());
}

#[test]
fn an_answer_counts_for_one_ceremony_and_one_person() {
    let house = House::new();
    let ((mut device, passkey), (mut other_device, other)) = (house.enrolled(Build::Synced), house.enrolled(Build::Synced));
    let (first, second) = (house.passkeys.sign_in(&SystemEntropy).unwrap(), house.passkeys.sign_in(&SystemEntropy).unwrap());
    let answer = Answer::parse(&bytes(&device.get(&first.options).unwrap())).unwrap();
    assert_eq!(house.passkeys.finish_sign_in(second.ceremony, &answer, &passkey).err(), Some(PasskeyError::OtherChallenge));
    assert_eq!(house.passkeys.finish_sign_in(first.ceremony, &answer, &other).err(), Some(PasskeyError::NotAsked));
    // Whoever was asked by name cannot be answered for by another.
    let asked = house.passkeys.sign_in_as(&[passkey], &SystemEntropy).unwrap();
    assert_eq!(other_device.get(&asked.options).err(), Some(Refusal::NoneFits));
    let mut everybody = asked.options.clone();
    everybody["publicKey"]["allowCredentials"] = json!([]);
    let answer = Answer::parse(&bytes(&other_device.get(&everybody).unwrap())).unwrap();
    assert_eq!(house.passkeys.finish_sign_in(asked.ceremony, &answer, &other).err(), Some(PasskeyError::NotAsked));
}

#[test]
fn a_device_that_holds_a_passkey_of_the_account_is_left_out() {
    let house = House::new();
    let (mut device, passkey) = house.enrolled(Build::Hardware);
    assert_eq!(device.create(&house.register(&[passkey]).options).err(), Some(Refusal::AlreadyHeld));
}

#[test]
fn a_person_who_was_named_need_not_be_named_by_the_device() {
    let house = House::new();
    let (mut device, passkey) = house.enrolled(Build::Hardware);
    let asked = house.passkeys.sign_in_as(std::slice::from_ref(&passkey), &SystemEntropy).unwrap();
    let mut answer = device.get(&asked.options).unwrap();
    answer["response"].as_object_mut().unwrap().remove("userHandle");
    let answer = Answer::parse(&bytes(&answer)).unwrap();
    assert!(house.passkeys.finish_sign_in(asked.ceremony, &answer, &passkey).is_ok());
}

#[test]
fn what_is_stored_and_kept_survives_being_written() {
    let house = House::new();
    let (mut device, passkey) = house.enrolled(Build::Hardware);
    let stored: Passkey = serde_json::from_slice(&serde_json::to_vec(&passkey).unwrap()).unwrap();
    assert_eq!((stored.id(), stored.owner()), (passkey.id(), house.ada));
    let asked = house.passkeys.sign_in(&SystemEntropy).unwrap();
    let kept: SignIn = serde_json::from_slice(&serde_json::to_vec(&asked.ceremony).unwrap()).unwrap();
    let answer = Answer::parse(&bytes(&device.get(&asked.options).unwrap())).unwrap();
    assert!(house.passkeys.finish_sign_in(kept, &answer, &stored).is_ok());
    let asked = house.register(&[]);
    let kept: Registration = serde_json::from_slice(&serde_json::to_vec(&asked.ceremony).unwrap()).unwrap();
    let answer = Authenticator::new(Build::Synced, ORIGIN).create(&asked.options).unwrap();
    assert!(house.passkeys.finish_registration(kept, &bytes(&answer)).is_ok());
}

#[test]
fn a_statement_is_signed_word_for_word_and_verified_for_ever() {
    let house = House::new();
    for build in [Build::Hardware, Build::Synced] {
        let (mut device, mut passkey) = house.enrolled(build);
        let answer = house.sign(&mut device, &passkey, None);
        let signed = house.passkeys.finish_statement(STATEMENT, &answer, &passkey).unwrap();
        assert_eq!((signed.owner, signed.user_verified), (house.ada, true));
        passkey = signed.changed.unwrap_or(passkey);
        for _ in 0..3 {
            passkey = house.sign_in(&mut device, &passkey, None).unwrap().changed.unwrap_or(passkey);
        }
        // From stored data alone, after the passkey was used and the server started anew.
        let later = Passkeys::new(&config()).unwrap();
        let stored: Passkey = serde_json::from_slice(&serde_json::to_vec(&passkey).unwrap()).unwrap();
        assert_eq!(later.verify_statement(STATEMENT, &answer, &stored), Ok(()));
        assert_eq!(
            later.verify_statement(&STATEMENT[..STATEMENT.len() - 1], &answer, &stored),
            Err(PasskeyError::OtherChallenge)
        );
        let (_, other) = house.enrolled(build);
        assert_eq!(later.verify_statement(STATEMENT, &answer, &other), Err(PasskeyError::NotAsked));
    }
}

#[test]
fn a_statement_that_just_came_needs_a_counter_that_goes_on() {
    let house = House::new();
    let (mut device, passkey) = house.enrolled(Build::Hardware);
    let first = house.sign(&mut device, &passkey, None);
    let passkey = house.passkeys.finish_statement(STATEMENT, &first, &passkey).unwrap().changed.unwrap();
    assert_eq!(house.passkeys.finish_statement(STATEMENT, &first, &passkey).err(), Some(PasskeyError::CounterWentBack));
}

#[test]
fn every_misbehaviour_of_a_signed_statement_is_refused_by_name() {
    let house = House::new();
    let check = |fault: Fault, expected: PasskeyError| {
        let (mut device, passkey) = house.enrolled(Build::Hardware);
        let answer = house.sign(&mut device, &passkey, Some(fault));
        assert_eq!(house.passkeys.verify_statement(STATEMENT, &answer, &passkey), Err(expected), "{fault:?}");
    };
    check(Fault::OtherOrigin, PasskeyError::OtherOrigin);
    check(Fault::OtherRelyingParty, PasskeyError::OtherRelyingParty);
    check(Fault::Embedded, PasskeyError::Embedded);
    check(Fault::OtherChallenge, PasskeyError::OtherChallenge);
    check(Fault::OtherCeremony, PasskeyError::OtherCeremony);
    check(Fault::Absent, PasskeyError::Absent);
    check(Fault::Unverified, PasskeyError::Unverified);
    check(Fault::OtherKey, PasskeyError::Forged);
    check(Fault::FlippedBit, PasskeyError::Forged);
    check(Fault::OtherOwner, PasskeyError::OtherOwner);
}

#[test]
fn a_statement_has_a_bound() {
    let house = House::new();
    let long = vec![0; limits::STATEMENT_BYTES_MAX + 1];
    assert_eq!(house.passkeys.ask_signature(&long, &[]).err(), Some(PasskeyError::StatementTooLong));
}

#[test]
fn a_relying_party_is_a_domain_with_pages_of_its_own() {
    let check = |id: &str, origins: &[&str], expected: Option<RelyingPartyError>| {
        let config = RelyingParty {
            id: id.to_owned(),
            origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            name: "Blockhouse".to_owned(),
        };
        assert_eq!(Passkeys::new(&config).err(), expected, "{id} {origins:?}");
    };
    let not_one = |text: &str| Some(RelyingPartyError::NotAnOrigin(text.to_owned()));
    let other = |text: &str| Some(RelyingPartyError::OtherDomain(text.to_owned()));
    check("logs.example", &["https://logs.example", "https://eu.logs.example:8443"], None);
    check("localhost", &["https://localhost:8443"], None);
    check("logs.example", &[], Some(RelyingPartyError::NoOrigin));
    check("logs.example", &["http://logs.example"], not_one("http://logs.example"));
    check("logs.example", &["https://logs.example/app"], not_one("https://logs.example/app"));
    check("logs.example", &["logs.example"], not_one("logs.example"));
    check("logs.example", &["https://logs.example", "https://evil.example"], other("https://evil.example"));
    check("logs.example", &["https://evillogs.example"], other("https://evillogs.example"));
    check("127.0.0.1", &["https://127.0.0.1:8443"], other("https://127.0.0.1:8443"));
    check("", &["https://logs.example"], other("https://logs.example"));
}

#[test]
fn every_origin_is_a_place_to_sign_in_and_no_other_port_is() {
    let config = RelyingParty { origins: vec![ORIGIN.to_owned(), "https://eu.logs.example".to_owned()], ..config() };
    let house = House { passkeys: Passkeys::new(&config).unwrap(), ..House::new() };
    let check = |origin: &str, expected: Option<PasskeyError>| {
        let mut device = Authenticator::new(Build::Synced, origin);
        let asked = house.register(&[]);
        let answer = device.create(&asked.options).unwrap();
        assert_eq!(house.passkeys.finish_registration(asked.ceremony, &bytes(&answer)).err(), expected, "{origin}");
    };
    check(ORIGIN, None);
    check("https://eu.logs.example", None);
    check("https://logs.example", Some(PasskeyError::OtherOrigin));
    check("https://us.logs.example", Some(PasskeyError::OtherOrigin));
}

#[test]
fn an_answer_has_a_bound_and_a_form() {
    let house = House::new();
    let (mut device, _) = house.enrolled(Build::Synced);
    let good = device.get(&house.passkeys.sign_in(&SystemEntropy).unwrap().options).unwrap();
    assert!(Answer::parse(&bytes(&good)).is_ok());
    for (pointer, value) in [
        ("/type", json!("password")),
        ("/rawId", json!("")),
        ("/rawId", json!(URL_SAFE_NO_PAD.encode([1; limits::PASSKEY_ID_BYTES_MAX + 1]))),
        ("/response/clientDataJSON", json!("")),
        ("/response/signature", json!("?")),
        ("/id", json!("a".repeat(limits::PASSKEY_ANSWER_BYTES_MAX))),
    ] {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(Answer::parse(&bytes(&changed)).err(), Some(AnswerError), "{pointer}");
    }
    let long = vec![b' '; limits::PASSKEY_ANSWER_BYTES_MAX + 1];
    let asked = house.register(&[]);
    assert_eq!(house.passkeys.finish_registration(asked.ceremony, &long).err(), Some(PasskeyError::Malformed));
}

/// The fields of an answer that are bytes.
const FIELDS: [&str; 5] = [
    "/response/attestationObject",
    "/response/clientDataJSON",
    "/response/authenticatorData",
    "/response/signature",
    "/response/userHandle",
];

/// Changes a byte of a field, or cuts the field, and says whether anything is different.
fn spoil(answer: &mut Value, field: &str, at: usize, flip: u8, cut: bool) -> bool {
    let Some(value) = answer.pointer_mut(field) else { return false };
    let mut inner = URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
    let at = at % inner.len();
    if cut {
        inner.truncate(at)
    } else {
        inner[at] ^= flip
    }
    *value = json!(URL_SAFE_NO_PAD.encode(inner));
    cut || flip != 0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_reading_an_answer_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let house = House::new();
        prop_assert!(Answer::parse(&bytes).is_err());
        prop_assert!(house.passkeys.finish_registration(house.register(&[]).ceremony, &bytes).is_err());
    }

    #[test]
    fn no_spoiled_answer_panics_and_none_signs_in(field in 0..FIELDS.len(), at in any::<usize>(), flip in any::<u8>(), cut in any::<bool>()) {
        let house = House::new();
        let mut device = Authenticator::new(Build::Hardware, ORIGIN);
        let asked = house.register(&[]);
        let answer = device.create(&asked.options).unwrap();
        let mut spoiled = answer.clone();
        // A key that nobody vouches for may be another key: it must only not panic.
        spoil(&mut spoiled, FIELDS[field], at, flip, cut);
        let _ = house.passkeys.finish_registration(asked.ceremony, &bytes(&spoiled));

        let (mut device, passkey) = house.enrolled(Build::Hardware);
        let asked = house.passkeys.sign_in(&SystemEntropy).unwrap();
        let mut answer = device.get(&asked.options).unwrap();
        if spoil(&mut answer, FIELDS[field], at, flip, cut) {
            let signed_in = Answer::parse(&bytes(&answer)).map_err(PasskeyError::from)
                .and_then(|answer| house.passkeys.finish_sign_in(asked.ceremony, &answer, &passkey));
            prop_assert!(signed_in.is_err());
        }
    }

    #[test]
    fn no_attestation_object_makes_reading_panic(object in proptest::collection::vec(any::<u8>(), 0..400)) {
        let house = House::new();
        let asked = house.register(&[]);
        let mut answer = Authenticator::new(Build::Hardware, ORIGIN).create(&asked.options).unwrap();
        answer["response"]["attestationObject"] = json!(URL_SAFE_NO_PAD.encode(object));
        prop_assert!(house.passkeys.finish_registration(asked.ceremony, &bytes(&answer)).is_err());
    }
}
