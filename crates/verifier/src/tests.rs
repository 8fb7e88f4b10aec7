//! Claims about whole visits: what is true agrees, and each lie is named in its own step.

mod house;

use audit::Event;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claims::State;
use claims::document::{Attested, Published};
use claims::statement::Envelope;
use house::{House, Manners, about};

use crate::steps::shown;
use crate::{Options, Outcome, Report, Step};

/// The only step that is expected not to agree, and words of one of its findings.
fn check(report: &Report, step: Step, saw: &str) {
    check_several(report, &[(step, saw)]);
}

fn check_several(report: &Report, expected: &[(Step, &str)]) {
    let mut text = Vec::new();
    report.write_text(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let disagreeing: Vec<Step> =
        report.steps.iter().filter(|one| one.outcome == Outcome::Disagrees).map(|one| one.step).collect();
    assert_eq!(disagreeing, expected.iter().map(|(step, _)| *step).collect::<Vec<_>>(), "{text}");
    for (step, saw) in expected {
        let findings = &report.step(*step).unwrap().findings;
        assert!(findings.iter().any(|one| format!("{} | {}", one.page_says, one.i_saw).contains(saw)), "{saw}: {text}");
    }
    assert_eq!(report.outcome, if expected.is_empty() { Outcome::Agrees } else { Outcome::Disagrees }, "{text}");
}

fn check_agrees(report: &Report) {
    check_several(report, &[]);
}

#[test]
fn a_page_that_tells_the_truth_agrees_in_every_step_and_at_every_visit() {
    let house = House::open();
    let report = house.visit_with_probes();
    check_agrees(&report);
    assert_eq!(report.steps.len(), 12);
    check_agrees(&house.visit());
}

#[test]
fn a_page_that_says_it_fails_agrees_too() {
    let mut house = House::open();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    house.publish();
    check_agrees(&house.visit());
}

#[test]
fn what_people_signed_is_what_the_log_says_of_it() {
    let mut house = House::open();
    house.sign_words();
    house.publish();
    check_agrees(&house.visit());
    let mut altered = |saw: &str, change: &dyn Fn(&mut Published, &mut Attested)| {
        house.sign_words();
        let mut attested = house.signed[0].attested.take().unwrap();
        change(&mut house.signed[0], &mut attested);
        house.signed[0].attested = Some(attested);
        house.publish();
        check(&house.visit(), Step::Proved, saw);
    };
    altered("what was signed is", &|_, attested| attested.attachments.clear());
    altered("what was signed is", &|_, attested| attested.from = "2026-11-25T10:41:00Z".to_owned());
    altered("what was signed is", &|_, attested| attested.needed = 1);
    altered("what was signed is", &|_, attested| attested.document.as_mut().unwrap().issuer = "Somebody else".to_owned());
    altered("what was signed is", &|claim, _| {
        claim.sentence = "Everybody works on security.".to_owned();
        claim.sentence_digest = crate::digest::sha256(claim.sentence.as_bytes());
    });
    altered("something else", &|_, attested| attested.until = "2027-12-31T00:00:00Z".to_owned());
    altered("something else", &|_, attested| attested.proof.entry = 0);
}

#[test]
fn an_older_page_goes_on_in_the_log_it_was_in() {
    let mut house = House::open();
    check_agrees(&house.visit());
    for minutes in 1..5 {
        house.now = house.now.plus_seconds(minutes * 60);
        house.promises.iter_mut().for_each(|promise| promise.at = promise.at.plus_seconds(minutes * 60));
        house.round();
        house.publish();
        check_agrees(&house.visit());
    }
}

// --- the page against what was signed ---

#[test]
fn a_sentence_that_was_altered_after_signing_is_found() {
    let house = House::open();
    house.lie_in_html("strict headers", "the strictest headers");
    check(&house.visit(), Step::Shown, "the strictest headers");
}

#[test]
fn a_sentence_that_was_added_is_found() {
    let house = House::open();
    house.lie_in_html("</body>", "<article id=claim-x><b>Verified</b><code>X-1</code></article></body>");
    check(&house.visit(), Step::Shown, "nothing of that was signed");
    house.lie_in_html("</body>", "<p class='sentence'>And more.</p></body>");
    check(&house.visit(), Step::Shown, "part of no claim");
}

#[test]
fn a_failing_claim_that_is_left_out_of_the_page_is_found() {
    let mut house = House::open();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    house.publish();
    house.lie_in_html("<article id=\"claim-tpl-hdr-1\"", "<article id=\"other\"");
    check(&house.visit(), Step::Shown, "is left out of the page");
}

#[test]
fn a_failing_claim_that_is_left_out_of_what_was_signed_is_found_in_the_log() {
    let mut house = House::open();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    house.promises.retain(|promise| promise.id != "TPL-HDR-1");
    house.publish();
    check(&house.visit(), Step::Remembered, "FAIL is the last that the log says of it");
    // Taking it back in public is no lie.
    let event = Event::ClaimStateChanged { claim: "TPL-HDR-1".to_owned(), from: "FAIL".to_owned(), to: "WITHDRAWN".to_owned() };
    house.tell(event, house.now);
    house.publish();
    check_agrees(&house.visit());
}

#[test]
fn every_state_is_read_as_the_page_writes_it() {
    let house = House::open();
    let mut overview = house.overview();
    for signed in State::ALL {
        overview.claims[0].state = signed;
        let html = page::html(&overview, &page::Figures::default());
        let mut shown = overview.clone();
        if signed == State::SealedFail {
            shown.claims[0].sentence.clear();
        }
        assert_eq!(shown::check(&html, &shown).findings, [], "{signed}");
        let others = State::ALL.into_iter().filter(|other| *other != signed && *other != State::Pass);
        for other in others {
            shown.claims[0].state = other;
            assert_eq!(shown::check(&html, &shown).outcome, Outcome::Disagrees, "{signed} for {other}");
        }
    }
}

#[test]
fn a_state_that_was_swapped_on_the_page_is_found() {
    let mut house = House::open();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    house.publish();
    house.lie_in_html("<b>Failing</b>", "<b>Verified</b>");
    check(&house.visit(), Step::Shown, "FAIL was signed");
}

#[test]
fn a_script_on_the_page_leaves_it_open_what_a_reader_sees() {
    let house = House::open();
    house.lie_in_html("</body>", "<script src=/x.js></script></body>");
    let report = house.visit();
    assert_eq!((report.outcome, report.outcome.exit_code()), (Outcome::CouldNotLook, 2));
    assert_eq!(report.step(Step::Shown).unwrap().outcome, Outcome::CouldNotLook);
}

// --- signatures and keys ---

#[test]
fn an_overview_that_another_key_signed_is_found() {
    let (house, other) = (House::open(), House::open());
    let overview = house.overview();
    house.serve_log();
    house.show(&overview);
    let mut forged = other.sign(&about(&overview));
    forged.signatures[0].keyid = house.trail.verifier().to_string();
    house.put("/security.json", "application/json", &serde_json::to_vec(&forged).unwrap());
    check(&house.visit(), Step::Signed, "not that of the log's key");
}

#[test]
fn a_key_that_changed_since_the_last_visit_is_found() {
    let (house, mut other) = (House::open(), House::open());
    check_agrees(&house.visit());
    // The same address, with a log of its own under a key of its own.
    let options = house.options();
    other.promises.clear();
    let mut overview = other.overview();
    overview.url = house.url();
    house.show(&overview);
    house.put("/security.json", "application/json", &serde_json::to_vec(&other.sign(&about(&overview))).unwrap());
    let report = house.visit_with(&options);
    let signed = report.step(Step::Signed).unwrap();
    assert!(signed.findings.iter().any(|one| one.i_saw.starts_with("the key of the last visit is ")), "{signed:?}");
    assert_eq!(report.outcome.exit_code(), 1);
    // What was remembered is still the first key.
    house.publish();
    check_agrees(&house.visit());
}

#[test]
fn a_key_that_was_given_counts_and_no_other() {
    let (house, other) = (House::open(), House::open());
    let with = |key: String| house.visit_with(&Options { key: Some(key), state: None, ..house.options() });
    check_agrees(&with(house.trail.verifier().to_string()));
    let report = with(other.trail.verifier().to_string());
    assert_eq!(report.step(Step::Signed).unwrap().outcome, Outcome::Disagrees);
    assert_eq!(with("nonsense".to_owned()).outcome, Outcome::CouldNotLook);
}

#[test]
fn the_good_page_of_somebody_else_is_not_taken_for_this_one() {
    let house = House::open();
    let mut overview = house.overview();
    overview.url = "https://good.example/security".to_owned();
    house.serve_log();
    house.show(&overview);
    house.serve_signed(&overview);
    let report = house.visit();
    let signed = report.step(Step::Signed).unwrap();
    assert!(signed.findings.iter().any(|one| one.page_says.contains("good.example")), "{signed:?}");
}

#[test]
fn an_old_page_that_is_shown_again_is_found() {
    let mut house = House::open();
    house.now = house.now.plus_seconds(3 * 3600);
    check_several(&house.visit(), &[(Step::Signed, "an old page is shown again"), (Step::Proved, "STALE")]);
}

// --- evidence ---

#[test]
fn a_result_that_is_older_than_its_budget_is_stale_whatever_the_page_says() {
    let mut house = House::open();
    house.now = house.now.plus_seconds(2 * 3600);
    house.publish();
    check(&house.visit(), Step::Proved, "STALE: looked at 2026-11-25T10:32:00Z, 130 minutes ago, and it counts for 60");
}

#[test]
fn a_result_from_the_future_does_not_count() {
    let mut house = House::open();
    house.now = house.now.plus_seconds(-2 * 3600);
    house.publish();
    check(&house.visit(), Step::Proved, "which is yet to come");
}

#[test]
fn a_pass_whose_check_did_not_find_its_broken_twin_is_found() {
    let mut house = House::open();
    house.of("TIM-TLS-1").twin = "held";
    house.round();
    house.publish();
    check(&house.visit(), Step::Proved, "did not find its broken twin");
}

#[test]
fn a_pass_whose_check_found_it_broken_is_found() {
    let mut house = House::open();
    house.of("TIM-TLS-1").verdict = "broken";
    house.round();
    house.publish();
    check(&house.visit(), Step::Proved, "found it broken");
}

#[test]
fn a_pass_of_a_result_that_failed_is_found() {
    let mut house = House::open();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    let mut overview = house.overview();
    overview.claims.iter_mut().for_each(|claim| claim.state = State::Pass);
    house.serve_log();
    house.show(&overview);
    house.serve_signed(&overview);
    check(&house.visit(), Step::Proved, "PASS | FAIL by its evidence");
}

#[test]
fn evidence_that_another_key_signed_is_found() {
    let (house, other) = (House::open(), House::open());
    for path in house.paths_of("/security/evidence/") {
        house.lie(&path, |served| {
            let mut envelope: Envelope = serde_json::from_slice(&served.body).unwrap();
            let signed = envelope.signed().unwrap().0;
            envelope.signatures[0].sig = STANDARD.encode(other.trail.sign_envelope(&signed).unwrap());
            served.body = serde_json::to_vec(&envelope).unwrap();
        });
    }
    check(&house.visit(), Step::Proved, "signed evidence | its signature is not that of the log's key");
}

#[test]
fn evidence_that_is_served_under_the_digest_of_another_is_found() {
    let house = House::open();
    let [first, second, _] = house.paths_of("/security/evidence/").try_into().unwrap();
    let mut body = Vec::new();
    house.lie(&first, |served| body.clone_from(&served.body));
    house.lie(&second, |served| served.body = body);
    check(&house.visit(), Step::Proved, "what is served as it is");
}

#[test]
fn a_sentence_that_its_evidence_is_not_about_is_found() {
    let house = House::open();
    let mut overview = house.overview();
    let claim = &mut overview.claims[0];
    claim.sentence.push_str(" Ever.");
    claim.sentence_digest = crate::digest::sha256(claim.sentence.as_bytes());
    house.serve_log();
    house.show(&overview);
    house.serve_signed(&overview);
    let report = house.visit();
    let proved = report.step(Step::Proved).unwrap();
    assert!(proved.findings.iter().any(|one| one.i_saw.starts_with("the evidence is about")), "{proved:?}");
}

#[test]
fn a_result_that_is_not_in_the_log_is_found() {
    let house = House::open();
    let mut overview = house.overview();
    let proof = overview.claims[1].measured.as_ref().unwrap().proof.clone();
    overview.claims[0].measured.as_mut().unwrap().proof.proof = proof.proof;
    house.serve_log();
    house.show(&overview);
    house.serve_signed(&overview);
    check(&house.visit(), Step::Proved, "does not lead to the log's signed root");
}

#[test]
fn a_pass_that_nothing_stands_behind_is_found() {
    let house = House::open();
    let mut overview = house.overview();
    overview.claims[0].measured = None;
    house.serve_log();
    house.serve_signed(&overview);
    let report = house.visit();
    let proved = report.step(Step::Proved).unwrap();
    assert!(proved.findings.iter().any(|one| one.claim.as_deref() == Some("TIM-TLS-1")), "{proved:?}");
    assert_ne!(report.outcome, Outcome::Agrees);
}

#[test]
fn evidence_that_is_not_given_out_is_not_taken_for_good() {
    let house = House::open();
    house.forget(&house.path_of("/security/evidence/"));
    assert_eq!(house.visit().outcome, Outcome::CouldNotLook);
}

// --- the log ---

#[test]
fn a_log_that_was_rolled_back_is_found() {
    let mut house = House::open();
    let (kept, promises) = (house.keep(), house.promises.clone());
    house.round();
    house.publish();
    check_agrees(&house.visit());
    house.go_back(&kept);
    house.promises = promises;
    house.publish();
    check(&house.visit(), Step::Grew, "it was cut or rolled back");
}

#[test]
fn a_log_that_was_rewritten_is_found_at_this_visit_and_the_next() {
    let mut house = House::open();
    let kept = house.keep();
    house.round();
    house.publish();
    check_agrees(&house.visit());
    house.go_back(&kept);
    for _ in 0..4 {
        house.round();
    }
    house.publish();
    for _ in 0..2 {
        check(&house.visit(), Step::Grew, "it was rewritten");
    }
}

#[test]
fn a_checkpoint_that_the_tiles_do_not_give_is_found() {
    let house = House::open();
    house.lie(&house.path_of("/log/tile/0/"), |served| served.body[40] ^= 1);
    check(&house.visit(), Step::Grew, "the right edge is not what the log's signed root says");
}

#[test]
fn an_entry_that_was_changed_is_found() {
    let house = House::open();
    house.lie(&house.path_of("/log/tile/entries/"), |served| *served.body.last_mut().unwrap() ^= 1);
    check(&house.visit(), Step::Remembered, "is not what the log's signed root says");
}

#[test]
fn a_red_day_of_the_log_that_the_page_shows_green_is_found() {
    let mut house = House::open();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Pass, "held");
    house.round();
    house.publish();
    check(&house.visit(), Step::Remembered, "PASS on 2026-11-25 | FAIL in the log on that day");
}

