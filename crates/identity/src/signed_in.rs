//! Whoever is signed in, acting on the own account.
//!
//! Always holds: only this crate makes a [`SignedIn`]; what changes how somebody signs in demands a [`Fresh`] one, made
//! within ten minutes of a proof of who it is.

use std::fmt;

use audit::Deed;

use crate::Identity;
use crate::credential::Credential;
use crate::key::TokenKind;
use crate::refused::Refused;
use crate::sessions::{Session, Stage, actor};
use crate::users::{Account, User};

/// A person or one of staff, with a complete sign-in.
pub struct SignedIn {
    pub(crate) account: Account,
    pub(crate) session: Session,
    deed: Deed,
}

/// The same, lately proved.
#[derive(Debug)]
pub struct Fresh<'a>(&'a SignedIn);

// === impl SignedIn ===

impl SignedIn {
    #[must_use]
    pub fn user(&self) -> &User {
        &self.account.user
    }

    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    #[must_use]
    pub fn deed(&self) -> &Deed {
        &self.deed
    }

    /// For what the account is beyond the tenant that its session works in. A session from a tenant's provider reaches
    /// nothing of that: whoever runs the provider would.
    pub(crate) fn beyond_its_tenant(&self) -> Result<(), Refused> {
        if self.session.of_provider.is_some() { Err(Refused::OfProvider) } else { Ok(()) }
    }

    /// For acts that somebody who took over the session must not do.
    pub fn fresh(&self) -> Result<Fresh<'_>, Refused> {
        self.beyond_its_tenant()?;
        if self.session.is_fresh(self.deed.at) { Ok(Fresh(self)) } else { Err(Refused::NotFresh) }
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("user", &self.account.user.id).finish_non_exhaustive()
    }
}

// === impl Fresh ===

impl Fresh<'_> {
    #[must_use]
    pub fn who(&self) -> &SignedIn {
        self.0
    }
}

// === impl Identity ===

impl Identity {
    /// Whose session this token opens, if its sign-in is complete.
    pub fn signed_in(&self, credential: Option<&Credential>, deed: &Deed) -> Result<SignedIn, Refused> {
        let credential = credential.filter(|credential| credential.kind() == TokenKind::Session).ok_or(Refused::NotSignedIn)?;
        let (session, account) = self.catalog.read(|db| self.find_session(db, credential, deed.at))?;
        match session.stage {
            Stage::SignedIn => {}
            Stage::FirstFactor => return Err(Refused::SecondFactorPending),
        }
        self.note_seen(session.id, deed.at);
        let deed = self.deed_of(&account, &session, deed);
        Ok(SignedIn { account, session, deed })
    }

    /// What somebody does in a session: in the trail of the tenant that it works in.
    pub(crate) fn deed_of(&self, account: &Account, session: &Session, deed: &Deed) -> Deed {
        let signed_in_by = session.methods.iter().map(|method| method.as_str()).collect();
        let deed = Deed { actor: actor(account), signed_in_by, ..deed.clone() };
        match session.tenant {
            Some(tenant) => deed.of_tenant(tenant),
            None => deed,
        }
    }

    /// The end of a session, by whoever holds it, however far its sign-in came.
    pub fn sign_out(&self, credential: &Credential, deed: &Deed) -> Result<(), Refused> {
        let (session, account) = self.catalog.read(|db| self.find_session(db, credential, deed.at))?;
        let deed = self.deed_of(&account, &session, deed);
        self.catalog.write(|tx| {
            self.drop_session(tx, session.id)?;
            let event = audit::Event::SignedOut { session: session.id.to_string() };
            Ok::<_, Refused>(self.record(tx, &deed, event)?)
        })
    }
}
