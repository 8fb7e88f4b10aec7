//! Whether every stored verifier of a passphrase is Argon2id at or above the floor, under a pepper that is there, with a
//! salt of its own; and whether the verifiers that are made now are.

use model::limits::LOOK_KEYS_COMPARED_MAX;
use model::{Observation, Timestamp};

use super::rows::{Judged, Table};
use super::scratch::passphrase;
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;

pub(super) const USERS: Table =
    Table { name: "users", key: "id", columns: &["id", "email_index", "created_at", "document", "secrets"] };

pub(super) fn look(looked: &Looked<'_>, seen: &mut Seen, _: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let mut salts = std::mem::take(&mut seen.walks.once);
    let walked = identity.catalog.read(|db| {
        seen.walks.rows(db, &USERS, |place, row| {
            let account = identity.read_account(row)?;
            let Some(verifier) = account.secrets.passphrase.as_deref() else { return Ok(Judged::Nothing) };
            let salt = match identity.passphrases.examine(verifier) {
                Ok(salt) => salt,
                Err(error) => return Ok(Judged::Wrong(error.to_string())),
            };
            // A random salt never comes twice, so one that another account once had is none.
            if salts.len() < LOOK_KEYS_COMPARED_MAX || salts.contains_key(&salt) {
                let of = salts.entry(salt).or_insert_with(|| place.to_owned());
                if of != place {
                    return Ok(Judged::Wrong("the salt of another account".to_owned()));
                }
            }
            Ok(Judged::Good)
        })
    });
    seen.walks.once = salts;
    let mut tally = walked?;
    tally.count("a new verifier", made_now(looked)?);
    let (good, whole) = (tally.good, tally.whole);
    let mut observation = tally.observe("verifiers of passphrases are Argon2id, with a salt of their own");
    observation.summary = format!(
        "{good} of {whole} verifiers of passphrases are Argon2id at or above the floor with a salt of \
        their own, among them one that was made for this look and not stored"
    );
    Ok(observation)
}

/// What would be stored of a passphrase that somebody sets now.
fn made_now(looked: &Looked<'_>) -> Result<Result<(), String>, CheckError> {
    let (passphrases, entropy) = (&looked.identity.passphrases, &*looked.identity.entropy);
    let verifier = passphrases.hash(&passphrase(entropy)?, entropy).map_err(CheckError::step)?;
    Ok(passphrases.examine(&verifier).map(drop).map_err(|error| error.to_string()))
}

/// An old verifier of another product, which is cheap to guess.
pub(super) fn spoil(identity: &Identity, town: &Town, _: Timestamp) -> Result<(), CheckError> {
    let weak = "$argon2id$v=19$m=4096,t=1,p=1,keyid=AQ$AAAAAAAAAAAAAAAAAAAAAA$\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    Ok(identity.catalog.write(|tx| {
        let mut account = identity.account(tx, town.owner.session.user)?;
        account.secrets.passphrase = Some(weak.to_owned());
        identity.update_secrets(tx, &account)
    })?)
}
