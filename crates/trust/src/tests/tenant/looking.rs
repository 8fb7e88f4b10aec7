//! What is looked at in logs, what is said of it, and what is not.

use super::*;
use crate::tenant::PagesError;

#[test]
fn enough_records_pass_and_too_few_fail() {
    let street = Street::saying(|street| street.backups(2));
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Fail));
    street.log(QUERY, None, 2 * HOUR, 2);
    street.pass(HOUR);
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Pass));
    street.pass(DAY);
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Fail));
}

#[test]
fn a_record_that_may_have_company_underway_is_left_to_the_next_look() {
    let street = Street::new();
    street.log(QUERY, None, 30, 1);
    street.say(&street.backups(1));
    street.pages.tick().unwrap();
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Fail));
    street.pass(HOUR);
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Pass));
}

#[test]
fn too_many_records_fail_and_a_silent_source_shows_nothing() {
    let street = Street::saying(|street| street.evidence(r#""atMost": 1"#));
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Unknown));
    street.logs.is_busy.store(true, Ordering::SeqCst);
    street.pass(HOUR);
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Pass));
    street.log(QUERY, None, HOUR, 2);
    street.pass(HOUR);
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Fail));
}

#[test]
fn logs_that_cannot_be_asked_show_nothing() {
    let street = Street::new();
    street.logs.is_down.store(true, Ordering::SeqCst);
    street.log(QUERY, None, HOUR, 9);
    street.say(&street.backups(1));
    street.pages.tick().unwrap();
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Unknown));
}

#[test]
fn records_of_another_tenant_do_not_count() {
    let street = Street::new();
    let other = TenantId::generate(&SystemEntropy);
    street.pages.found(&street.permit_of(other), &slug("other"), &DisplayName::parse("Other").unwrap()).unwrap();
    street.log(QUERY, None, HOUR, 9);
    let draft = Draft::read(street.backups(1).as_bytes()).unwrap();
    street.pages.write(&street.permit_of(other), &draft).unwrap();
    street.pages.publish(&street.permit_of(other), draft.id()).unwrap();
    street.pages.tick().unwrap();
    let page = street.pages.page("other").unwrap().unwrap().overview().unwrap();
    assert_eq!(page.overview.claims.iter().map(|claim| claim.state).collect::<Vec<_>>(), [State::Fail]);
}

#[test]
fn the_page_and_the_log_name_the_page_and_neither_tenant_nor_source_nor_query() {
    let street = Street::saying(|street| street.backups(1));
    let page = street.pages.page("acme").unwrap().unwrap().overview().unwrap();
    assert_eq!(page.overview.url, "https://logs.test/security/t/acme");
    assert_eq!(page.overview.publisher, "Acme");
    let told: Vec<Event> = street.house.events();
    let is_told = |event: &Event| matches!(event, Event::EvidenceRecorded { claim, state, .. } if claim == "acme.OWN-BACKUP" && state == "FAIL");
    assert!(told.iter().any(is_told), "{told:?}");
    let public = format!("{:?} {}", told, serde_json::to_string(&page.overview).unwrap());
    let statement = &page.overview.claims[0].measured.as_ref().unwrap().statement;
    let evidence = street.pages.page("acme").unwrap().unwrap().evidence(statement).unwrap().unwrap();
    let public = public + &String::from_utf8(evidence.payload().unwrap()).unwrap();
    for private in [street.tenant.to_string(), street.source.to_string(), QUERY.to_owned(), "secretfield".to_owned()] {
        assert!(!public.contains(&private), "{private}");
    }
}

#[test]
fn evidence_is_for_one_measurement_whatever_the_words() {
    let street = Street::new();
    street.log(QUERY, None, HOUR, 1);
    street.say(&street.backups(1));
    street.pages.tick().unwrap();
    let before = street.shown("OWN-BACKUP").unwrap();
    assert_eq!(before.state, State::Pass);
    street.say(&street.backups(1).replace(QUERY, "event:something-else"));
    // Not even before the new measurement was looked at.
    let after = street.shown("OWN-BACKUP").unwrap();
    assert_eq!(after.state, State::Unknown);
    assert_ne!(after.sentence, before.sentence);
    street.pages.tick().unwrap();
    assert_eq!(street.state("OWN-BACKUP"), Some(State::Fail));
}

#[test]
fn the_page_says_what_is_measured_and_that_the_logs_are_the_owners() {
    let claim = Street::saying(|street| street.backups(3)).shown("OWN-BACKUP").unwrap();
    assert!(claim.sentence.starts_with("A backup is finished once a day. Measured: at least 3 "), "{}", claim.sentence);
    assert!(claim.sentence.contains("1440 minutes"), "{}", claim.sentence);
    assert!(claim.limits.contains("whoever writes them"), "{}", claim.limits);
    assert!(claim.falsifier.contains("at least 3"), "{}", claim.falsifier);
}

