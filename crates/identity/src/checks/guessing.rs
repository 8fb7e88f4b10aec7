//! A made-up account is guessed at: guesses are slowed and told, and its person still gets in.
//!
//! In a scratch catalog, with the waits that are built in and with passphrases at the least cost that is allowed.

use audit::{Event, Filter, Log, Paging};
use factor::Throttle;
use model::limits::{GUESSES_PAIR_FREE, GUESSES_TOLD};
use model::{Observation, Timestamp};

use super::rows::Tally;
use super::scratch::{Scratch, stranger, stranger_from};
use super::{CheckError, Control, Town};
use crate::notices::Notice;
use crate::{Client, Identity, SignInError, SignInStep};

/// Guesses of one network: so many that one has to wait, however the control is.
const GUESSES: u32 = GUESSES_PAIR_FREE + 3;

pub(super) fn run(scratch: &Scratch, control: Control, now: Timestamp) -> Result<Observation, CheckError> {
    let scratch = &Scratch::new(&scratch.identity, scratch.folder(), factor::Cost::FLOOR)?;
    let (identity, town, mut tally) = (&scratch.identity, scratch.town(now)?, Tally::default());
    let (right, wrong) = (scratch.passphrase()?, scratch.passphrase()?);
    let who = identity.signed_in(Some(&town.owner.credential()?), &stranger(now)).map_err(CheckError::step)?;
    identity.set_passphrase(&who.fresh().map_err(CheckError::step)?, &right).map_err(CheckError::step)?;
    let signed_in = identity.sign_in_with_passphrase(&town.email, &right, &Client::default(), &stranger(now));
    let SignInStep::Done(done) = signed_in.map_err(CheckError::step)? else {
        return Err(CheckError::step("a second factor was asked for"));
    };
    let device = Some(done.device.reveal().to_owned());

    let (mut looked_at, mut networks) = (0, 0u8);
    while looked_at < GUESSES_TOLD {
        networks += 1;
        let mut of_network = 0;
        for _ in 0..GUESSES {
            match control {
                Control::InForce => {}
                Control::Broken => *identity.throttle.lock() = Throttle::default(),
            }
            let guess = identity.sign_in_with_passphrase(&town.email, &wrong, &Client::default(), &stranger_from(networks, now));
            match guess {
                Err(SignInError::Wrong) => of_network += 1,
                Err(SignInError::Wait { .. }) => break,
                Ok(_) => tally.step("a guess lets nobody in", false),
                Err(error) => return Err(CheckError::step(error)),
            }
        }
        looked_at += of_network;
        tally.step("a network that guesses has to wait", of_network <= GUESSES_PAIR_FREE + 1);
        if of_network == 0 {
            break;
        }
    }
    identity.flush_attacks(now)?;
    identity.flush_refusals(now)?;
    tally.step("the person is told", is_told(identity, &town, now)?);
    tally.step("the tenant's trail tells it", is_in_trail(identity, &town)?);
    let client = Client { device, ..Client::default() };
    let back = identity.sign_in_with_passphrase(&town.email, &right, &client, &stranger_from(0, now));
    tally.step("the person gets in meanwhile", matches!(back, Ok(SignInStep::Done(_))));

    let (good, whole) = (tally.good, tally.whole);
    let mut observation = tally.observe("expectations of guessing were met");
    observation.summary = format!(
        "a made-up account in a scratch catalog was guessed at from {networks} networks: {good} of {whole} expectations of waits, \
         of what is told and of its person getting in were met"
    );
    Ok(observation.counting("guesses that were looked at", looked_at.into(), None))
}

fn is_told(identity: &Identity, town: &Town, now: Timestamp) -> Result<bool, CheckError> {
    let who = identity.signed_in(Some(&town.owner.credential()?), &stranger(now)).map_err(CheckError::step)?;
    Ok(identity.notices(&who)?.iter().any(|dated| matches!(dated.notice, Notice::AccountAttacked { .. })))
}

fn is_in_trail(identity: &Identity, town: &Town) -> Result<bool, CheckError> {
    let (log, filter) = (Log::Tenant(town.scope.tenant), Filter::default());
    let page = identity.audit_entries(log, &filter, Paging { before: None, limit: 100 })?;
    Ok(page.entries.iter().any(|recorded| matches!(recorded.entry.event, Event::AccountAttacked { .. })))
}
