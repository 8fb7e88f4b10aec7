//! The whole way with a certified provider (`tests/provider`): browser, code, tokens, user info, signing out.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::SystemTime;

use model::Timestamp;
use oidc::{Ask, ClientSecret, Leave, Pending, Provider, ProviderConfig, Recency, SignInError, Verified};
use openidconnect::url::{Url, form_urlencoded};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use serde_json::json;

use crate::crooked::{Certificate, Crooked};
use crate::{CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, SystemEntropy, code, config};

const RETURN_URI: &str = "https://logs.example.org/left";
const LOGOUT_PATH: &str = "/logout";

/// A process of the provider. Ended when dropped.
struct Certified {
    issuer: String,
    authority: String,
    process: Child,
    /// Hears who signed out.
    listener: Crooked,
    _folder: tempfile::TempDir,
}

/// Follows redirects and keeps cookies.
struct Browser {
    client: reqwest::Client,
    cookies: HashMap<String, String>,
}

// === impl Certified ===

impl Certified {
    async fn open(settings: &[(&str, &str)]) -> Self {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/provider");
        let installed = home.join("node_modules/oidc-provider");
        assert!(installed.exists(), "the provider is not installed: `make setup-tests` does that");
        let (folder, certificate, listener) = (tempfile::tempdir().unwrap(), Certificate::make(), Crooked::open().await);
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let users = json!({
            "ada": {
                "email": "ada@example.org", "email_verified": true, "name": "Ada Lovelace", "groups": ["engineers", "poets"],
                "amr": ["pwd", "otp"],
            },
        });
        let mut process = Command::new("node")
            .arg("provider.mjs")
            .current_dir(home)
            .env("PROVIDER_CERT", write("provider.crt", &certificate.authority))
            .env("PROVIDER_KEY", write("provider.key", &certificate.key))
            .env("NODE_EXTRA_CA_CERTS", write("listener.crt", listener.authority()))
            .env("PROVIDER_CLIENT_ID", CLIENT_ID)
            .env("PROVIDER_CLIENT_SECRET", CLIENT_SECRET)
            .env("PROVIDER_REDIRECT_URIS", REDIRECT_URI)
            .env("PROVIDER_RETURN_URIS", RETURN_URI)
            .env("PROVIDER_LOGOUT_URI", format!("{}{LOGOUT_PATH}", listener.issuer()))
            .env("PROVIDER_USERS", users.to_string())
            .envs(settings.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node.js runs: `make setup-tests` installs it");
        let mut issuer = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("https://"), "the provider did not start; it says why above");
        Self { issuer, authority: certificate.authority, process, listener, _folder: folder }
    }

    async fn discover(&self) -> Provider {
        self.discover_with(|_| ()).await
    }

    async fn discover_with(&self, change: impl FnOnce(&mut ProviderConfig)) -> Provider {
        let mut config = config(&self.issuer, &self.authority);
        config.scopes.push("groups".to_owned());
        change(&mut config);
        Provider::discover(config, now()).await.unwrap()
    }

    fn browser(&self) -> Browser {
        let authority = reqwest::Certificate::from_pem(self.authority.as_bytes()).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([authority]).redirect(reqwest::redirect::Policy::none());
        Browser { client: client.build().unwrap(), cookies: HashMap::new() }
    }
}

impl Drop for Certified {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

// === impl Browser ===

impl Browser {
    /// Goes where it is sent until it is sent to `end`, and says where exactly.
    async fn follow(&mut self, from: &str, end: &str) -> Url {
        let mut next = Url::parse(from).unwrap();
        for _ in 0..10 {
            if next.as_str().starts_with(end) {
                return next;
            }
            let answer = self.send(self.client.get(next.clone())).await;
            let location = answer.headers().get(LOCATION).unwrap_or_else(|| panic!("{next} leads to {answer:?}"));
            next = next.join(location.to_str().unwrap()).unwrap();
        }
        panic!("sent around in circles, last to {next}");
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        answer
    }
}

#[expect(clippy::disallowed_methods, reason = "the provider's clock does not stand still")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_nanos(since.as_nanos() as i64)
}

fn begin(provider: &Provider, who: &str, recency: Recency) -> (String, Pending) {
    let ask = Ask { redirect_uri: REDIRECT_URI, login_hint: Some(who), recency };
    provider.begin(&ask, &SystemEntropy, now()).unwrap()
}

async fn sign_in(provider: &Provider, browser: &mut Browser, who: &str, recency: Recency) -> Result<Verified, SignInError> {
    let (url, pending) = begin(provider, who, recency);
    let back = browser.follow(&url, REDIRECT_URI).await;
    provider.finish(pending, back.query().unwrap(), now()).await
}

