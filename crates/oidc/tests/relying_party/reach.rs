//! What a provider is asked, and what its answers may not do.

use std::sync::Arc;

use model::ProviderId;
use oidc::{Addresses, DiscoverError, Provider, ProviderConfig, Providers, Recency};
use serde_json::json;

use crate::crooked::{Certificate, Crooked, DOCUMENT, ELSEWHERE, Fault, KEYS, TOKEN, USER_INFO};
use crate::forge::Signer;
use crate::{NOW, Scene, SystemEntropy, at, code, config, now};

/// Discovers a crooked provider that says something else of itself, or does something else.
async fn check(change: impl FnOnce(&Crooked, &mut ProviderConfig), expected: &str) {
    let crooked = Crooked::open().await;
    let mut config = config(crooked.issuer(), crooked.authority());
    change(&crooked, &mut config);
    let result = Provider::discover(config.clone(), now()).await;
    assert_eq!(result.as_ref().err().map_or("", DiscoverError::code), expected, "{result:?} {config:?}");
    assert!(crooked.seen(ELSEWHERE).is_empty());
}

#[tokio::test]
async fn a_provider_is_who_it_was_said_to_be() {
    check(|_, _| (), "").await;
    check(|crooked, _| crooked.says("issuer", json!("https://evil.example")), "sso_issuer_mismatch").await;
    check(|crooked, _| crooked.says("issuer", json!(format!("{}/", crooked.issuer()))), "sso_issuer_mismatch").await;
    check(|crooked, config| config.issuer = format!("{}/", crooked.issuer()), "sso_issuer_mismatch").await;
    check(|crooked, _| crooked.says("issuer", json!(null)), "sso_provider_answer").await;
}

#[tokio::test]
async fn nothing_is_asked_in_plaintext() {
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint"] {
        check(|crooked, _| crooked.says(name, json!("http://localhost/x")), "sso_provider_plaintext").await;
        check(|crooked, _| crooked.says(name, json!("file:///etc/passwd")), "sso_provider_plaintext").await;
    }
    for issuer in [
        "http://localhost:1",
        "localhost",
        "",
        "https://",
        "https://user@localhost:1",
        "https://localhost:1/?a=b",
        "https://localhost:1/#a",
    ] {
        check(|_, config| config.issuer = issuer.to_owned(), "sso_config").await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        check(|crooked, _| crooked.spoils(DOCUMENT, Fault::Redirect(status)), "sso_provider_redirect").await;
        check(|crooked, _| crooked.spoils(KEYS, Fault::Redirect(status)), "sso_provider_redirect").await;
    }
    check_sign_in(TOKEN, Fault::Redirect(307), "sso_provider_redirect").await;
    check_sign_in(USER_INFO, Fault::Redirect(302), "sso_provider_redirect").await;
}

#[tokio::test]
async fn a_huge_answer_is_not_taken() {
    check(|crooked, _| crooked.spoils(DOCUMENT, Fault::Huge), "sso_provider_too_large").await;
    check(|crooked, _| crooked.spoils(KEYS, Fault::Huge), "sso_provider_too_large").await;
    check_sign_in(TOKEN, Fault::Huge, "sso_provider_too_large").await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    check(|crooked, _| crooked.spoils(DOCUMENT, Fault::Silence), "sso_provider_slow").await;
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_not_waited_for() {
    check_sign_in(TOKEN, Fault::Stall, "sso_provider_slow").await;
}

#[tokio::test]
async fn an_answer_of_another_kind_is_refused() {
    for fault in [Fault::Garbage, Fault::Status(404), Fault::Status(500)] {
        check(|crooked, _| crooked.spoils(DOCUMENT, fault), "sso_provider_answer").await;
        check(|crooked, _| crooked.spoils(KEYS, fault), "sso_provider_answer").await;
        check_sign_in(TOKEN, fault, "sso_provider_answer").await;
    }
}

#[tokio::test]
async fn a_private_address_is_asked_only_where_that_is_allowed() {
    let by_address = |crooked: &Crooked| crooked.issuer().replace("localhost", "127.0.0.1");
    let public = |config: &mut ProviderConfig| config.addresses = Addresses::Public;
    check(|_, config| public(config), "sso_provider_address").await;
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "10.0.0.1", "192.168.0.1", "[fd00::1]"] {
        check(
            |crooked, config| {
                config.issuer = crooked.issuer().replace("localhost", host);
                public(config);
            },
            "sso_provider_address",
        )
        .await;
    }
    // Where clouds keep credentials.
    check(|_, config| config.issuer = "https://169.254.169.254".to_owned(), "sso_provider_address").await;
    // An address that is allowed is the issuer's own, whatever else its document names.
    check(|crooked, _| crooked.says("jwks_uri", json!(format!("{}{KEYS}", by_address(crooked)))), "sso_provider_address").await;
    check(
        |crooked, config| {
            config.issuer = by_address(crooked);
            crooked.says("issuer", json!(by_address(crooked)));
            crooked.says("jwks_uri", json!(format!("{}{KEYS}", by_address(crooked))));
        },
        "",
    )
    .await;
}