#[test]
fn a_red_day_of_an_earlier_visit_is_not_forgotten() {
    let mut house = House::open();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    house.publish();
    check_agrees(&house.visit());
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Pass, "held");
    house.round();
    house.publish();
    check(&house.visit(), Step::Remembered, "PASS on 2026-11-25 | FAIL in the log on that day");
}

#[test]
fn a_green_day_that_the_log_has_no_result_of_is_found() {
    let house = House::open();
    let mut overview = house.overview();
    overview.claims[0].days[0].worst = Some(State::Pass);
    house.serve_log();
    house.show(&overview);
    house.serve_signed(&overview);
    let report = house.visit();
    let history = report.step(Step::Remembered).unwrap();
    assert!(history.findings.iter().any(|one| one.i_saw == "the log has no result of that day"), "{history:?}");
}

#[test]
fn a_newer_failure_in_the_log_than_the_page_shows_is_found() {
    let mut house = House::open();
    let shown = house.promises.clone();
    let promise = house.of("TPL-HDR-1");
    (promise.found, promise.verdict) = (State::Fail, "broken");
    house.round();
    house.promises = shown;
    house.publish();
    let report = house.visit();
    let history = report.step(Step::Remembered).unwrap();
    assert!(history.findings.iter().any(|one| one.i_saw.starts_with("FAIL in the log since")), "{history:?}");
}

