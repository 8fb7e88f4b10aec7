//! Sign-in through a tenant's provider, and the providers themselves.
//!
//! | route | does |
//! |---|---|
//! | `GET /v1/sign-in/sso/{provider}` | sends the browser to the provider; `?fresh` asks for a new sign-in there |
//! | `GET /v1/sign-in/sso/callback` | where it comes back to: signed in, and on to the console |
//! | `POST /v1/sign-in/sso/{provider}/logout` | OpenID Connect back-channel logout |
//! | `/v1/tenants/{tenant}/providers…` | for whoever may change how people sign in |
//!
//! The cookie of a sign-in under way is `SameSite=Lax`, because the browser comes back from another site; it holds
//! what was begun, sealed, and is good for nothing else.

use std::sync::Arc;

use audit::{Actor, Deed};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{ClientSecret, ManageSignIn, Provider, ProviderSpec, RoleGrant, SsoError};
use model::{ProviderId, Timestamp};
use oidc::{Ask, Recency};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::me::display_name;
use super::people::GrantForm;
use super::shown::Time;
use super::who::{self, Who, with_sign_in};
use crate::api::{Answer, Done, Form, Made, Media, NoBody, Sent, Typed, made, nothing, ok};
use crate::app::App;
use crate::body;
use crate::problem::Problem;

const COOKIE: &str = "__Host-blockhouse-sso";
/// Bytes of a back-channel logout.
const LOGOUT_BYTES_MAX: usize = 16 << 10;
const CAME_BACK: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Signed in</title>\
     <meta http-equiv=\"refresh\" content=\"0;url=/me?signed-in\"><p>You are signed in. <a href=\"/me?signed-in\">Go on</a></p></html>";
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderForm {
    name: String,
    /// `google` fills in the issuer.
    #[serde(default)]
    preset: Option<String>,
    #[serde(default)]
    issuer: Option<String>,
    client_id: String,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    client_secret: Option<zeroize::Zeroizing<String>>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    hosted_domains: Vec<String>,
    #[serde(default)]
    gives_addresses: bool,
    #[serde(default)]
    groups_claim: String,
    #[serde(default)]
    group_roles: Vec<GroupForm>,
    #[serde(default)]
    default_roles: Vec<GrantForm>,
    #[serde(default)]
    creates_accounts: bool,
    #[serde(default)]
    counts_as_second_factor: bool,
    #[serde(default)]
    authority: Option<String>,
    #[serde(default)]
    private_address: bool,
}

/// What whoever is in a group of the provider's may do.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GroupGrant")]
struct GroupForm {
    group: String,
    #[serde(flatten)]
    grant: GrantForm,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Providers {
    providers: Vec<ShownProvider>,
}

/// A provider, without its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
pub(crate) struct ShownProvider {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    has_secret: bool,
    scopes: Vec<String>,
    domains: Vec<String>,
    hosted_domains: Vec<String>,
    gives_addresses: bool,
    groups_claim: String,
    group_roles: Vec<GroupForm>,
    default_roles: Vec<GrantForm>,
    creates_accounts: bool,
    counts_as_second_factor: bool,
    authority: Option<String>,
    private_address: bool,
    created_at: Time,
    /// Where a sign-in through it begins.
    sign_in: String,
    /// What the provider has to know as the address to come back to.
    callback: String,
    /// And as that of its back-channel logout.
    logout: String,
}

/// What a provider says of itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ProviderTested")]
pub(crate) struct Tested {
    issuer: String,
    looked_at: Time,
}

/// A form of a browser's.
pub(crate) enum LogoutForm {}

// === impl LogoutForm ===

impl Media for LogoutForm {
    const KINDS: &'static [&'static str] = &["application/x-www-form-urlencoded"];
}

// === impl ProviderForm ===

