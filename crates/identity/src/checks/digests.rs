//! Whether keys, sessions and invitations are kept as keyed digests only.
//!
//! Looks at the digest of each row, for a canary key whether what is stored depends on the pepper, and in the catalog's files
//! for anything that is a token with a right checksum.

use model::{Observation, Timestamp};
use rusqlite::Row;
use seal::{Pepper, RootKey};

use super::files::{FOUND_BYTES_MAX, look_through, of_catalog};
use super::rows::{Judged, Table};
use super::scratch::Scratch;
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;
use crate::catalog::{self, CatalogError};
use crate::credential::Credential;
use crate::key::PlainKey;

const API_KEYS: Table = Table {
    name: "api_keys",
    key: "id",
    columns: &[
        "id",
        "tenant",
        "source",
        "kind",
        "name",
        "prefix",
        "pepper",
        "digest",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
        "binding",
        "made_by",
        "used_from",
    ],
};
const SERVICE_KEYS: Table =
    Table { name: "service_keys", key: "id", columns: &["id", "account", "digest", "created_at", "last_used_at", "document"] };
const SESSIONS: Table = Table { name: "sessions", key: "id", columns: &["id", "user", "digest", "created_at", "document"] };
const INVITATIONS: Table =
    Table { name: "invitations", key: "id", columns: &["id", "tenant", "digest", "created_at", "document"] };

const TOKEN_BEGINS: &[u8] = b"bh_";
/// Characters of a token behind its kind.
const TOKEN_CHARS: usize = 33;

pub(super) fn look(looked: &Looked<'_>, seen: &mut Seen, _: Timestamp) -> Result<Observation, CheckError> {
    let identity = looked.identity;
    let (mut tally, files) = identity.catalog.read(|db| {
        let mut tally = seen.walks.rows(db, &API_KEYS, |_, row| {
            let stored = identity.read_key(row)?.1.digest;
            let pepper: u8 = row.get("pepper")?;
            let known = identity.peppers.newest_first().any(|known| known.id() == pepper);
            Ok(if known { of_row(row, stored)? } else { Judged::Wrong("made under an unknown pepper".to_owned()) })
        })?;
        tally.add(seen.walks.rows(db, &SERVICE_KEYS, |_, row| of_row(row, identity.read_service_key(row)?.1))?);
        tally.add(seen.walks.rows(db, &SESSIONS, |_, row| of_row(row, identity.read_session(row)?.1))?);
        tally.add(seen.walks.rows(db, &INVITATIONS, |_, row| of_row(row, identity.read_invitation(row)?.1))?);
        Ok::<_, CatalogError>((tally, of_catalog(db)))
    })?;
    tally.count("a canary key", canary(looked)?);

    let (bytes, tokens) = look_through(&mut seen.walks, &files, &tokens)?;
    if tokens > 0 {
        tally.count("the catalog's files", Err(format!("{tokens} tokens in clear")));
    }
    let (digested, whole) = (tally.good, tally.whole);
    let mut observation = tally.observe("keys, sessions and invitations are stored as keyed digests");
    observation.summary = format!(
        "{digested} of {whole} keys, sessions and invitations are stored as keyed digests, among them a canary key in a scratch \
         catalog; {tokens} were found in clear in the files of the catalog"
    );
    Ok(observation.counting("bytes of files looked through", bytes, None).counting("tokens found in clear", tokens, None))
}

/// The digest that is looked up is the one that is sealed.
fn of_row(row: &Row<'_>, stored: [u8; 32]) -> Result<Judged, CatalogError> {
    let looked_up: [u8; 32] = row.get("digest")?;
    let same = seal::constant_time_eq(&looked_up, &stored);
    Ok(if same { Judged::Good } else { Judged::Wrong("another digest than the sealed one".to_owned()) })
}

/// What a new key leaves behind: its digest under the pepper, and its text nowhere.
fn canary(looked: &Looked<'_>) -> Result<Result<(), String>, CheckError> {
    let scratch = Scratch::new(looked.identity, looked.scratch, factor::Cost::FLOOR)?;
    let town = scratch.town(Timestamp::default())?;
    let (token, identity) = (town.write_key.as_bytes(), &scratch.identity);
    let sql = "SELECT digest FROM api_keys WHERE kind = 'write'";
    let (stored, files) = identity.catalog.read(|db| {
        let stored: Option<[u8; 32]> = catalog::one(db, sql, [], |row| Ok(row.get("digest")?))?;
        Ok::<_, CatalogError>((stored, of_catalog(db)))
    })?;
    let other = Pepper::new(&RootKey::generate(&*identity.entropy), 1);
    if stored != Some(identity.peppers.current.digest(token)) || stored == Some(other.digest(token)) {
        return Ok(Err("what is stored of it is no digest under the pepper".to_owned()));
    }
    let (_, found) = look_through(&mut super::rows::Walks::default(), &files, &tokens)?;
    Ok(if found == 0 { Ok(()) } else { Err("its text is in a file".to_owned()) })
}

/// How many texts there are that this crate would take for tokens.
fn tokens(bytes: &[u8]) -> u64 {
    const { assert!(TOKEN_BEGINS.len() + 16 + TOKEN_CHARS < FOUND_BYTES_MAX) };
    let begins = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(TOKEN_BEGINS));
    begins.filter(|&at| is_token(&bytes[at..])).count() as u64
}

fn is_token(bytes: &[u8]) -> bool {
    let Some(kind) = bytes[TOKEN_BEGINS.len()..].iter().take(16).position(|&byte| byte == b'_') else { return false };
    let text = bytes.get(..TOKEN_BEGINS.len() + kind + 1 + TOKEN_CHARS).and_then(|text| std::str::from_utf8(text).ok());
    text.is_some_and(|text| PlainKey::parse(text).is_ok())
}

/// A key in clear in the place of its digest.
pub(super) fn spoil(identity: &Identity, town: &Town, _: Timestamp) -> Result<(), CheckError> {
    let token = Credential::from_key(&town.write_key).map_err(CheckError::step)?;
    Ok(identity
        .catalog
        .write(|tx| catalog::change(tx, "UPDATE api_keys SET digest = ?1 WHERE kind = 'write'", [token.token()]).map(drop))?)
}
