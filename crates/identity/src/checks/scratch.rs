//! A catalog of made-up people, for what cannot be tried on real ones.
//!
//! Always holds: it is sealed under a root key that ends with it, so nothing of it opens anything elsewhere; its folder is
//! its owner's only, and goes with it.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::{Actor, Deed};
use factor::{Cost, Passphrase, Passphrases};
use model::{DisplayName, Email, Entropy, ObjectId, Scope, Timestamp};
use seal::{FieldSealer, Pepper, RootKey};

use super::CheckError;
use crate::permit::ManagePeople;
use crate::{Client, Credential, FirstOwner, Identity, OpenedSession, Peppers, RoleGrant};

const FOLDER_MODE: u32 = 0o700;

pub(super) struct Scratch {
    pub(super) identity: Identity,
    folder: PathBuf,
}

/// A made-up tenant with a source and an owner who has just come.
pub(super) struct Town {
    pub(super) scope: Scope,
    pub(super) email: Email,
    pub(super) owner: OpenedSession,
    pub(super) write_key: String,
}

// === impl Scratch ===

impl Scratch {
    /// With the engine, the relying party and the randomness of another catalog.
    pub(super) fn new(like: &Identity, within: &Path, cost: Cost) -> Result<Self, CheckError> {
        let folder = within.join(ObjectId::generate(&*like.entropy).to_string());
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&folder)?;
        let root = RootKey::generate(&*like.entropy);
        let sealer = FieldSealer::new(&root, Arc::clone(&like.entropy));
        let passphrases = Passphrases::new(Pepper::new(&root, 1), None, cost);
        let means = (sealer, Peppers::from(Pepper::new(&root, 1)), passphrases);
        let minds = (Arc::clone(&like.engine), Arc::clone(&like.passkeys));
        let file = folder.join("identity.sqlite");
        match Identity::open_beside(&file, means, minds, Arc::clone(&like.entropy)) {
            Ok(identity) => Ok(Self { identity, folder }),
            Err(error) => {
                let _ = std::fs::remove_dir_all(&folder);
                Err(error.into())
            }
        }
    }

    /// Where others can be made that end before it.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn town(&self, now: Timestamp) -> Result<Town, CheckError> {
        let identity = &self.identity;
        let token = identity.create_setup_token(&shell(now)).map_err(CheckError::step)?;
        let owner = FirstOwner { email: email("owner")?, name: name("Check Owner")? };
        let (tenant, source) = (name("check tenant")?, name("check source")?);
        let made =
            identity.complete_setup(token.reveal(), (&tenant, &source), Some((&owner, &Client::default())), &stranger(now));
        let (made, opened) = made.map_err(CheckError::step)?;
        let opened = opened.ok_or_else(|| CheckError::step("no owner was made"))?;
        let scope = Scope { tenant: made.tenant_id, source: made.source_id };
        Ok(Town { scope, email: owner.email, owner: opened, write_key: made.write_key.reveal().to_owned() })
    }

    /// One more person of the town, invited at the shell and in by the link.
    pub(super) fn joins(
        &self,
        town: &Town,
        who: &str,
        grants: &[RoleGrant],
        now: Timestamp,
    ) -> Result<OpenedSession, CheckError> {
        let permit = self.identity.by_shell::<ManagePeople>(town.scope.tenant, &shell(now));
        let (token, _) = self.identity.invite(&permit, &email(who)?, grants).map_err(CheckError::step)?;
        let accepted = self.identity.accept_invitation(&token.into(), &name("Check Member")?, &Client::default(), &stranger(now));
        accepted.map_err(CheckError::step)
    }

    /// A passphrase that nobody can guess, and that is strong enough for everybody.
    pub(super) fn passphrase(&self) -> Result<Passphrase, CheckError> {
        passphrase(&*self.identity.entropy)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is removed when checks begin anew; it opens nothing.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

// === impl OpenedSession ===

impl OpenedSession {
    pub(super) fn credential(&self) -> Result<Credential, CheckError> {
        Credential::from_key(self.token.reveal()).map_err(CheckError::step)
    }
}

pub(super) fn shell(at: Timestamp) -> Deed {
    Deed::by(Actor::Shell, at)
}

/// Somebody from a network for examples (RFC 5737).
pub(super) fn stranger(at: Timestamp) -> Deed {
    stranger_from(0, at)
}

/// The same from another network.
pub(super) fn stranger_from(network: u8, at: Timestamp) -> Deed {
    Deed { address: Some(std::net::IpAddr::from([198, 18, network, 1])), ..Deed::by(Actor::Stranger, at) }
}

pub(super) fn email(who: &str) -> Result<Email, CheckError> {
    Email::parse(&format!("{who}.of.a.check@example.invalid")).map_err(CheckError::step)
}

pub(super) fn name(text: &str) -> Result<DisplayName, CheckError> {
    DisplayName::parse(text).map_err(CheckError::step)
}

pub(super) fn passphrase(entropy: &dyn Entropy) -> Result<Passphrase, CheckError> {
    let (one, two) = (ObjectId::generate(entropy), ObjectId::generate(entropy));
    Passphrase::parse(&format!("{one} {two}")).map_err(CheckError::step)
}
