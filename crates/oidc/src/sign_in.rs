//! The end of a sign-in: the browser's code becomes a token, and the token says who somebody is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Timestamp, limits};
use openidconnect::http::{Method, Request, StatusCode, header};
use openidconnect::url::{Url, form_urlencoded};
use openidconnect::{AccessToken, HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::document::ClientAuth;
use crate::error::{FetchError, SignInError, TokenError};
use crate::id_token::{self, Claims, IdToken};
use crate::pending::Pending;
use crate::provider::Provider;
use crate::verified::{Profile, Verified};

/// The answer to a code (RFC 6749, 5.1; OpenID Connect Core, 3.1.3.3).
#[derive(Deserialize)]
struct Tokens {
    access_token: AccessToken,
    token_type: String,
    id_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

// === impl Provider ===

impl Provider {
    /// Ends a sign-in with the query that the browser came back with, whatever comes of it.
    pub async fn finish(&self, pending: Pending, query: &str, now: Timestamp) -> Result<Verified, SignInError> {
        if pending.issuer != self.config.issuer || pending.client_id != self.config.client_id {
            return Err(SignInError::OtherProvider);
        }
        let code = pending.read(query, self.document.names_issuer, now)?;
        let tokens = self.exchange(&pending, &code).await?;
        if !tokens.token_type.eq_ignore_ascii_case("bearer") {
            return Err(FetchError::Malformed.into());
        }
        if tokens.id_token.len() > limits::SSO_TOKEN_BYTES_MAX {
            return Err(TokenError::Malformed.into());
        }
        let id_token: IdToken = tokens.id_token.parse().map_err(|_| TokenError::Malformed)?;
        let claims = self.check(&id_token, &pending, &tokens.access_token, now).await?;
        let mut profile = Profile::of(claims, &self.config);
        if profile.lacks_something(&self.config)
            && let Some(url) = &self.document.user_info
        {
            profile = profile.or(&self.ask_about(claims, url, &tokens.access_token).await?, &self.config);
        }
        Verified::new(claims, profile, tokens.id_token, &self.config)
    }

    async fn exchange(&self, pending: &Pending, code: &str) -> Result<Tokens, SignInError> {
        let answer = self.egress.send(self.token_request(pending, code)?).await.map_err(FetchError::from)?;
        if !answer.status().is_success() {
            return Err(refusal(&answer));
        }
        Ok(serde_json::from_slice(answer.body()).map_err(|_| FetchError::Malformed)?)
    }

    fn token_request(&self, pending: &Pending, code: &str) -> Result<HttpRequest, FetchError> {
        let client_id = &self.config.client_id;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &pending.redirect_uri)
            .append_pair("code_verifier", pending.verifier.expose());
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.document.token.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match (&self.config.client_secret, self.document.client_auth) {
            (Some(secret), ClientAuth::Basic) => {
                // Both are encoded as in a form first (RFC 6749, 2.3.1).
                let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = Zeroizing::new(format!("{}:{}", encode(client_id), encode(secret.expose())));
                let basic = Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)));
                request = request.header(header::AUTHORIZATION, basic.as_str());
            }
            (Some(secret), ClientAuth::Post) => {
                form.append_pair("client_id", client_id).append_pair("client_secret", secret.expose());
            }
            (None, ClientAuth::Basic | ClientAuth::Post) => {
                form.append_pair("client_id", client_id);
            }
        }
        request.body(form.finish().into_bytes()).map_err(|_| FetchError::Malformed)
    }

    /// A key that nobody knows may be new: then the keys are fetched once more.
    async fn check<'t>(
        &self,
        token: &'t IdToken,
        pending: &Pending,
        access_token: &AccessToken,
        now: Timestamp,
    ) -> Result<&'t Claims, SignInError> {
        let keys = self.keys.current(&self.egress, now).await?;
        let checked = id_token::check(token, pending, access_token, &keys.set, now);
        if checked.as_ref().err() != Some(&TokenError::UnknownKey) {
            return Ok(checked?);
        }
        let Some(newer) = self.keys.newer(&keys, &self.egress, now).await? else {
            return Err(TokenError::UnknownKey.into());
        };
        Ok(id_token::check(token, pending, access_token, &newer.set, now)?)
    }

    async fn ask_about(&self, claims: &Claims, url: &Url, access_token: &AccessToken) -> Result<Map<String, Value>, SignInError> {
        let info: Map<String, Value> = self.egress.fetch(url, Some(access_token.secret())).await?;
        // Another's profile must not be put under this subject (OpenID Connect Core, 5.3.2).
        if info.get("sub").and_then(Value::as_str) != Some(claims.subject().as_str()) {
            return Err(SignInError::OtherPerson);
        }
        Ok(info)
    }
}

/// What the provider says when it does not take a code (RFC 6749, 5.2).
fn refusal(answer: &HttpResponse) -> SignInError {
    let error = serde_json::from_slice::<Refusal>(answer.body()).map(|refusal| refusal.error).unwrap_or_default();
    match error.as_str() {
        "invalid_grant" => SignInError::Code,
        "invalid_client" | "unauthorized_client" => SignInError::Client,
        _ if answer.status() == StatusCode::UNAUTHORIZED => SignInError::Client,
        _ => FetchError::Status(answer.status().as_u16()).into(),
    }
}
