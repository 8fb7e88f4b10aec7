//! The relying party's half of OpenID Connect: from a provider's configuration and a browser's redirects to a verified
//! statement of who somebody is.
//!
//! Always holds: everything goes over TLS with verified names, redirects are not followed, answers are bounded in size and
//! time, and an address that is not public is asked only where an administrator allowed it for the provider's own host; what
//! else the server sends to an address that a tenant named goes the same way, [`Egress`]; what a name's owner wrote into the
//! DNS is asked of the machine's own resolver, over a connection, [`texts`].
//! Only this crate makes a [`Verified`] or a [`LoggedOut`]. A sign-in is the code flow with PKCE, state and nonce, and what
//! waits for its end ([`Pending`]) is used up by it. Signatures are RS256, PS256, ES256 or EdDSA.
//! Knows no accounts, tenants or sessions, stores nothing, and does not remember which logout tokens it saw: the caller
//! keeps a [`Pending`] on the server, for one browser, and a [`LoggedOut`]'s `jti`.

mod checks;
mod config;
mod document;
mod egress;
mod error;
mod id_token;
mod jws;
mod keys;
mod logout;
mod pending;
mod provider;
mod providers;
mod sign_in;
mod texts;
mod verified;

pub use checks::checks;
pub use config::{Addresses, ClientSecret, Emails, ProviderConfig};
pub use egress::{Answered, Egress, Named};
pub use error::{BeginError, ConfigError, DiscoverError, EgressError, FetchError, LogoutError, SignInError, TokenError};
pub use logout::{Leave, LoggedOut};
pub use pending::Pending;
pub use provider::{Ask, Provider, Recency};
pub use providers::Providers;
pub use texts::{TextsError, texts};
pub use verified::Verified;