#[test]
fn results_of_another_page_in_the_same_log_are_held_against_none() {
    let failed = |claim: &str| Event::EvidenceRecorded {
        claim: claim.to_owned(),
        state: State::Fail.to_string(),
        statement: "00".repeat(32),
    };
    for (house, others) in
        [(House::of_tenant(), ["TIM-TLS-1", "umbrella.OWN-BACKUP"]), (House::open(), ["acme.OWN-BACKUP", "umbrella.OWN-X"])]
    {
        for other in others {
            house.tell(failed(other), house.now.plus_seconds(-1_200));
        }
        house.publish();
        check_agrees(&house.visit());
        check_agrees(&house.visit());
    }
}

#[test]
fn a_tenants_page_answers_for_its_own_results() {
    let mut house = House::of_tenant();
    check_agrees(&house.visit());
    house.promises.retain(|promise| promise.id != "acme.OWN-LOCKOUT");
    house.publish();
    check(&house.visit(), Step::Remembered, "the log has results of it");
}

#[test]
fn a_claim_with_the_id_of_another_page_is_found() {
    let mut house = House::of_tenant();
    house.promise("umbrella.OWN-X", "It is so.");
    house.round();
    house.publish();
    check_several(&house.visit(), &[(Step::Signed, "one of another page"), (Step::Remembered, "no result of that day")]);
}

