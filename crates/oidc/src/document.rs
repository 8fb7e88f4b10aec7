//! What a provider says of itself (OpenID Connect Discovery 1.0), as far as it is used.
//!
//! Always holds: the issuer is letter by letter the configured one, and every endpoint is an https URL. What else the
//! document says is not read.

use openidconnect::url::Url;
use serde::{Deserialize, Deserializer};

use crate::egress::{Egress, parse_https};
use crate::error::{ConfigError, DiscoverError};

const PATH: &str = "/.well-known/openid-configuration";

#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) keys: Url,
    pub(crate) user_info: Option<Url>,
    pub(crate) end_session: Option<Url>,
    pub(crate) client_auth: ClientAuth,
    pub(crate) names_issuer: NamesIssuer,
}

/// How this client shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    Basic,
    Post,
}

/// Whether the browser brings back who sent it (RFC 9207).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamesIssuer {
    Always,
    Perhaps,
}

#[derive(Deserialize)]
struct Wire {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    authorization_response_iss_parameter_supported: bool,
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

// === impl Document ===

impl Document {
    pub(crate) async fn fetch(issuer: &str, egress: &Egress) -> Result<Self, DiscoverError> {
        let url = parse_https(issuer).filter(|url| url.query().is_none()).ok_or(ConfigError::Issuer)?;
        let place = format!("{}{PATH}", url.as_str().trim_end_matches('/'));
        let place = parse_https(&place).ok_or(ConfigError::Issuer)?;
        let wire: Wire = egress.fetch(&place, None).await?;
        if wire.issuer != issuer {
            return Err(DiscoverError::Issuer);
        }
        let endpoint = |text: &String| parse_https(text).ok_or(DiscoverError::Endpoint);
        let methods = &wire.token_endpoint_auth_methods_supported;
        let offers = |method: &str| methods.iter().any(|offered| offered == method);
        Ok(Self {
            authorization: endpoint(&wire.authorization_endpoint)?,
            token: endpoint(&wire.token_endpoint)?,
            keys: endpoint(&wire.jwks_uri)?,
            user_info: wire.userinfo_endpoint.as_ref().map(endpoint).transpose()?,
            end_session: wire.end_session_endpoint.as_ref().map(endpoint).transpose()?,
            // Where nothing is said it is the first of them.
            client_auth: if offers("client_secret_post") && !offers("client_secret_basic") {
                ClientAuth::Post
            } else {
                ClientAuth::Basic
            },
            names_issuer: if wire.authorization_response_iss_parameter_supported {
                NamesIssuer::Always
            } else {
                NamesIssuer::Perhaps
            },
        })
    }
}
