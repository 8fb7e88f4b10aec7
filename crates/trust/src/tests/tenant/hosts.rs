//! Hosts are looked at once they are shown, and for as long.

use super::*;
use crate::tenant::{PagesError, Showed};

const APP: &str = "app.acme.com";

fn probe(kinds: &str) -> String {
    let bound = format!(r#"{{"kind": "probe", "host": "{APP}", "kinds": [{kinds}]}}"#);
    written("OWN-EDGE", "The edge", "TLS below 1.2 is refused.", &bound)
}

impl Street {
    /// The host has the token in its DNS.
    fn show_by_dns(&self) {
        let challenge = self.pages.challenge(&self.permit(), &host(APP)).unwrap();
        self.net.texts.lock().insert(challenge.record, vec!["v=spf1 -all".to_owned(), challenge.token]);
        assert_eq!(self.shows(&host(APP)).unwrap(), Showed::Shown);
    }

    fn probing(kinds: &str) -> Self {
        let street = Self::new();
        street.show_by_dns();
        street.say(&probe(kinds));
        street.pages.tick().unwrap();
        street
    }
}

#[test]
fn a_host_that_is_not_shown_is_not_looked_at() {
    let street = Street::new();
    let draft = Draft::read(probe(r#""tls""#).as_bytes()).unwrap();
    street.pages.write(&street.permit(), &draft).unwrap();
    let publish = || street.pages.publish(&street.permit(), draft.id());
    assert!(matches!(publish(), Err(PagesError::HostNotShown(_))));
    street.pages.challenge(&street.permit(), &host(APP)).unwrap();
    assert_eq!(street.shows(&host(APP)).unwrap(), Showed::NotShown);
    assert!(matches!(publish(), Err(PagesError::HostNotShown(_))));
    street.pages.tick().unwrap();
    assert!(!street.net.probed.load(Ordering::SeqCst));
    street.show_by_dns();
    publish().unwrap();
}

#[test]
fn a_file_at_the_host_shows_it_too_and_no_more_than_the_token() {
    let street = Street::new();
    let challenge = street.pages.challenge(&street.permit(), &host(APP)).unwrap();
    assert_eq!(challenge.url, "https://app.acme.com/.well-known/blockhouse-challenge");
    assert_eq!(challenge.record, "_blockhouse-challenge.app.acme.com");
    let put = |text: String| {
        street.net.files.lock().insert(challenge.url.clone(), text.into_bytes());
        street.shows(&host(APP)).unwrap()
    };
    assert_eq!(put(format!("<html>{}</html>", challenge.token)), Showed::NotShown);
    assert_eq!(put(format!("{}\n", challenge.token)), Showed::Shown);
}

#[test]
fn the_token_of_another_tenant_or_host_does_not_count() {
    let street = Street::new();
    let other = TenantId::generate(&SystemEntropy);
    let own = street.pages.challenge(&street.permit(), &host(APP)).unwrap();
    for token in [
        street.pages.challenge(&street.permit_of(other), &host(APP)).unwrap().token,
        street.pages.challenge(&street.permit(), &host("acme.com")).unwrap().token,
    ] {
        street.net.texts.lock().insert(own.record.clone(), vec![token]);
        assert_eq!(street.shows(&host(APP)).unwrap(), Showed::NotShown);
    }
    assert_eq!(street.pages.challenge(&street.permit(), &host(APP)).unwrap(), own);
}

#[test]
fn a_host_that_agrees_to_old_tls_fails() {
    let street = Street::probing(r#""tls""#);
    assert_eq!(street.state("OWN-EDGE"), Some(State::Pass));
    street.net.old_versions.lock().push("1.1");
    street.pass(HOUR);
    let claim = street.shown("OWN-EDGE").unwrap();
    assert_eq!(claim.state, State::Fail);
    assert_eq!(claim.measured.unwrap().checks[0].look.summary, "a TLS version below 1.2 is agreed to");
}

#[test]
fn one_fault_outweighs_what_could_not_be_looked_at() {
    assert_eq!(Street::probing(r#""tls", "headers""#).state("OWN-EDGE"), Some(State::Unknown));
    assert_eq!(Street::probing(r#""headers", "security-txt""#).state("OWN-EDGE"), Some(State::Fail));
}

#[test]
fn a_shown_host_is_asked_again_each_day() {
    let street = Street::probing(r#""tls""#);
    for _ in 0..30 {
        street.pass(HOUR);
        assert_eq!(street.state("OWN-EDGE"), Some(State::Pass));
    }
    street.net.texts.lock().clear();
    for _ in 0..24 {
        street.pass(HOUR);
    }
    assert_eq!(street.state("OWN-EDGE"), Some(State::Unknown));
}

#[test]
fn a_host_that_was_asked_and_shows_nothing_is_not_looked_at_from_then_on() {
    let street = Street::probing(r#""tls""#);
    street.net.texts.lock().clear();
    assert_eq!(street.shows(&host(APP)).unwrap(), Showed::NotShown);
    street.net.probed.store(false, Ordering::SeqCst);
    street.pass(HOUR);
    assert_eq!((street.state("OWN-EDGE"), street.net.probed.load(Ordering::SeqCst)), (Some(State::Unknown), false));
}

#[test]
fn a_host_that_cannot_be_asked_counts_until_its_day_is_over() {
    let street = Street::probing(r#""tls""#);
    street.net.is_down.store(true, Ordering::SeqCst);
    assert_eq!(street.shows(&host(APP)).unwrap(), Showed::NotAsked);
    for _ in 0..23 {
        street.pass(HOUR);
    }
    assert_eq!(street.state("OWN-EDGE"), Some(State::Pass));
    street.pass(HOUR);
    street.pass(HOUR);
    assert_eq!(street.state("OWN-EDGE"), Some(State::Unknown));
    street.net.is_down.store(false, Ordering::SeqCst);
    assert_eq!(street.shows(&host(APP)).unwrap(), Showed::Shown);
    street.pass(HOUR);
    assert_eq!(street.state("OWN-EDGE"), Some(State::Pass));
}

#[test]
fn a_host_that_is_forgotten_or_shown_by_another_tenant_is_not_known() {
    let street = Street::probing(r#""tls""#);
    let other = TenantId::generate(&SystemEntropy);
    street.pages.challenge(&street.permit_of(other), &host(APP)).unwrap();
    assert!(!street.pages.hosts(other).unwrap()[0].is_shown);
    street.pages.forget_host(&street.permit(), &host(APP)).unwrap();
    street.pass(HOUR);
    assert_eq!(street.state("OWN-EDGE"), Some(State::Unknown));
}

#[test]
fn names_of_the_operators_networks_and_too_many_are_refused() {
    let street = Street::new();
    let ask = |name: &str| street.pages.challenge(&street.permit(), &host(name));
    assert!(matches!(ask("db.internal"), Err(PagesError::Host(_))));
    (0..16).for_each(|number| drop(ask(&format!("h{number}.acme.com")).unwrap()));
    assert!(matches!(ask("h16.acme.com"), Err(PagesError::TooManyHosts)));
    assert!(ask("h3.acme.com").is_ok());
}