#[test]
fn a_sealed_failure_that_is_told_as_another_is_found() {
    let mut house = House::open();
    let statement = house.of("TPL-HDR-1").digest.clone();
    let payload = house.payload(&statement);
    let commitment = audit::Hash::of_leaf(&[[7; 32].as_slice(), &payload].concat()).to_string();
    let reveal = |salt: u8| Event::FailureRevealed {
        claim: "TPL-HDR-1".to_owned(),
        commitment: commitment.clone(),
        salt: STANDARD.encode([salt; 32]),
        statement: statement.clone(),
    };
    house.tell(reveal(7), house.now);
    house.publish();
    check_agrees(&house.visit());
    house.tell(reveal(8), house.now);
    house.publish();
    check(&house.visit(), Step::Remembered, "not what the commitment was made over");
}

#[test]
fn a_claim_without_words_needs_a_commitment_in_the_log() {
    let mut house = House::open();
    let sealed = Event::FailureSealed { claim: "TPL-HDR-1".to_owned(), commitment: "c".to_owned() };
    house.of("TPL-HDR-1").found = State::SealedFail;
    house.seal("TPL-HDR-1", &sealed);
    house.publish();
    check_agrees(&house.visit());
    house.of("TPL-HDR-1").commitment = Some((0, "c".to_owned()));
    house.publish();
    check(&house.visit(), Step::Proved, "that entry says something else");
}

