//! A provider that says that somebody signed out, and a browser that does.

use oidc::{Leave, LogoutError};
use serde_json::{Value, json};

use crate::crooked::KEYS;
use crate::forge::{self, Signer};
use crate::{CLIENT_ID, NOW, Scene, at, now};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn claims(scene: &Scene) -> Value {
    json!({
        "iss": scene.crooked.issuer(), "aud": CLIENT_ID, "iat": NOW, "exp": NOW + 120, "jti": "logout-1",
        "events": { EVENT: {} }, "sub": "ada-1815", "sid": "session-1",
    })
}

async fn verify(scene: &Scene, token: &str) -> &'static str {
    let result = scene.provider.verify_logout(token, now()).await;
    result.as_ref().err().map_or("", LogoutError::code)
}

/// A logout token that is right but for these claims; `null` takes one away.
async fn check(changes: Value, expected: &str) {
    let scene = Scene::open().await;
    let mut claims = claims(&scene);
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    assert_eq!(verify(&scene, &scene.signer.sign(&claims)).await, expected, "{changes}");
}

#[tokio::test]
async fn a_logout_token_says_who_signed_out() {
    for signer in [Signer::rs256("a"), Signer::ps256("b"), Signer::es256("c"), Signer::eddsa("d")] {
        let scene = Scene::open().await;
        scene.crooked.has_keys(&[&signer]);
        let token = signer.sign(&claims(&scene));
        let logged_out = scene.provider.verify_logout(&token, at(NOW + 10)).await.unwrap();
        assert_eq!((logged_out.issuer(), logged_out.jti()), (scene.crooked.issuer(), "logout-1"));
        assert_eq!((logged_out.subject(), logged_out.sid()), (Some("ada-1815"), Some("session-1")));
    }
}

#[tokio::test]
async fn a_logout_token_is_complete() {
    check(json!({ "sub": null }), "").await;
    check(json!({ "sid": null }), "").await;
    check(json!({ "sub": null, "sid": null }), "sso_not_a_logout").await;
    check(json!({ "sub": "" }), "sso_not_a_logout").await;
    check(json!({ "events": {} }), "sso_not_a_logout").await;
    check(json!({ "events": { EVENT: true } }), "sso_not_a_logout").await;
    for name in ["events", "jti", "iat", "exp", "aud", "iss"] {
        check(json!({ name: null }), "sso_token").await;
    }
}

#[tokio::test]
async fn a_logout_token_is_from_here_for_here_and_now() {
    check(json!({ "iss": "https://evil.example" }), "sso_issuer_mismatch").await;
    check(json!({ "aud": "another" }), "sso_audience").await;
    check(json!({ "aud": [CLIENT_ID] }), "").await;
    check(json!({ "aud": [CLIENT_ID, "another"] }), "sso_audience").await;
    check(json!({ "aud": [] }), "sso_audience").await;
    check(json!({ "iat": NOW + 61 }), "sso_early").await;
    check(json!({ "exp": NOW - 60 }), "sso_expired").await;
    check(json!({ "exp": NOW as f64 - 58.5 }), "").await;
}

#[tokio::test]
async fn an_id_token_signs_nobody_out_and_a_logout_token_nobody_in() {
    check(json!({ "nonce": "n" }), "sso_nonce").await;
    let scene = Scene::open().await;
    let begun = scene.begin(oidc::Recency::Ever);
    let id_token = scene.signer.sign(&scene.claims(&begun));
    assert_eq!(verify(&scene, &id_token).await, "sso_token");
    let logout = scene.signer.sign(&claims(&scene));
    assert_eq!(crate::code(&scene.finish(begun, &logout).await), "sso_nonce");
}

#[tokio::test]
async fn a_forged_logout_token_signs_nobody_out() {
    let scene = Scene::open().await;
    let claims = claims(&scene);
    let under = |header: Value| scene.signer.sign_under(&header, &claims);
    assert_eq!(verify(&scene, &under(json!({ "alg": "ES256", "typ": "logout+jwt" }))).await, "");
    assert_eq!(verify(&scene, &under(json!({ "alg": "ES256", "typ": "application/Logout+JWT" }))).await, "");
    assert_eq!(verify(&scene, &under(json!({ "alg": "ES256", "typ": "at+jwt" }))).await, "sso_not_a_logout");
    assert_eq!(verify(&scene, &under(json!({ "alg": "ES256", "crit": ["b64"] }))).await, "sso_token");
    assert_eq!(verify(&scene, &under(json!({ "alg": "RS256", "kid": "first" }))).await, "sso_signature");
    assert_eq!(verify(&scene, &forge::unsigned(&claims)).await, "sso_algorithm");
    let public = scene.signer.public_der();
    assert_eq!(verify(&scene, &forge::hs256("first", &public, &claims)).await, "sso_algorithm");
    assert_eq!(verify(&scene, &Signer::es256("first").sign(&claims)).await, "sso_signature");
    assert_eq!(verify(&scene, &Signer::es256("stranger").sign(&claims)).await, "sso_key");
    for token in ["", ".", "..", "a.b.c", "e30.e30.", &"x".repeat(65 << 10)] {
        assert_eq!(verify(&scene, token).await, "sso_token", "{token}");
    }
    // Not one of them made the provider be asked for its keys again.
    assert_eq!(scene.crooked.seen(KEYS).len(), 1);
}

#[tokio::test]
async fn a_browser_is_sent_to_sign_out_too() {
    let scene = Scene::open().await;
    let leave = Leave { id_token: Some("a.b.c"), return_to: Some("https://logs.example.org/"), state: None };
    let expected = "/leave?client_id=block+house&id_token_hint=a.b.c&post_logout_redirect_uri=https%3A%2F%2Flogs.example.org%2F";
    assert_eq!(scene.provider.logout_url(&leave), Some(format!("{}{expected}", scene.crooked.issuer())));

    scene.crooked.says("end_session_endpoint", Value::Null);
    let config = crate::config(scene.crooked.issuer(), scene.crooked.authority());
    let provider = oidc::Provider::discover(config, now()).await.unwrap();
    assert_eq!(provider.logout_url(&Leave::default()), None);
}
