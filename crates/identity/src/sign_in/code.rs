//! One-time codes, recovery codes and passphrases that complete a sign-in, or prove again who is signed in.

use audit::{Deed, Event};
use factor::{Passphrase, RecoveryCode, Ticket, TotpSecret, Verdict};
use model::Timestamp;
use rusqlite::Connection;

use super::{Settled, SignInError, SignedInNow};
use crate::Identity;
use crate::catalog::CatalogError;
use crate::credential::Credential;
use crate::notices::Notice;
use crate::sessions::{Client, Method, Session, Stage};
use crate::users::Account;

// === impl Identity ===

impl Identity {
    /// Completes a sign-in, or makes a session fresh, with a one-time code or a recovery code.
    pub fn prove_with_code(
        &self,
        credential: &Credential,
        code: &str,
        client: &Client,
        deed: &Deed,
    ) -> Result<SignedInNow, SignInError> {
        let (_, account) = self.catalog.read(|db| self.find_session(db, credential, deed.at))?;
        let ticket = self.take_ticket(&account.user.email, client, deed)?;
        let ticket = std::cell::Cell::new(Some(ticket));
        let proved = self.catalog.write(|tx| {
            let (session, mut account) = self.find_session(tx, credential, deed.at)?;
            let Some(method) = self.spend_code(tx, (&mut account, &session), code, deed)? else { return Ok(None) };
            Ok::<_, SignInError>(Some(self.complete(tx, (&mut account, session), method, (client, deed))?))
        })?;
        self.judged(proved, ticket.take(), &account, deed)
    }

    /// Proves again who is signed in, where there is no second factor to prove it with.
    pub fn prove_with_passphrase(
        &self,
        credential: &Credential,
        passphrase: &Passphrase,
        client: &Client,
        deed: &Deed,
    ) -> Result<SignedInNow, SignInError> {
        let (session, account) = self.catalog.read(|db| self.find_session(db, credential, deed.at))?;
        match session.stage {
            Stage::SignedIn => {}
            Stage::FirstFactor => return Err(SignInError::NothingToProve),
        }
        let has_second = !Self::second_factors(&account).is_empty();
        let verifier = account.secrets.passphrase.clone().filter(|_| !has_second).ok_or(SignInError::NothingToProve)?;
        let ticket = self.take_ticket(&account.user.email, client, deed)?;
        let right = match self.passphrases.verify(passphrase, &verifier) {
            Ok(Verdict::Right { .. }) => true,
            Ok(Verdict::Wrong) => false,
            Err(_) => {
                self.settle(Some(ticket), Settled::Half, deed.at);
                return Err(SignInError::Memory);
            }
        };
        let proved = match right {
            false => None,
            true => Some(self.catalog.write(|tx| {
                let (session, mut account) = self.find_session(tx, credential, deed.at)?;
                Ok::<_, SignInError>(self.complete(tx, (&mut account, session), Method::Passphrase, (client, deed))?)
            })?),
        };
        self.judged(proved, Some(ticket), &account, deed)
    }

    fn judged(
        &self,
        proved: Option<SignedInNow>,
        ticket: Option<Ticket>,
        account: &Account,
        deed: &Deed,
    ) -> Result<SignedInNow, SignInError> {
        match (proved, ticket) {
            (Some(done), ticket) => {
                self.settle(ticket, Settled::In, deed.at);
                Ok(done)
            }
            (None, Some(ticket)) => Err(self.wrong(ticket, Some(account), deed)),
            (None, None) => Err(SignInError::Wrong),
        }
    }

    /// Spends a right code; says what kind it was.
    fn spend_code(
        &self,
        db: &Connection,
        (account, session): (&mut Account, &Session),
        code: &str,
        deed: &Deed,
    ) -> Result<Option<Method>, CatalogError> {
        if let Some(step) = right_step(account, code, deed.at) {
            if let Some(totp) = &mut account.secrets.totp {
                totp.last_step = Some(step);
            }
            self.update_secrets(db, account)?;
            return Ok(Some(Method::Totp));
        }
        let Some(code) = RecoveryCode::parse(code) else { return Ok(None) };
        let owner = account.user.id;
        let found = self.peppers.newest_first().find_map(|pepper| code.find(pepper, owner, &account.secrets.recovery));
        let Some(place) = found else { return Ok(None) };
        account.secrets.recovery.remove(place);
        self.update_secrets(db, account)?;
        let left = account.secrets.recovery.len();
        self.tell(db, owner, &Notice::RecoveryCodeUsed { left }, deed.at)?;
        let event = Event::RecoveryCodeUsed { user: owner.to_string(), left: left as u64 };
        // Half a sign-in works in no tenant yet.
        let deed = self.home_deed(account, deed);
        self.record(db, &self.deed_of(account, session, &deed), event)?;
        Ok(Some(Method::RecoveryCode))
    }
}

fn right_step(account: &Account, code: &str, now: Timestamp) -> Option<u64> {
    let totp = account.secrets.totp.as_ref()?;
    stored_secret(&totp.secret)?.check(code, now, totp.last_step)
}

/// A secret as documents hold it: in hexadecimal.
pub(crate) fn stored_secret(text: &str) -> Option<TotpSecret> {
    let bytes: Option<Vec<u8>> =
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    TotpSecret::from_bytes(&zeroize::Zeroizing::new(bytes?))
}

pub(crate) fn secret_text(secret: &TotpSecret) -> String {
    secret.expose().iter().fold(String::with_capacity(40), |mut text, byte| {
        use std::fmt::Write;
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
