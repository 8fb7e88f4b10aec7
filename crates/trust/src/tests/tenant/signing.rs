//! What people of a tenant sign for its own page.

use audit::{Actor, Deed, Log};
use identity::{AttestOverview, Client, FirstOwner, Permit};
use model::Email;

use super::super::attesting::{Person, web};
use super::*;
use crate::tenant::Unpublished;
use crate::{AttestationError, Board, Proposal};

const ID: &str = "OWN-DRILL";

/// A street whose page is that of a tenant with an owner, who says that people practise.
struct Owned {
    street: Street,
    owner: Person,
}

impl Owned {
    fn new() -> Self {
        let mut street = Street::new();
        let (identity, name) = (&street.house.log.identity, |text| DisplayName::parse(text).unwrap());
        let token = identity.create_setup_token(&Deed::by(Actor::Shell, NOW)).unwrap();
        let owner = FirstOwner { email: Email::parse("eve@umbrella.example").unwrap(), name: name("Eve") };
        let (names, client) = ((&name("umbrella"), &name("api")), Client::default());
        let (made, opened) =
            identity.complete_setup(token.reveal(), names, Some((&owner, &client)), &web(&street.house)).unwrap();
        street.tenant = made.scope().tenant;
        street.pages.found(&street.permit(), &slug("umbrella"), &name("Umbrella")).unwrap();
        let owner = Person::of(&street.house, &opened.unwrap(), "head of drills");
        let owned = Self { street, owner };
        owned.says("People practise twice a year.");
        owned
    }

    fn says(&self, sentence: &str) {
        let attested = r#"{"kind": "attested", "maxDays": 90}"#;
        self.street.say(&written_as("organisational", ID, "Drills", sentence, attested));
    }

    fn board(&self) -> Arc<Board> {
        self.street.pages.board(self.street.tenant).unwrap().unwrap()
    }

    fn permit(&self) -> Permit<AttestOverview> {
        let (identity, credential) = (&self.street.house.log.identity, self.owner.credential());
        identity.authorize_tenant(Some(&credential), self.street.tenant, &web(&self.street.house)).unwrap()
    }

    fn signs(&mut self) {
        let (board, permit) = (self.board(), self.permit());
        let id =
            board.propose(&Proposal { claim: format!("umbrella.{ID}"), days: None, document: None }, permit.deed()).unwrap().id;
        let signed = self.owner.signature_with(&self.street.house, &permit, &board.words(&id).unwrap());
        board.sign(&id, signed).unwrap();
    }

    fn state(&self) -> Option<State> {
        let page = self.street.pages.page("umbrella").unwrap()?.overview().unwrap();
        let claim = page.overview.claims.iter().find(|claim| claim.id == format!("umbrella.{ID}"));
        claim.map(|claim| claim.state)
    }

    fn trail(&self) -> Vec<String> {
        let identity = &self.street.house.log.identity;
        let all = identity.audit_follow(Log::Tenant(self.street.tenant), None, 10_000).unwrap();
        all.into_iter().map(|recorded| recorded.entry.event.name()).collect()
    }
}

#[test]
fn what_a_tenants_person_signs_stands_on_its_page_and_is_in_its_trail() {
    let mut owned = Owned::new();
    assert_eq!(owned.state(), None);
    owned.signs();
    assert_eq!(owned.state(), Some(State::Pass));
    let own = owned.street.pages.claims(owned.street.tenant).unwrap();
    assert_eq!(own[0].state, Some(State::Pass));
    assert!(owned.trail().ends_with(&["attestation_signed".to_owned(), "claim_attested".to_owned()]), "{:?}", owned.trail());
    owned.street.pass(90 * DAY);
    assert_eq!(owned.state(), Some(State::Expired));
    assert_eq!(owned.trail().last().unwrap(), "attestation_expired");
}

#[test]
fn other_words_under_the_same_id_have_nobodys_signature() {
    let mut owned = Owned::new();
    owned.signs();
    owned.says("People practise four times a year.");
    assert_eq!(owned.state(), None);
}

#[test]
fn a_signed_claim_that_leaves_the_page_does_not_come_back_with_the_old_signature() {
    let mut owned = Owned::new();
    owned.signs();
    let before = owned.board();
    assert!(matches!(owned.street.pages.unpublish(&owned.street.permit(), ID).unwrap(), Unpublished::Removed));
    assert_eq!(owned.state(), None);
    assert!(owned.trail().contains(&"attestation_withdrawn".to_owned()));
    owned.says("People practise twice a year.");
    assert_ne!(owned.state(), Some(State::Pass));
    let late = before.withdraw(&format!("umbrella.{ID}"), "once more", owned.permit().deed());
    assert!(matches!(late, Err(AttestationError::NothingSigned(_))), "also for whoever holds the board from before");
}
