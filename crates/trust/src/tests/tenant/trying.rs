//! What a tenant does by hand: one look at a draft, told first and to nobody else.

use audit::{Filter, Log, Paging};
use model::Verdict;

use super::*;

const ID: &str = "OWN-BACKUP";

impl Street {
    /// With a draft that nobody sees.
    fn drafting() -> Self {
        let street = Self::new();
        let draft = Draft::read(street.backups(3).as_bytes()).unwrap();
        street.pages.write(&street.permit(), &draft).unwrap();
        street
    }

    fn changes(&self) -> Vec<Event> {
        let paging = Paging { before: None, limit: 100 };
        let log = Log::Tenant(self.tenant);
        let mut entries = self.house.log.identity.audit_entries(log, &Filter::default(), paging).unwrap().entries;
        entries.reverse();
        entries.into_iter().map(|recorded| recorded.entry.event).collect()
    }
}

#[test]
fn a_draft_is_looked_at_once_for_its_tenant_alone() {
    let street = Street::drafting();
    street.log(QUERY, None, 10 * MINUTE, 2);
    let tried = street.pages.try_once(&street.permit(), ID).unwrap();
    assert_eq!((tried.look.verdict, tried.twin), (Verdict::Broken, Verdict::Broken));
    assert_eq!(tried.look.counts[0].counted, 2);
    assert!(street.pages.page("acme").unwrap().is_none());
}

#[test]
fn a_tenant_tries_one_thing_at_a_time() {
    let street = Street::drafting();
    street.pages.try_once(&street.permit(), ID).unwrap();
    assert!(matches!(street.pages.try_once(&street.permit(), ID), Err(PagesError::TooSoon)));
    street.house.pass(OWN_TRY_SECONDS_MIN);
    street.pages.try_once(&street.permit(), ID).unwrap();
}

#[test]
fn there_is_nothing_to_try_of_what_a_person_signs_or_of_nothing() {
    let street = Street::new();
    let word = written_as("organisational", ID, "Drills", "People practise.", r#"{"kind": "attested", "maxDays": 90}"#);
    street.pages.write(&street.permit(), &Draft::read(word.as_bytes()).unwrap()).unwrap();
    assert!(matches!(street.pages.try_once(&street.permit(), ID), Err(PagesError::NothingToLookAt)));
    assert!(matches!(street.pages.try_once(&street.permit(), "OWN-NONE"), Err(PagesError::NoClaim(_))));
}

#[test]
fn each_change_is_in_the_tenants_trail_and_what_was_refused_is_not() {
    let street = Street::new();
    let app = host("app.acme.com");
    let draft = Draft::read(street.backups(3).as_bytes()).unwrap();
    let permit = || street.permit();
    street.pages.write(&permit(), &draft).unwrap();
    street.pages.publish(&permit(), ID).unwrap();
    assert!(street.pages.discard(&permit(), ID).is_err());
    street.pages.unpublish(&permit(), ID).unwrap();
    street.pages.discard(&permit(), ID).unwrap();
    street.pages.challenge(&permit(), &app).unwrap();
    street.shows(&app).unwrap();
    street.pages.forget_host(&permit(), &app).unwrap();
    assert!(street.pages.forget_host(&permit(), &app).is_err());
    let (claim, host) = (|| ID.to_owned(), || app.to_string());
    let told = [
        Event::OwnPageFounded { page: "acme".to_owned() },
        Event::OwnClaimWritten { claim: claim() },
        Event::OwnClaimPublished { claim: claim() },
        Event::OwnClaimTakenBack { claim: claim() },
        Event::OwnClaimDiscarded { claim: claim() },
        Event::OwnHostAdded { host: host() },
        Event::OwnHostAsked { host: host() },
        Event::OwnHostRemoved { host: host() },
    ];
    assert_eq!(street.changes(), told);
}

#[test]
fn what_cannot_be_told_is_not_done() {
    let street = Street::drafting();
    let db = rusqlite::Connection::open(street.house.folder.path().join("identity.sqlite")).unwrap();
    db.execute_batch("CREATE TRIGGER full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'full'); END").unwrap();
    assert!(matches!(street.pages.publish(&street.permit(), ID), Err(PagesError::Trail(_))));
    assert!(street.pages.claims(street.tenant).unwrap()[0].published.is_none());
}