impl ProviderForm {
    fn spec(self) -> Result<ProviderSpec, Problem> {
        let issuer = match (self.preset.as_deref(), self.issuer) {
            (Some("google"), None) => oidc::ProviderConfig::google("", oidc::ClientSecret::new(String::new())).issuer,
            (None, Some(issuer)) => issuer,
            (Some(_), _) | (None, None) => {
                return Err(Problem::bad_request("issuer_invalid", "a provider has an `issuer`, or the `preset` google"));
            }
        };
        let mut group_roles = Vec::new();
        for form in &self.group_roles {
            let grants = GrantForm::parse(std::slice::from_ref(&form.grant))?;
            group_roles.extend(grants.into_iter().map(|grant| (form.group.clone(), grant)));
        }
        Ok(ProviderSpec {
            name: display_name(&self.name)?,
            issuer,
            client_id: self.client_id,
            client_secret: self.client_secret.map(|secret| ClientSecret::new(secret.to_string())),
            scopes: self.scopes,
            domains: self.domains,
            hosted_domains: self.hosted_domains,
            gives_addresses: self.gives_addresses,
            groups_claim: self.groups_claim,
            group_roles,
            default_roles: GrantForm::parse(&self.default_roles)?,
            creates_accounts: self.creates_accounts,
            counts_as_second_factor: self.counts_as_second_factor,
            authority: self.authority,
            private_address: self.private_address,
        })
    }
}