#[tokio::test]
async fn somebody_signs_in() {
    let ways = [("RS256", "user_info"), ("PS256", "id_token"), ("ES256", "user_info"), ("EdDSA", "id_token")];
    for (algorithm, claims) in ways {
        let certified = Certified::open(&[("PROVIDER_ALGORITHM", algorithm), ("PROVIDER_CLAIMS", claims)]).await;
        let provider = certified.discover().await;
        let verified = sign_in(&provider, &mut certified.browser(), "ada", Recency::Ever).await.unwrap();
        assert_eq!((verified.issuer(), verified.subject()), (certified.issuer.as_str(), "ada"), "{algorithm}");
        assert_eq!((verified.verified_email(), verified.name()), (Some("ada@example.org"), Some("Ada Lovelace")));
        assert_eq!(verified.groups(), ["engineers", "poets"]);
        assert_eq!(verified.amr(), ["pwd", "otp"]);
        assert!(verified.sid().is_some());
    }
}

#[tokio::test]
async fn somebody_refuses_or_is_not_asked_again_or_is() {
    let certified = Certified::open(&[]).await;
    let provider = certified.discover().await;
    assert_eq!(code(&sign_in(&provider, &mut certified.browser(), "nobody", Recency::Ever).await), "sso_denied");

    let mut browser = certified.browser();
    let first = sign_in(&provider, &mut browser, "ada", Recency::WithinSeconds(600)).await.unwrap();
    let lately = sign_in(&provider, &mut browser, "ada", Recency::WithinSeconds(600)).await.unwrap();
    assert_eq!((lately.auth_time(), lately.sid()), (first.auth_time(), first.sid()));
    let (url, pending) = begin(&provider, "ada", Recency::Now);
    // The provider wants the person again, although the browser is known to it.
    let page = browser.send(browser.client.get(url.as_str())).await;
    assert!(page.headers()[LOCATION].to_str().unwrap().starts_with("/sign-in/"), "{page:?}");
    let back = browser.follow(&url, REDIRECT_URI).await;
    let again = provider.finish(pending, back.query().unwrap(), now()).await.unwrap();
    assert!(again.auth_time() >= first.auth_time());
}

#[tokio::test]
async fn a_code_counts_once_and_for_whom_it_was_given() {
    let certified = Certified::open(&[]).await;
    let provider = certified.discover().await;
    let (url, pending) = begin(&provider, "ada", Recency::Ever);
    let kept = serde_json::to_string(&pending).unwrap();
    let back = certified.browser().follow(&url, REDIRECT_URI).await;
    assert_eq!(code(&provider.finish(pending, back.query().unwrap(), now()).await), "");
    let replayed = serde_json::from_str(&kept).unwrap();
    assert_eq!(code(&provider.finish(replayed, back.query().unwrap(), now()).await), "sso_code");

    // Somebody puts a code that they found into a sign-in of their own: its verifier is another.
    let (url, _) = begin(&provider, "ada", Recency::Ever);
    let found = certified.browser().follow(&url, REDIRECT_URI).await;
    let (own, pending) = begin(&provider, "ada", Recency::Ever);
    let parameter = |url: &Url, name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &parameter(&found, "code"))
        .append_pair("iss", &certified.issuer)
        .append_pair("state", &parameter(&own.parse().unwrap(), "state"))
        .finish();
    assert_eq!(code(&provider.finish(pending, &query, now()).await), "sso_code");
}

#[tokio::test]
async fn a_client_that_does_not_know_its_secret_gets_nothing() {
    let certified = Certified::open(&[]).await;
    let stranger = certified.discover_with(|config| config.client_secret = Some(ClientSecret::new("a guess".to_owned())));
    let result = sign_in(&stranger.await, &mut certified.browser(), "ada", Recency::Ever).await;
    assert_eq!(code(&result), "sso_client");
}

#[tokio::test]
async fn somebody_who_signs_out_at_the_provider_is_named_to_us() {
    let certified = Certified::open(&[]).await;
    let (provider, mut browser) = (certified.discover().await, certified.browser());
    let verified = sign_in(&provider, &mut browser, "ada", Recency::Ever).await.unwrap();

    let leave = Leave { id_token: Some(verified.id_token()), return_to: Some(RETURN_URI), state: Some("bye") };
    let url = provider.logout_url(&leave).unwrap();
    let page = browser.send(browser.client.get(&url)).await.text().await.unwrap();
    let (_, rest) = page.split_once("name=\"xsrf\" value=\"").unwrap();
    let form = format!("logout=yes&xsrf={}", rest.split('"').next().unwrap());
    let confirm = browser.client.post(format!("{}/session/end/confirm", certified.issuer)).body(form);
    let left = browser.send(confirm.header(CONTENT_TYPE, "application/x-www-form-urlencoded")).await;
    assert_eq!(left.headers()[LOCATION].to_str().unwrap(), format!("{RETURN_URI}?state=bye"));

    let [told] = &certified.listener.seen(LOGOUT_PATH)[..] else { panic!("told once") };
    let (_, token) = form_urlencoded::parse(told.body.as_bytes()).find(|(name, _)| name == "logout_token").unwrap();
    let logged_out = provider.verify_logout(&token, now()).await.unwrap();
    assert_eq!((logged_out.issuer(), logged_out.subject()), (certified.issuer.as_str(), Some("ada")));
    assert_eq!(logged_out.sid(), verified.sid());
    // It signs nobody in, and what signed somebody in signs nobody out.
    assert!(provider.verify_logout(verified.id_token(), now()).await.is_err());
}
