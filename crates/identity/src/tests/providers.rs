//! Sessions that came from a tenant's provider: what they cannot do, and that none outlives its provider.

use audit::Event;
use model::ProviderId;
use policy::BuiltInRole;

use super::people::*;
use super::*;
use crate::permit::{ManageSignIn, ViewTenant};
use crate::sessions::{OfProvider, Opening};
use crate::{AccountError, Client, Method, Notice, Permit, Provider, ProviderSpec, Stage};

fn spec(issuer: &str) -> ProviderSpec {
    ProviderSpec {
        name: name("Okta"),
        issuer: issuer.to_owned(),
        client_id: "blockhouse".to_owned(),
        client_secret: None,
        scopes: Vec::new(),
        domains: Vec::new(),
        hosted_domains: Vec::new(),
        gives_addresses: false,
        groups_claim: String::new(),
        group_roles: Vec::new(),
        default_roles: Vec::new(),
        creates_accounts: false,
        counts_as_second_factor: true,
        authority: None,
        private_address: false,
    }
}

fn manages(town: &Town) -> Permit<ManageSignIn> {
    town.ada.asks(&town.identity, town.tenant(), NOW).unwrap()
}

fn provider(town: &Town) -> Provider {
    town.identity.add_provider(&manages(town), &spec("https://acme.okta.example")).unwrap()
}

/// The same person in a session that this provider vouched for.
fn through(town: &Town, provider: ProviderId, someone: &Someone) -> Someone {
    let opening = Opening {
        stage: Stage::SignedIn,
        methods: vec![Method::SingleSignOn],
        second_factor: true,
        proved_at: None,
        of_provider: Some(OfProvider { provider: provider.to_string(), subject: "bob".to_owned(), sid: None }),
    };
    let opened = town.identity.catalog.write(|tx| {
        let account = town.identity.account(tx, someone.id)?;
        town.identity.open_session(tx, &account, (opening, &Client::default()), &web(NOW))
    });
    let opened = opened.unwrap();
    Someone { token: opened.token.reveal().to_owned(), ..Someone::of(someone.email.as_str(), &opened) }
}

fn views(town: &Town, who: &Someone) -> &'static str {
    said(&who.asks::<ViewTenant>(&town.identity, town.tenant(), NOW))
}

#[test]
fn a_session_ends_with_its_provider_and_its_person_is_told() {
    let town = Town::new();
    let bob = town.joins("bob@acme.example", &everywhere(BuiltInRole::Admin));
    let (first, second) = (provider(&town), provider(&town));
    let (gone, kept) = (through(&town, first.id, &bob), through(&town, second.id, &bob));
    assert_eq!((views(&town, &gone), views(&town, &kept)), ("ok", "ok"));
    let ended = gone.signed_in(&town.identity, NOW).session().id.to_string();
    town.identity.remove_provider(&manages(&town), first.id).unwrap();
    assert_eq!((views(&town, &gone), views(&town, &kept), views(&town, &bob)), ("session_ended", "ok", "ok"));
    let told: Vec<Event> = town.told().into_iter().map(|(event, _)| event).rev().take(2).collect();
    let session_ended = Event::SessionEnded { session: ended, user: bob.id.to_string() };
    assert_eq!(told, [Event::ProviderRemoved { provider: first.id.to_string() }, session_ended]);
    let notice = Notice::ProviderEnded { tenant: town.tenant().to_string(), name: "Okta".to_owned() };
    assert_eq!(town.notices(&bob, NOW), [notice]);
    assert!(town.notices(&town.ada, NOW).is_empty(), "nobody else is");
}

#[test]
fn a_session_of_another_issuer_s_subject_ends_and_one_of_the_same_goes_on() {
    let town = Town::new();
    let bob = town.joins("bob@acme.example", &everywhere(MEMBER));
    let provider = provider(&town);
    let session = through(&town, provider.id, &bob);
    let renamed = ProviderSpec { name: name("Our Okta"), ..spec("https://acme.okta.example") };
    town.identity.change_provider(&manages(&town), provider.id, &renamed).unwrap();
    assert_eq!(views(&town, &session), "ok");
    town.identity.change_provider(&manages(&town), provider.id, &spec("https://elsewhere.example")).unwrap();
    assert_eq!(views(&town, &session), "session_ended");
}

#[test]
fn a_provider_s_session_changes_nothing_of_the_account_and_ends_no_other_session() {
    let mut town = Town::new();
    let provider = provider(&town);
    town.ada.adds_passkey(&town.identity, NOW);
    let before = town.told().len();
    let through = through(&town, provider.id, &town.ada);
    let who = through.signed_in(&town.identity, NOW);
    let own = town.ada.signed_in(&town.identity, NOW).session().id;
    let passkey = town.identity.passkeys(&who).unwrap()[0].id;
    let identity = &town.identity;
    let refused = [
        identity.rename(&who, &name("Eve")),
        identity.end_session(&who, own),
        identity.end_other_sessions(&who).map(drop),
        identity.rename_passkey(&who, passkey, &name("eve's")),
    ];
    for answer in refused {
        let Err(AccountError::Refused(refused)) = answer else { panic!("{answer:?}") };
        assert_eq!(refused.code(), "session_of_provider");
    }
    let ada = town.ada.signed_in(identity, NOW);
    assert_eq!((ada.user().name.as_str(), town.told().len()), ("Ada", before));
    identity.end_session(&who, who.session().id).unwrap();
    assert_eq!(views(&town, &through), "session_ended", "its own it may end");
}