pub(crate) async fn begin(who: Who) -> Result<Response, Problem> {
    let (app, now) = (Arc::clone(&who.app), who.app.clock.now());
    let id = who.id("provider")?;
    let recency = if who.query_has("fresh") { Recency::Now } else { Recency::Ever };
    let known = find(&app, id).await?;
    let provider = app.providers.get(id, &known.config(), now).await?;
    let redirect_uri = callback_address(&app);
    let ask = Ask { redirect_uri: &redirect_uri, login_hint: None, recency };
    let (url, pending) = provider.begin(&ask, &*app.entropy, now)?;
    let kept = app.identity.keep_sso(id, pending)?;
    let age = model::limits::SSO_PENDING_MINUTES * 60;
    let cookie = format!("{COOKIE}={kept}; Path=/; Max-Age={age}; Secure; HttpOnly; SameSite=Lax");
    let headers = [(header::LOCATION, value(&url)?), (header::SET_COOKIE, value(&cookie)?)];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

pub(crate) async fn callback(who: Who) -> Result<Response, Problem> {
    let (app, now) = (Arc::clone(&who.app), who.app.clock.now());
    let kept = who::cookie(&who.headers, COOKIE).ok_or(SsoError::NotBegun)?;
    let begun = app.identity.take_sso(&kept)?;
    let id = begun.provider().ok_or(SsoError::NotBegun)?;
    let known = find(&app, id).await?;
    let provider = app.providers.get(id, &known.config(), now).await?;
    let verified = provider.finish(begun.pending, who.query(), now).await?;
    let done =
        who.run(move |who, identity| Ok(identity.sign_in_with_provider(id, &verified, &who.client(), &who.deed())?)).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    // The session's cookie is Strict: a redirect that another site began would not send it, a page of ours does.
    let mut response = with_sign_in(&done, (headers, CAME_BACK).into_response());
    let ended = format!("{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    response.headers_mut().append(header::SET_COOKIE, value(&ended)?);
    Ok(response)
}

/// The provider ended somebody's session there: those here that came from it end too.
pub(crate) async fn logout(who: Who, body: Sent<LogoutForm>) -> Result<Typed<NoBody>, Problem> {
    let (app, now) = (Arc::clone(&who.app), who.app.clock.now());
    let id = who.id("provider")?;
    let mut share = app.bodies.share();
    let form = body::read_up_to(body.0, &who.headers, LOGOUT_BYTES_MAX, &mut share).await?;
    let mut pairs = form.split(|&byte| byte == b'&').filter_map(|pair| pair.strip_prefix(b"logout_token="));
    let token = pairs.next().and_then(|token| std::str::from_utf8(token).ok());
    let token = token.ok_or_else(|| Problem::bad_request("logout_token_missing", "expected a form with `logout_token`"))?;
    let known = find(&app, id).await?;
    let provider = app.providers.get(id, &known.config(), now).await?;
    let logged_out = provider.verify_logout(token, now).await?;
    let deed = Deed { actor: Actor::Stranger, ..who.deed() };
    who.run(move |_, identity| Ok(identity.sign_out_by_provider(id, &logged_out, &deed)?)).await?;
    Ok(Typed::new((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response()))
}

pub(crate) async fn providers(who: Who) -> Result<Answer<Providers>, Problem> {
    who.run(|who, identity| {
        let all = identity.providers(&who.tenant_permit::<ManageSignIn>()?)?;
        Ok(ok(Providers { providers: all.iter().map(|one| shown(&who.app, one)).collect() }))
    })
    .await
}

/// Looks at the provider before it is kept, so that a mistake shows now and not at the first sign-in.
pub(crate) async fn add(who: Who, Form(form): Form<ProviderForm>) -> Result<Made<ShownProvider>, Problem> {
    let spec = form.spec()?;
    let _permit = who.tenant_permit::<ManageSignIn>()?;
    let candidate =
        Provider { id: ProviderId::NONE, tenant: model::TenantId::NONE, created_at: Timestamp::MIN, spec: spec.clone() };
    oidc::Provider::discover(candidate.config(), who.app.clock.now()).await?;
    who.run(move |who, identity| {
        let provider = identity.add_provider(&who.tenant_permit::<ManageSignIn>()?, &spec)?;
        Ok(made(shown(&who.app, &provider)))
    })
    .await
}

pub(crate) async fn change(who: Who, Form(form): Form<ProviderForm>) -> Result<Answer<ShownProvider>, Problem> {
    let spec = form.spec()?;
    who.run(move |who, identity| {
        let permit = who.tenant_permit::<ManageSignIn>()?;
        let provider = identity.change_provider(&permit, who.id("provider")?, &spec)?;
        Ok(ok(shown(&who.app, &provider)))
    })
    .await
}

/// Looks at a provider that is kept, as the next sign-in through it would: what it says of itself, and its keys.
pub(crate) async fn test(who: Who) -> Result<Answer<Tested>, Problem> {
    let (app, now) = (Arc::clone(&who.app), who.app.clock.now());
    let known = who.run(|who, identity| {
        let (permit, id) = (who.tenant_permit::<ManageSignIn>()?, who.id("provider")?);
        identity.providers(&permit)?.into_iter().find(|one| one.id == id).ok_or_else(Problem::not_found)
    });
    let found = oidc::Provider::discover(known.await?.config(), now).await?;
    Ok(ok(Tested { issuer: found.issuer().to_owned(), looked_at: app.clock.now().into() }))
}

pub(crate) async fn remove(who: Who) -> Result<Done, Problem> {
    who.run(|who, identity| {
        let permit = who.tenant_permit::<ManageSignIn>()?;
        identity.remove_provider(&permit, who.id("provider")?)?;
        Ok(nothing())
    })
    .await
}

async fn find(app: &Arc<App>, id: ProviderId) -> Result<Provider, Problem> {
    let worker = Arc::clone(app);
    let found = tokio::task::spawn_blocking(move || worker.identity.provider(id)).await;
    let found = found.map_err(|error| Problem::internal(&error))??;
    Ok(found.ok_or(SsoError::NoProvider)?)
}

fn callback_address(app: &App) -> String {
    format!("{}/v1/sign-in/sso/callback", app.origin)
}

fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(|error| Problem::internal(&error))
}

fn shown(app: &App, provider: &Provider) -> ShownProvider {
    let spec = provider.spec.clone();
    let group = |(group, grant): &(String, RoleGrant)| GroupForm { group: group.clone(), grant: GrantForm::of(grant) };
    ShownProvider {
        id: provider.id.to_string(),
        name: spec.name.as_str().to_owned(),
        issuer: spec.issuer,
        client_id: spec.client_id,
        has_secret: spec.client_secret.is_some(),
        scopes: spec.scopes,
        domains: spec.domains,
        hosted_domains: spec.hosted_domains,
        gives_addresses: spec.gives_addresses,
        groups_claim: spec.groups_claim,
        group_roles: spec.group_roles.iter().map(group).collect(),
        default_roles: GrantForm::shown(&spec.default_roles),
        creates_accounts: spec.creates_accounts,
        counts_as_second_factor: spec.counts_as_second_factor,
        authority: spec.authority,
        private_address: spec.private_address,
        created_at: provider.created_at.into(),
        sign_in: format!("{}/v1/sign-in/sso/{}", app.origin, provider.id),
        callback: callback_address(app),
        logout: format!("{}/v1/sign-in/sso/{}/logout", app.origin, provider.id),
    }
}
