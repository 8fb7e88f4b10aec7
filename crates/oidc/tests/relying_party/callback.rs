//! Where a browser is sent, and what it brings back.

use oidc::{Ask, BeginError, Pending, Recency};
use serde_json::json;

use crate::crooked::{DOCUMENT, TOKEN};
use crate::{Begun, NOW, REDIRECT_URI, Scene, SystemEntropy, at, code, now};

/// A browser that comes back with `query`, in which `STATE` stands for the right one.
async fn check(query: &str, expected: &str) {
    let scene = Scene::open().await;
    check_in(&scene, query, NOW, expected).await;
}

async fn check_in(scene: &Scene, query: &str, seconds: i64, expected: &str) {
    let begun = scene.begin(Recency::Ever);
    let token = scene.signer.sign(&scene.claims(&begun));
    scene.crooked.answers_codes(json!({ "access_token": "a", "token_type": "bearer", "id_token": token }));
    let query = query.replace("STATE", &begun.parameter("state")).replace("ISSUER", scene.crooked.issuer());
    let codes = scene.crooked.seen(TOKEN).len();
    let result = scene.provider.finish(begun.pending, &query, at(seconds)).await;
    assert_eq!(code(&result), expected, "{query}");
    // Who is refused here is refused before the code goes anywhere.
    assert_eq!(scene.crooked.seen(TOKEN).len() - codes, usize::from(expected.is_empty()), "{query}");
}

#[tokio::test]
async fn a_browser_is_sent_with_what_ties_it_to_its_sign_in() {
    let scene = Scene::open().await;
    let begun = scene.begin(Recency::Ever);
    assert_eq!(begun.asked.path(), "/authorize");
    let expected = [
        ("tenant", "1"),
        ("response_type", "code"),
        ("client_id", "block house"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in expected {
        assert_eq!(begun.parameter(name), value);
    }
    for secret in ["state", "nonce", "code_challenge"] {
        assert_eq!(begun.parameter(secret).len(), 43, "{secret}");
        assert_ne!(begun.parameter(secret), scene.begin(Recency::Ever).parameter(secret));
    }
    assert!(!begun.has("prompt") && !begun.has("max_age") && !begun.has("login_hint"));
    assert_eq!(format!("{:?}", begun.pending), "Pending(..)");
}

#[tokio::test]
async fn a_browser_may_be_made_to_sign_in_again() {
    let scene = Scene::open().await;
    let again = scene.begin(Recency::Now);
    assert_eq!((again.parameter("prompt"), again.parameter("max_age")), ("login".to_owned(), "0".to_owned()));
    let lately = scene.begin(Recency::WithinSeconds(600));
    assert!(!lately.has("prompt") && lately.parameter("max_age") == "600");
}

#[tokio::test]
async fn a_browser_comes_back_over_tls() {
    let scene = Scene::open().await;
    for redirect_uri in
        ["http://logs.example.org/", "logs.example.org", "", "https://logs.example.org/#here", "javascript:alert(1)"]
    {
        let ask = Ask { redirect_uri, login_hint: None, recency: Recency::Ever };
        assert_eq!(scene.provider.begin(&ask, &SystemEntropy, now()).err(), Some(BeginError::RedirectUri), "{redirect_uri}");
    }
}

#[tokio::test]
async fn a_browser_brings_back_its_own_state() {
    check("code=c&state=STATE", "").await;
    check("?code=c&state=STATE&session_state=x", "").await;
    check("code=c&state=STATEx", "sso_state").await;
    check("code=c&state=", "sso_state").await;
    check("code=c", "sso_state").await;
    check("error=access_denied&state=other", "sso_state").await;
}

#[tokio::test]
async fn what_could_mean_two_things_means_nothing() {
    for query in [
        "code=c&code=d&state=STATE",
        "code=c&state=STATE&state=STATE",
        "code=c&state=STATE&iss=ISSUER&iss=ISSUER",
        "code=c&error=access_denied&state=STATE",
        "state=STATE",
    ] {
        check(query, "sso_callback").await;
    }
    check(&format!("code={}&state=STATE", "x".repeat(8 << 10)), "sso_callback").await;
}

#[tokio::test]
async fn a_browser_comes_back_from_the_provider_that_it_went_to() {
    check("code=c&state=STATE&iss=ISSUER", "").await;
    check("code=c&state=STATE&iss=ISSUER/", "sso_issuer_mismatch").await;
    check("code=c&state=STATE&iss=https://evil.example", "sso_issuer_mismatch").await;
    check("code=c&state=STATE&iss=", "sso_issuer_mismatch").await;

    let scene = Scene::open().await;
    scene.crooked.says("authorization_response_iss_parameter_supported", json!(true));
    let config = crate::config(scene.crooked.issuer(), scene.crooked.authority());
    let scene = Scene { provider: oidc::Provider::discover(config, now()).await.unwrap(), ..scene };
    check_in(&scene, "code=c&state=STATE&iss=ISSUER", NOW, "").await;
    check_in(&scene, "code=c&state=STATE", NOW, "sso_issuer_mismatch").await;
}

#[tokio::test]
async fn a_provider_that_refuses_is_heard() {
    check("error=access_denied&error_description=%3Cscript%3E&state=STATE", "sso_denied").await;
    check("error=login_required&state=STATE", "sso_interaction").await;
    check("error=temporarily_unavailable&state=STATE", "sso_failed").await;
}

#[tokio::test]
async fn a_sign_in_waits_for_ten_minutes() {
    let scene = Scene::open().await;
    let begun = scene.begin(Recency::Ever);
    let mut claims = scene.claims(&begun);
    claims["exp"] = json!(NOW + 600);
    let token = scene.signer.sign(&claims);
    assert_eq!(code(&scene.finish_at(begun, &token, NOW + 599).await), "");
    check_in(&scene, "code=c&state=STATE", NOW + 600, "sso_too_late").await;
    check_in(&scene, "code=c&state=STATE", NOW - 61, "sso_too_late").await;
}

#[tokio::test]
async fn a_sign_in_ends_with_the_provider_that_it_began_with() {
    let (here, there) = (Scene::open().await, Scene::open().await);
    let begun = here.begin(Recency::Ever);
    let query = begun.query();
    let result = there.provider.finish(begun.pending, &query, now()).await;
    assert_eq!(code(&result), "sso_other_provider");
    assert!(there.crooked.seen(TOKEN).is_empty());
}

#[tokio::test]
async fn a_sign_in_is_kept_as_text_by_the_caller() {
    let scene = Scene::open().await;
    let Begun { pending, asked } = scene.begin(Recency::Ever);
    let kept = serde_json::to_string(&pending).unwrap();
    let begun = Begun { pending: serde_json::from_str(&kept).unwrap(), asked };
    let token = scene.signer.sign(&scene.claims(&begun));
    scene.finish(begun, &token).await.unwrap();
    assert!(serde_json::from_str::<Pending>("{}").is_err());
    assert_eq!(scene.crooked.seen(DOCUMENT).len(), 1);
}