#[test]
fn a_word_that_nobody_signed_is_not_shown_as_true() {
    let street = Street::new();
    let attested = r#"{"kind": "attested", "maxDays": 90}"#;
    street.say(&written_as("organisational", "OWN-DRILL", "Drills", "People practise twice a year.", attested));
    street.pages.tick().unwrap();
    assert_eq!(street.state("OWN-DRILL"), None);
    let page = street.pages.page("acme").unwrap().unwrap().overview().unwrap();
    assert_eq!(page.overview.not_claimed.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["acme.OWN-DRILL"]);
}

#[test]
fn drafts_are_seen_by_nobody_and_claims_have_a_bound() {
    let street = Street::new();
    for number in 0..24 {
        let draft = street.backups(1).replace("OWN-BACKUP", &format!("OWN-{number}"));
        street.pages.write(&street.permit(), &Draft::read(draft.as_bytes()).unwrap()).unwrap();
    }
    let draft = Draft::read(street.backups(1).as_bytes()).unwrap();
    assert!(matches!(street.pages.write(&street.permit(), &draft), Err(PagesError::TooManyClaims)));
    assert!(street.pages.page("acme").unwrap().is_none());
    street.pages.discard(&street.permit(), "OWN-3").unwrap();
    street.pages.write(&street.permit(), &draft).unwrap();
    assert_eq!(street.pages.claims(street.tenant).unwrap().len(), 24);
}

#[test]
fn a_name_is_given_once_and_for_ever() {
    let street = Street::new();
    let name = DisplayName::parse("Acme").unwrap();
    let other = TenantId::generate(&SystemEntropy);
    assert!(matches!(street.pages.found(&street.permit_of(other), &slug("acme"), &name), Err(PagesError::NameTaken)));
    assert!(matches!(street.pages.found(&street.permit(), &slug("acme-2"), &name), Err(PagesError::HasPage)));
    assert!(street.pages.page("nobody").unwrap().is_none());
    assert!(street.pages.page("../acme").unwrap().is_none());
}

#[test]
fn each_page_has_its_turn() {
    let street = Street::new();
    let name = DisplayName::parse("Page").unwrap();
    let draft = Draft::read(street.backups(1).as_bytes()).unwrap();
    for number in 0..9 {
        let tenant = TenantId::generate(&SystemEntropy);
        street.pages.found(&street.permit_of(tenant), &slug(&format!("page-{number}")), &name).unwrap();
        street.pages.write(&street.permit_of(tenant), &draft).unwrap();
        street.pages.publish(&street.permit_of(tenant), draft.id()).unwrap();
    }
    let checks: usize = (0..3).map(|_| street.pages.tick().unwrap().checks).sum();
    assert_eq!(checks, 9);
    assert_eq!(street.pages.tick().unwrap().checks, 0);
}

#[test]
fn what_a_tenant_wrote_is_in_no_file_in_clear_and_opens_for_no_other() {
    let street = Street::saying(|street| street.backups(1));
    street.pages.challenge(&street.permit(), &host("hidden.acme.com")).unwrap();
    let files = std::fs::read_dir(street.house.folder.path().join("pages")).unwrap();
    let bytes: Vec<u8> = files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    for text in ["secretfield", "hidden.acme.com", "Of one region. What is"] {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text}");
    }
    let db = rusqlite::Connection::open(street.house.folder.path().join("pages/pages.sqlite")).unwrap();
    let other = TenantId::generate(&SystemEntropy);
    db.execute("UPDATE own_claims SET tenant = ?1", [other.to_string()]).unwrap();
    assert!(matches!(street.pages.claims(other), Err(PagesError::Store(_))));
}

#[test]
fn a_damaged_page_stops_no_other() {
    let street = Street::new();
    let other = TenantId::generate(&SystemEntropy);
    street.pages.found(&street.permit_of(other), &slug("other"), &DisplayName::parse("Other").unwrap()).unwrap();
    street.say(&street.backups(1));
    let db = rusqlite::Connection::open(street.house.folder.path().join("pages/pages.sqlite")).unwrap();
    db.execute("UPDATE pages SET body = x'00' WHERE slug = 'other'", []).unwrap();
    let tick = street.pages.tick().unwrap();
    assert_eq!((tick.checks, tick.failed.len()), (1, 1));
    assert_eq!(tick.failed[0].0, other);
}
