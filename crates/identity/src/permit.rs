//! Proof that this crate allowed one action on one source.
//!
//! Always holds: only `identity` makes a [`Permit`], so whoever demands one cannot be reached unchecked.
//!
//! ```
//! fn search(permit: &identity::Permit<identity::Read>) -> model::Scope {
//!     permit.scope()
//! }
//! ```
//! Nobody else can build one:
//! ```compile_fail,E0451
//! fn forge(scope: model::Scope, principal: identity::Principal) -> identity::Permit<identity::Read> {
//!     identity::Permit { scope, principal, action: std::marker::PhantomData }
//! }
//! ```
//! ```compile_fail,E0624
//! fn forge(scope: model::Scope, principal: identity::Principal) -> identity::Permit<identity::Read> {
//!     identity::Permit::new(scope, principal)
//! }
//! ```
//! turn one into another:
//! ```compile_fail,E0308
//! fn widen(permit: identity::Permit<identity::Read>) -> identity::Permit<identity::Write> {
//!     permit
//! }
//! ```
//! or keep a copy of one for later:
//! ```compile_fail,E0308
//! fn keep(permit: &identity::Permit<identity::Read>) -> identity::Permit<identity::Read> {
//!     permit.clone()
//! }
//! ```

use std::fmt;
use std::marker::PhantomData;

use model::{ApiKeyId, Scope};

/// Marks a permit to read records.
#[derive(Debug)]
pub enum Read {}

/// Marks a permit to add records.
#[derive(Debug)]
pub enum Write {}

/// Marks a permit for the server's own jobs: compaction, retention, rotation.
#[derive(Debug)]
pub enum Maintain {}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Principal {
    ApiKey(ApiKeyId),
    /// The server itself, on nobody's behalf.
    Server,
}

/// One principal may do `A` on exactly one source.
#[must_use]
pub struct Permit<A> {
    scope: Scope,
    principal: Principal,
    action: PhantomData<fn() -> A>,
}

// === impl Permit ===

impl<A> Permit<A> {
    pub(crate) fn new(scope: Scope, principal: Principal) -> Self {
        Self { scope, principal, action: PhantomData }
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    #[must_use]
    pub fn principal(&self) -> Principal {
        self.principal
    }
}

impl<A> fmt::Debug for Permit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("scope", &self.scope).field("principal", &self.principal).finish_non_exhaustive()
    }
}