// --- from outside ---

#[test]
fn an_answer_in_clear_is_found() {
    let mut house = House::with(Manners::AnswersInClear);
    house.promise("TIM-TLS-3", "Nothing is answered in clear.");
    house.round();
    house.publish();
    check(&house.visit_with_probes(), Step::PlainText, "plain HTTP was answered: status 200");
}

#[test]
fn old_tls_that_is_accepted_is_found() {
    let house = House::with(Manners::SpeaksOldTls);
    check(&house.visit_with_probes(), Step::OldTls, "TLS 1.2 was accepted");
}

#[test]
fn old_tls_that_the_page_says_is_accepted_is_no_lie() {
    let mut house = House::with(Manners::SpeaksOldTls);
    house.of("TIM-TLS-1").sentence = "Each listener speaks TLS 1.2 and TLS 1.3 only.".to_owned();
    house.round();
    house.publish();
    check_agrees(&house.visit_with_probes());
}

#[test]
fn a_header_that_is_missing_is_found_beside_what_the_page_says() {
    let house = House::open();
    house.lie("/security", |served| drop(served.headers.remove("content-security-policy")));
    let report = house.visit_with_probes();
    check(&report, Step::Headers, "the page lacks: a Content-Security-Policy");
    let finding = &report.step(Step::Headers).unwrap().findings[0];
    assert_eq!(finding.page_says, "PASS: “Each page has strict headers.”");
}

#[test]
fn a_route_that_answers_without_a_key_is_found() {
    let house = House::open();
    house.put("/v1/tenants", "application/json", b"[]");
    check(&house.visit_with_probes(), Step::Routes, "GET /v1/tenants without a key: status 200");
}

#[test]
fn what_the_page_does_not_claim_contradicts_nothing() {
    let house = House::open();
    house.forget("/.well-known/security.txt");
    let report = house.visit_with_probes();
    check_agrees(&report);
    assert!(!report.step(Step::SecurityTxt).unwrap().findings.is_empty());
}

#[test]
fn a_claim_about_security_txt_is_held_against_it() {
    let mut house = House::open();
    house.promise("TPL-SECTXT-1", "There is a security.txt.");
    house.round();
    house.publish();
    check_agrees(&house.visit_with_probes());
    house.forget("/.well-known/security.txt");
    check(&house.visit_with_probes(), Step::SecurityTxt, "status 404");
}

#[test]
fn whoever_is_not_there_or_not_trusted_cannot_be_looked_at() {
    let (house, other) = (House::open(), House::open());
    let stranger = Options { ca_file: other.options().ca_file, ..house.options() };
    let nobody = Options { url: "https://localhost:1/security".to_owned(), ..house.options() };
    let clear = Options { url: house.url().replace("https", "http"), ..house.options() };
    for options in [stranger, nobody, clear] {
        let report = house.visit_with(&options);
        assert_eq!(report.outcome.exit_code(), 2, "{report:?}");
        assert_eq!(report.steps.len(), 1);
    }
}

#[test]
fn a_memory_that_was_damaged_is_not_taken_for_a_first_visit() {
    let house = House::open();
    check_agrees(&house.visit());
    let state = house.options().state.unwrap();
    let file = std::fs::read_dir(&state).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "{").unwrap();
    assert_eq!(house.visit().outcome, Outcome::CouldNotLook);
}
