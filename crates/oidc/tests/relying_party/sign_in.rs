//! Tokens: which prove who somebody is, and which do not.

use oidc::{Emails, Recency};
use serde_json::{Value, json};

use crate::crooked::{KEYS, TOKEN, USER_INFO};
use crate::forge::{self, Signer};
use crate::{ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, NOW, REDIRECT_URI, Scene, code};

type Forgery<'a> = &'a dyn Fn(&Value) -> String;

/// A sign-in whose token is right but for these claims; `null` takes one away.
async fn check(changes: Value, expected: &str) {
    let scene = Scene::open().await;
    let result = scene
        .finish_changed(|claims| {
            for (name, value) in changes.as_object().unwrap() {
                match value {
                    Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                    value => claims[name] = value.clone(),
                }
            }
        })
        .await;
    assert_eq!(code(&result), expected, "{changes}");
}

#[tokio::test]
async fn a_right_token_says_who_somebody_is() {
    let scene = Scene::open().await;
    let result = scene.finish_changed(|claims| {
        let more = json!({
            "name": "Ada Lovelace", "groups": ["engineers", "poets"], "sid": "session-1", "auth_time": NOW - 5,
            "amr": ["pwd", "otp"], "acr": "gold",
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    });
    let verified = result.await.unwrap();
    assert_eq!((verified.issuer(), verified.subject()), (scene.crooked.issuer(), "ada-1815"));
    assert_eq!((verified.email(), verified.verified_email()), (Some("ada@example.org"), Some("ada@example.org")));
    assert_eq!((verified.name(), verified.sid(), verified.acr()), (Some("Ada Lovelace"), Some("session-1"), Some("gold")));
    assert_eq!(
        (verified.groups(), verified.amr()),
        (&["engineers".to_owned(), "poets".to_owned()][..], &["pwd".to_owned(), "otp".to_owned()][..])
    );
    assert_eq!(verified.auth_time(), Some(crate::at(NOW - 5)));
    assert_eq!(format!("{verified:?}"), "Verified(..)");
}

#[tokio::test]
async fn a_token_may_be_signed_in_four_ways() {
    for signer in [Signer::rs256("a"), Signer::ps256("b"), Signer::es256("c"), Signer::eddsa("d")] {
        let scene = Scene::open().await;
        scene.crooked.has_keys(&[&signer]);
        let begun = scene.begin(Recency::Ever);
        let mut claims = scene.claims(&begun);
        claims["at_hash"] = json!(signer.hash(ACCESS_TOKEN));
        // The key is new since the keys were fetched.
        let result = scene.finish_at(begun, &signer.sign(&claims), NOW + 11).await;
        assert_eq!(code(&result), "", "{}", signer.header());
    }
}

#[tokio::test]
async fn a_token_for_somebody_else_proves_nothing() {
    check(json!({ "aud": [CLIENT_ID] }), "").await;
    check(json!({ "aud": "another client" }), "sso_audience").await;
    check(json!({ "aud": [CLIENT_ID, "another client"] }), "sso_audience").await;
    check(json!({ "aud": [] }), "sso_audience").await;
    check(json!({ "aud": null }), "sso_audience").await;
    check(json!({ "azp": CLIENT_ID }), "").await;
    check(json!({ "azp": "another client" }), "sso_audience").await;
}

#[tokio::test]
async fn a_token_of_another_issuer_proves_nothing() {
    check(json!({ "iss": "https://evil.example" }), "sso_issuer_mismatch").await;
    check(json!({ "iss": null }), "sso_token").await;
}

#[tokio::test]
async fn a_token_counts_in_its_time_give_or_take_a_minute() {
    check(json!({ "exp": NOW - 59 }), "").await;
    check(json!({ "exp": NOW - 60 }), "sso_expired").await;
    check(json!({ "exp": null }), "sso_token").await;
    check(json!({ "iat": NOW + 60 }), "").await;
    check(json!({ "iat": NOW + 61 }), "sso_early").await;
    check(json!({ "iat": null }), "sso_token").await;
    check(json!({ "nbf": NOW + 60 }), "").await;
    check(json!({ "nbf": NOW + 61 }), "sso_early").await;
    check(json!({ "nbf": "soon" }), "sso_token").await;
    check(json!({ "exp": i64::MAX, "iat": i64::MIN }), "sso_token").await;
    // Made before it was asked for.
    check(json!({ "iat": NOW - 61 }), "sso_expired").await;
}

#[tokio::test]
async fn a_nonce_counts_for_its_sign_in_only() {
    check(json!({ "nonce": null }), "sso_nonce").await;
    check(json!({ "nonce": "" }), "sso_nonce").await;
    let scene = Scene::open().await;
    let (first, second) = (scene.begin(Recency::Ever), scene.begin(Recency::Ever));
    let replayed = scene.signer.sign(&scene.claims(&first));
    assert_eq!(code(&scene.finish(second, &replayed).await), "sso_nonce");
    assert_eq!(code(&scene.finish(first, &replayed).await), "");
}

#[tokio::test]
async fn a_subject_is_there_and_bounded_as_its_token_is() {
    check(json!({ "sub": "x".repeat(255) }), "").await;
    check(json!({ "sub": "x".repeat(256) }), "sso_token").await;
    check(json!({ "sub": "" }), "sso_token").await;
    check(json!({ "sub": null }), "sso_token").await;
    check(json!({ "padding": "x".repeat(64 << 10) }), "sso_token").await;
}

#[tokio::test]
async fn a_forged_token_proves_nothing() {
    let scene = Scene::open().await;
    let rsa = Signer::rs256("rsa");
    scene.crooked.has_keys(&[&scene.signer, &rsa]);
    let forgeries: [(&str, Forgery<'_>); 12] = [
        ("sso_algorithm", &|claims| forge::unsigned(claims)),
        ("sso_algorithm", &|claims| forge::unsigned(claims) + "AAAA"),
        // The classic: what everybody knows as if it were a secret.
        ("sso_algorithm", &|claims| forge::hs256("rsa", &rsa.public_der(), claims)),
        ("sso_algorithm", &|claims| forge::hs256("rsa", rsa.jwk()["n"].as_str().unwrap().as_bytes(), claims)),
        ("sso_algorithm", &|claims| forge::hs256("first", CLIENT_SECRET.as_bytes(), claims)),
        ("sso_algorithm", &|claims| rsa.sign_under(&json!({ "alg": "RS512", "kid": "rsa" }), claims)),
        // By another key under the name of the right one.
        ("sso_signature", &|claims| Signer::es256("first").sign(claims)),
        ("sso_key", &|claims| scene.signer.sign_under(&json!({ "alg": "RS256", "kid": "first" }), claims)),
        ("sso_signature", &|claims| {
            let token = scene.signer.sign(claims);
            let parts: Vec<_> = token.split('.').collect();
            let changed = forge::encode(claims.to_string().replace("ada-1815", "eve-1337"));
            format!("{}.{changed}.{}", parts[0], parts[2])
        }),
        ("sso_token", &|claims| {
            scene.signer.sign_under(&json!({ "alg": "ES256", "kid": "first", "crit": ["exp"], "exp": 1 }), claims)
        }),
        ("sso_token", &|claims| scene.signer.sign_under(&json!({ "alg": "ES256", "kid": "first", "typ": "at+jwt" }), claims)),
        ("sso_token", &|_| "not a token".to_owned()),
    ];
    for (expected, forgery) in forgeries {
        let begun = scene.begin(Recency::Ever);
        let token = forgery(&scene.claims(&begun));
        assert_eq!(code(&scene.finish_at(begun, &token, NOW + 11).await), expected, "{token}");
    }
}

#[tokio::test]
async fn a_short_rsa_key_is_not_a_providers() {
    let scene = Scene::open().await;
    let signer = Signer::rs256("rsa");
    let mut short = signer.jwk();
    short["n"] = json!(forge::encode([0xFF; 128]));
    scene.crooked.answers(KEYS, 200, json!({ "keys": [short, { "kty": "oct", "k": "AAAA" }, "nonsense", null] }));
    let begun = scene.begin(Recency::Ever);
    let token = signer.sign(&scene.claims(&begun));
    assert_eq!(code(&scene.finish_at(begun, &token, NOW + 11).await), "sso_key");
}

#[tokio::test]
async fn a_changed_key_is_fetched_and_one_that_is_gone_stops_counting() {
    let scene = Scene::open().await;
    let second = Signer::es256("second");
    let sign_in = async |signer: &Signer, seconds| {
        let begun = scene.begin(Recency::Ever);
        let token = signer.sign(&scene.claims(&begun));
        code(&scene.finish_at(begun, &token, seconds).await)
    };
    assert_eq!(sign_in(&scene.signer, NOW).await, "");
    scene.crooked.has_keys(&[&second]);
    // Nobody can make the provider be asked for keys at every turn.
    for _ in 0..3 {
        assert_eq!(sign_in(&second, NOW + 9).await, "sso_key");
    }
    assert_eq!(scene.crooked.seen(KEYS).len(), 1);
    assert_eq!(sign_in(&second, NOW + 10).await, "");
    assert_eq!(sign_in(&scene.signer, NOW + 11).await, "sso_key");
    assert_eq!(scene.crooked.seen(KEYS).len(), 2);
}

#[tokio::test]
async fn a_key_that_is_gone_stops_counting_without_a_new_one() {
    let scene = Scene::open().await;
    scene.crooked.has_keys(&[]);
    for (seconds, expected) in [(NOW + 200, ""), (NOW + 300, "sso_key")] {
        let begun = scene.begin(Recency::Ever);
        let token = scene.signer.sign(&scene.claims(&begun));
        assert_eq!(code(&scene.finish_at(begun, &token, seconds).await), expected, "{seconds}");
    }
}

#[tokio::test]
async fn a_token_belongs_to_its_access_token() {
    let scene = Scene::open().await;
    let hash = |text: &str| json!(scene.signer.hash(text));
    assert_eq!(code(&scene.finish_changed(|claims| claims["at_hash"] = hash(ACCESS_TOKEN)).await), "");
    assert_eq!(code(&scene.finish_changed(|claims| claims["at_hash"] = hash("another")).await), "sso_token_hash");
}

#[tokio::test]
async fn somebody_who_has_to_sign_in_again_did() {
    let cases = [
        (Recency::Ever, None, ""),
        (Recency::Ever, Some(NOW - 1_000_000), ""),
        (Recency::Ever, Some(NOW + 61), "sso_early"),
        (Recency::Now, None, "sso_auth_time"),
        (Recency::Now, Some(NOW), ""),
        (Recency::Now, Some(NOW - 61), "sso_auth_time"),
        (Recency::WithinSeconds(600), Some(NOW - 660), ""),
        (Recency::WithinSeconds(600), Some(NOW - 661), "sso_auth_time"),
        (Recency::WithinSeconds(u32::MAX), Some(NOW - 4_000_000_000), ""),
    ];
    for (recency, auth_time, expected) in cases {
        let scene = Scene::open().await;
        let begun = scene.begin(recency);
        let mut claims = scene.claims(&begun);
        if let Some(auth_time) = auth_time {
            claims["auth_time"] = json!(auth_time);
        }
        let token = scene.signer.sign(&claims);
        assert_eq!(code(&scene.finish(begun, &token).await), expected, "{recency:?} {auth_time:?}");
    }
}

#[tokio::test]
async fn what_a_token_does_not_say_the_user_info_does() {
    let scene = Scene::open().await;
    let info =
        json!({ "sub": "ada-1815", "email": "ada@example.org", "email_verified": "true", "name": "Ada", "groups": "poets" });
    scene.crooked.answers(USER_INFO, 200, info);
    let verified = scene.finish_changed(|claims| {
        for name in ["email", "email_verified", "groups"] {
            claims.as_object_mut().unwrap().remove(name);
        }
    });
    let verified = verified.await.unwrap();
    assert_eq!((verified.verified_email(), verified.name()), (Some("ada@example.org"), Some("Ada")));
    assert_eq!(verified.groups(), ["poets"]);
    assert_eq!(scene.crooked.seen(USER_INFO)[0].authorization.as_deref(), Some("Bearer an-access-token"));
}

#[tokio::test]
async fn the_user_info_is_about_the_one_who_signed_in() {
    for info in [json!({ "sub": "eve-1337", "groups": ["owners"] }), json!({ "groups": ["owners"] })] {
        let scene = Scene::open().await;
        scene.crooked.answers(USER_INFO, 200, info);
        let result = scene.finish_changed(|claims| drop(claims.as_object_mut().unwrap().remove("groups"))).await;
        assert_eq!(code(&result), "sso_other_person");
    }
}

#[tokio::test]
async fn an_address_is_verified_by_who_said_it() {
    let cases = [
        (Emails::SaidVerified, json!(true), true),
        (Emails::SaidVerified, json!("true"), true),
        (Emails::SaidVerified, json!(false), false),
        (Emails::SaidVerified, Value::Null, false),
        (Emails::GivenByProvider, Value::Null, true),
        (Emails::GivenByProvider, json!(false), false),
    ];
    for (emails, said, expected) in cases {
        let scene = Scene::open_with(|config| config.emails = emails).await;
        let verified = scene.finish_changed(|claims| claims["email_verified"] = said.clone()).await.unwrap();
        assert_eq!((verified.email_verified(), verified.email()), (expected, Some("ada@example.org")), "{emails:?} {said}");
        assert_eq!(verified.verified_email().is_some(), expected);
    }
    // The user info's word does not count for the address of the token.
    let scene = Scene::open().await;
    scene.crooked.answers(
        USER_INFO,
        200,
        json!({ "sub": "ada-1815", "email": "other@example.org", "email_verified": true, "groups": [] }),
    );
    let verified = scene.finish_changed(|claims| {
        claims.as_object_mut().unwrap().retain(|name, _| !["groups", "email_verified"].contains(&name.as_str()));
    });
    let verified = verified.await.unwrap();
    assert_eq!((verified.email(), verified.verified_email()), (Some("ada@example.org"), None));
}

#[tokio::test]
async fn an_account_of_another_domain_is_refused() {
    for (hosted, expected) in [(Some("Example.org"), ""), (Some("evil.example"), "sso_domain"), (None, "sso_domain")] {
        let scene = Scene::open_with(|config| config.hosted_domains = vec!["example.org".to_owned()]).await;
        let result = scene.finish_changed(|claims| claims["hd"] = json!(hosted)).await;
        assert_eq!(code(&result), expected, "{hosted:?}");
    }
}

#[tokio::test]
async fn what_is_said_of_somebody_is_bounded() {
    let scene = Scene::open().await;
    let mut groups: Vec<_> = (0..1_500).map(|number| json!(format!("g{number}"))).collect();
    groups.splice(0..0, [json!("x".repeat(1_025)), json!(7), Value::Null, json!({ "name": "owners" })]);
    let verified = scene.finish_changed(|claims| {
        claims["groups"] = json!(groups);
        claims["name"] = json!("x".repeat(1_025));
    });
    let verified = verified.await.unwrap();
    assert_eq!((verified.groups().len(), verified.groups()[0].as_str(), verified.name()), (1_000, "g0", None));
}

#[tokio::test]
async fn a_code_is_exchanged_with_all_that_proves_whose_it_is() {
    let scene = Scene::open().await;
    let begun = scene.begin(Recency::Ever);
    let challenge = begun.parameter("code_challenge");
    let token = scene.signer.sign(&scene.claims(&begun));
    scene.finish(begun, &token).await.unwrap();
    let [request] = &scene.crooked.seen(TOKEN)[..] else { panic!("one request") };
    let form: std::collections::HashMap<_, _> = openidconnect::url::form_urlencoded::parse(request.body.as_bytes()).collect();
    assert_eq!((&*form["grant_type"], &*form["code"], &*form["redirect_uri"]), ("authorization_code", "a-code", REDIRECT_URI));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(forge::encode(digest), challenge);
    // RFC 6749, 2.3.1: encoded as in a form, then in base 64.
    let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "block+house:a+secret%3A+100%25");
    assert_eq!(request.authorization.as_deref(), Some(format!("Basic {basic}").as_str()));
    assert!(!form.contains_key("client_secret"));
}

#[tokio::test]
async fn a_provider_is_shown_the_secret_as_it_wants_it() {
    let scene = Scene::open_with(|config| config.client_secret = None).await;
    scene.finish_changed(|_| ()).await.unwrap();
    let [public] = &scene.crooked.seen(TOKEN)[..] else { panic!("one request") };
    assert!(public.authorization.is_none() && public.body.contains("client_id=block+house"), "{public:?}");

    scene.crooked.says("token_endpoint_auth_methods_supported", json!(["client_secret_post"]));
    let config = crate::config(scene.crooked.issuer(), scene.crooked.authority());
    let provider = oidc::Provider::discover(config, crate::now()).await.unwrap();
    let posting = Scene { provider, ..scene };
    posting.finish_changed(|_| ()).await.unwrap();
    let posted = &posting.crooked.seen(TOKEN)[1];
    assert!(posted.authorization.is_none() && posted.body.contains("client_secret=a+secret%3A+100%25"), "{posted:?}");
}

#[tokio::test]
async fn a_code_that_the_provider_does_not_take_is_refused_by_its_reason() {
    let cases = [
        (400, json!({ "error": "invalid_grant", "error_description": "<script>" }), "sso_code"),
        (401, json!({ "error": "invalid_client" }), "sso_client"),
        (401, json!("go away"), "sso_client"),
        (500, json!({}), "sso_provider_answer"),
        (200, json!({}), "sso_provider_answer"),
        (200, json!({ "access_token": "a", "token_type": "Bearer" }), "sso_provider_answer"),
        (200, json!({ "access_token": "a", "token_type": "mac", "id_token": "a.b.c" }), "sso_provider_answer"),
    ];
    for (status, answer, expected) in cases {
        let scene = Scene::open().await;
        scene.crooked.answers(TOKEN, status, answer.clone());
        let begun = scene.begin(Recency::Ever);
        let query = begun.query();
        let result = scene.provider.finish(begun.pending, &query, crate::now()).await;
        assert_eq!(code(&result), expected, "{status} {answer}");
    }
}
