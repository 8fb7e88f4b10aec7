//! A made-up person turns on one-time codes and signs in: without a code no, with one yes, with the same one again no.

use model::{Observation, Timestamp};

use super::rows::Tally;
use super::scratch::{Scratch, stranger};
use super::{CheckError, Control, Town};
use crate::Identity;
use crate::permit::ViewTenant;
use crate::refused::Refused;
use crate::sign_in::code::stored_secret;
use crate::{Client, Credential, SignInError, SignInStep};

/// Seconds until an app shows the next code.
const STEP_SECONDS: i64 = 30;

pub(super) fn run(scratch: &Scratch, control: Control, now: Timestamp) -> Result<Observation, CheckError> {
    let (identity, town, mut tally) = (&scratch.identity, scratch.town(now)?, Tally::default());
    let passphrase = scratch.passphrase()?;
    let who = identity.signed_in(Some(&town.owner.credential()?), &stranger(now)).map_err(CheckError::step)?;
    let fresh = who.fresh().map_err(CheckError::step)?;
    identity.set_passphrase(&fresh, &passphrase).map_err(CheckError::step)?;
    identity.offer_totp(&fresh).map_err(CheckError::step)?;
    let first = code(identity, &town, now)?;
    identity.confirm_totp(&fresh, &first).map_err(CheckError::step)?;
    match control {
        Control::InForce => {}
        Control::Broken => forget(identity, &town)?,
    }

    // Another step of the clock, so that another code is right.
    let now = now.plus_seconds(2 * STEP_SECONDS);
    let client = Client::default();
    let step = identity.sign_in_with_passphrase(&town.email, &passphrase, &client, &stranger(now)).map_err(CheckError::step)?;
    let (half, complete) = match step {
        SignInStep::SecondFactor { session, .. } => (session, false),
        SignInStep::Done(done) => (done.session, true),
    };
    tally.step("the passphrase alone completes no sign-in", !complete);
    let half = half.credential()?;
    let refused = identity.authorize_tenant::<ViewTenant>(Some(&half), town.scope.tenant, &stranger(now));
    tally.step("half a sign-in opens nothing", matches!(refused, Err(Refused::SecondFactorPending)));
    tally.step("a wrong code is refused", is_wrong(identity, &half, "0000000", now));
    tally.step("the code that turned codes on is refused", is_wrong(identity, &half, &first, now));
    if let Ok(second) = code(identity, &town, now) {
        match identity.prove_with_code(&half, &second, &client, &stranger(now)) {
            Ok(done) => {
                tally.step("a right code completes the sign-in", true);
                let whole = done.session.credential()?;
                let seen = identity.authorize_tenant::<ViewTenant>(Some(&whole), town.scope.tenant, &stranger(now));
                tally.step("a complete sign-in opens what the role allows", seen.is_ok());
                tally.step("half a sign-in is spent with it", identity.signed_in(Some(&half), &stranger(now)).is_err());
                tally.step("the same code is refused a second time", is_wrong(identity, &whole, &second, now));
            }
            Err(_) => tally.step("a right code completes the sign-in", false),
        }
    } else {
        tally.step("the account has its codes", false);
    }
    let (good, whole) = (tally.good, tally.whole);
    let mut observation = tally.observe("steps of a sign-in with a one-time code ended as they have to");
    observation.summary = format!(
        "a made-up person in a scratch catalog with the settings in force turned on one-time codes and signed in: {good} of \
         {whole} steps ended as they have to"
    );
    Ok(observation)
}

/// What the person's app would show.
fn code(identity: &Identity, town: &Town, now: Timestamp) -> Result<String, CheckError> {
    let account = identity.catalog.read(|db| identity.account(db, town.owner.session.user))?;
    let stored = account.secrets.totp.as_ref().map(|totp| totp.secret.as_str()).or(account.secrets.totp_pending.as_deref());
    let secret = stored.and_then(stored_secret).ok_or_else(|| CheckError::step("no secret of one-time codes"))?;
    let code = secret.code(now).ok_or_else(|| CheckError::step("no code at this time"))?;
    Ok(code.as_str().to_owned())
}

fn is_wrong(identity: &Identity, credential: &Credential, code: &str, now: Timestamp) -> bool {
    let answer = identity.prove_with_code(credential, code, &Client::default(), &stranger(now));
    matches!(answer, Err(SignInError::Wrong))
}

/// The codes are turned off, and the account does not say so.
fn forget(identity: &Identity, town: &Town) -> Result<(), CheckError> {
    Ok(identity.catalog.write(|tx| {
        let mut account = identity.account(tx, town.owner.session.user)?;
        account.secrets.totp = None;
        identity.update_secrets(tx, &account)
    })?)
}