#[tokio::test]
async fn a_provider_shows_a_certificate_of_the_authority_that_was_named() {
    check(|_, config| config.authority = Some(Certificate::make().authority), "sso_provider_unreachable").await;
    check(|_, config| config.authority = None, "sso_provider_unreachable").await;
    check(|_, config| config.authority = Some("not PEM".to_owned()), "sso_config").await;
    // The certificate is for another name than the one that was asked for.
    check(|_, config| config.issuer = config.issuer.replace("localhost", "127.0.0.2"), "sso_provider_unreachable").await;
}

/// A sign-in at a provider that spoils one of its answers.
async fn check_sign_in(path: &'static str, fault: Fault, expected: &str) {
    let scene = Scene::open().await;
    scene.crooked.spoils(path, fault);
    let result = scene.finish_changed(|claims| drop(claims.as_object_mut().unwrap().remove("groups"))).await;
    assert_eq!(code(&result), expected, "{path} {fault:?}");
    assert!(scene.crooked.seen(ELSEWHERE).is_empty());
}

#[tokio::test]
async fn a_provider_that_lost_its_keys_is_not_asked_for_them_at_every_turn() {
    let scene = Scene::open().await;
    let stranger = Signer::es256("stranger");
    scene.crooked.spoils(KEYS, Fault::Status(500));
    let sign_in = async |seconds| {
        let begun = scene.begin(Recency::Ever);
        let token = stranger.sign(&scene.claims(&begun));
        code(&scene.finish_at(begun, &token, seconds).await)
    };
    assert_eq!(sign_in(NOW + 10).await, "sso_provider_answer");
    assert_eq!(sign_in(NOW + 19).await, "sso_provider_unreachable");
    assert_eq!(scene.crooked.seen(KEYS).len(), 2);
    scene.crooked.heals();
    assert_eq!(sign_in(NOW + 20).await, "sso_key");
    assert_eq!(scene.crooked.seen(KEYS).len(), 3);
}

#[tokio::test]
async fn a_provider_is_discovered_once_an_hour_and_when_its_configuration_changes() {
    let (crooked, providers, id) = (Crooked::open().await, Providers::default(), ProviderId::generate(&SystemEntropy));
    let config = config(crooked.issuer(), crooked.authority());
    let (one, other) = tokio::join!(providers.get(id, &config, now()), providers.get(id, &config, now()));
    assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
    providers.get(id, &config, at(NOW + 3_599)).await.unwrap();
    assert_eq!(crooked.seen(DOCUMENT).len(), 1);
    providers.get(id, &config, at(NOW + 3_600)).await.unwrap();
    assert_eq!(crooked.seen(DOCUMENT).len(), 2);
    let changed = ProviderConfig { scopes: Vec::new(), ..config };
    providers.get(id, &changed, at(NOW + 3_600)).await.unwrap();
    assert_eq!(crooked.seen(DOCUMENT).len(), 3);
}

#[tokio::test]
async fn a_provider_that_failed_is_left_alone_for_a_moment() {
    let (crooked, providers, id) = (Crooked::open().await, Providers::default(), ProviderId::generate(&SystemEntropy));
    let config = config(crooked.issuer(), crooked.authority());
    crooked.spoils(DOCUMENT, Fault::Status(500));
    for seconds in [NOW, NOW + 9] {
        let error = providers.get(id, &config, at(seconds)).await.unwrap_err();
        assert_eq!(error.code(), "sso_provider_answer");
    }
    assert_eq!(crooked.seen(DOCUMENT).len(), 1);
    crooked.heals();
    providers.get(id, &config, at(NOW + 10)).await.unwrap();
    assert_eq!(crooked.seen(DOCUMENT).len(), 2);
}
