//! How somebody signs in: with a passphrase and a second factor, or with a passkey.
//!
//! Always holds: an answer does not tell whether an address has an account, neither by its words nor by its time (what
//! has to be written about a failure is written later); every try is counted before it is looked at; a one-time code and
//! a recovery code are spent in the transaction that lets the person in.
//! Hashing a passphrase blocks a thread and takes memory: the caller bounds how many run at once.

pub(crate) mod code;
mod passkey;

use std::net::{IpAddr, Ipv4Addr};

use audit::{Deed, Event};
use factor::{Attempt, Decision, KnownDevice, Passphrase, PlainDeviceToken, Rehash, Ticket, Told, Verdict};
use model::{Email, Timestamp, UserId};
use rusqlite::Connection;

use crate::Identity;
use crate::catalog::CatalogError;
use crate::notices::Notice;
use crate::record::Refusee;
use crate::refused::Refused;
use crate::sessions::{Client, Method, OpenedSession, Opening, Session, Stage};
use crate::users::Account;

pub(crate) use passkey::Ceremonies;
pub use passkey::{OwnPasskey, PasskeyCeremony};

/// Networks of earlier sign-ins that are remembered for each person.
const NETWORKS_MAX: usize = 20;

/// How far a sign-in came.
#[derive(Debug)]
pub enum SignInStep {
    Done(SignedInNow),
    /// The session that is to be completed, and by what.
    SecondFactor {
        session: OpenedSession,
        methods: Vec<Method>,
    },
}

/// A complete sign-in. The device token is for the browser to keep: with it, others' wrong tries do not make it wait.
#[derive(Debug)]
pub struct SignedInNow {
    pub session: OpenedSession,
    pub device: PlainDeviceToken,
}

#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// One text for an unknown address, a wrong passphrase, a wrong code and a disabled account.
    #[error("this does not let you in: check what you entered")]
    Wrong,
    #[error("too many tries: try again in {seconds} seconds")]
    Wait { seconds: u32 },
    /// The sign-in that this would complete has ended.
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the machine has no memory to check a passphrase now")]
    Memory,
    #[error("there is nothing of this kind to prove")]
    NothingToProve,
    #[error("this sign-in took too long, or was never begun: begin again")]
    NoCeremony,
    #[error("the passkey was refused: {0}")]
    Passkey(String),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Somebody's account under attack, to be told of later.
#[derive(Debug)]
pub(crate) struct Attacked {
    user: UserId,
    deed: Deed,
}

// === impl Identity ===

impl Identity {
    pub fn sign_in_with_passphrase(
        &self,
        email: &Email,
        passphrase: &Passphrase,
        client: &Client,
        deed: &Deed,
    ) -> Result<SignInStep, SignInError> {
        let ticket = self.take_ticket(email, client, deed)?;
        let account = self.catalog.read(|db| self.find_account_by_email(db, email))?;
        let verifier = account.as_ref().and_then(|account| account.secrets.passphrase.as_deref());
        let verdict = match verifier {
            Some(verifier) => self.passphrases.verify(passphrase, verifier),
            None => self.passphrases.verify_nobody(passphrase),
        };
        let account = account.filter(Account::is_active);
        let rehash = match (verdict, &account) {
            (Ok(Verdict::Right { rehash }), Some(_)) => rehash,
            (Ok(Verdict::Right { .. } | Verdict::Wrong), account) => {
                return Err(self.wrong(ticket, account.as_ref(), deed));
            }
            (Err(factor::VerifyError::Memory), _) => {
                self.throttle.lock().withdrawn(ticket, deed.at);
                return Err(SignInError::Memory);
            }
            (Err(_), account) => {
                let table = "users";
                let id = account.as_ref().map(|account| account.user.id.to_string()).unwrap_or_default();
                return Err(CatalogError::Tampered { table, id }.into());
            }
        };
        let account = account.ok_or(SignInError::Wrong)?;
        let fresh = match rehash {
            Rehash::Needed => self.passphrases.hash(passphrase, &*self.entropy).ok(),
            Rehash::NotNeeded => None,
        };
        let ticket = std::cell::Cell::new(Some(ticket));
        self.catalog.write(|tx| {
            // Read again: it may have been disabled, or its passphrase changed, while this one was looked at.
            let mut now = self.account(tx, account.user.id)?;
            if !now.is_active() || now.secrets.passphrase != account.secrets.passphrase {
                return Err(SignInError::Wrong);
            }
            if fresh.is_some() {
                now.secrets.passphrase.clone_from(&fresh);
                self.update_secrets(tx, &now)?;
            }
            let methods = Self::second_factors(&now);
            let opening = |stage| Opening {
                stage,
                methods: vec![Method::Passphrase],
                second_factor: false,
                proved_at: None,
                of_provider: None,
            };
            if methods.is_empty() {
                let done = self.let_in(tx, &mut now, (opening(Stage::SignedIn), client), deed)?;
                self.settle(ticket.take(), Settled::In, deed.at);
                return Ok(SignInStep::Done(done));
            }
            let session = self.open_session(tx, &now, (opening(Stage::FirstFactor), client), deed)?;
            self.settle(ticket.take(), Settled::Half, deed.at);
            Ok(SignInStep::SecondFactor { session, methods })
        })
    }

    /// By what the account can prove a second factor.
    pub(crate) fn second_factors(account: &Account) -> Vec<Method> {
        let mut methods = Vec::new();
        if !account.secrets.passkeys.is_empty() {
            methods.push(Method::Passkey);
        }
        if account.secrets.totp.is_some() {
            methods.push(Method::Totp);
        }
        if !methods.is_empty() && !account.secrets.recovery.is_empty() {
            methods.push(Method::RecoveryCode);
        }
        methods
    }

    /// Opens the session of a complete sign-in, tells it, and tells its person if it came from an unusual place.
    pub(crate) fn let_in(
        &self,
        db: &Connection,
        account: &mut Account,
        (opening, client): (Opening, &Client),
        deed: &Deed,
    ) -> Result<SignedInNow, CatalogError> {
        let session = self.open_session(db, account, (opening, client), deed)?;
        self.tell_sign_in(db, account, &session.session, (client, deed))?;
        Ok(self.signed_in_now(session, account, deed.at))
    }

    pub(crate) fn signed_in_now(&self, session: OpenedSession, account: &Account, now: Timestamp) -> SignedInNow {
        let device = PlainDeviceToken::make(&self.peppers.current, &account.user.email, &*self.entropy, now);
        SignedInNow { session, device }
    }

    pub(crate) fn tell_sign_in(
        &self,
        db: &Connection,
        account: &mut Account,
        session: &Session,
        (client, deed): (&Client, &Deed),
    ) -> Result<(), CatalogError> {
        let told = self.deed_of(account, session, deed);
        let methods = session.methods.iter().map(|method| method.as_str().to_owned()).collect();
        self.record(db, &told, Event::SignedIn { session: session.id.to_string(), methods })?;
        let tenant = session.tenant.map(|tenant| tenant.to_string());
        if account.last_tenant != tenant {
            account.last_tenant = tenant;
            self.update_account(db, account)?;
        }
        let network = network(deed.address);
        let known = account.secrets.networks.contains(&network) || self.known_device(account, client, deed.at).is_some();
        if !known && !account.secrets.networks.is_empty() {
            let notice = Notice::UnusualSignIn { address: session.address.clone(), agent: session.agent.clone() };
            self.tell(db, account.user.id, &notice, deed.at)?;
        }
        if account.secrets.networks.last() != Some(&network) {
            account.secrets.networks.retain(|earlier| *earlier != network);
            account.secrets.networks.push(network);
            let surplus = account.secrets.networks.len().saturating_sub(NETWORKS_MAX);
            account.secrets.networks.drain(..surplus);
            self.update_secrets(db, account)?;
        }
        Ok(())
    }

    fn known_device(&self, account: &Account, client: &Client, now: Timestamp) -> Option<KnownDevice> {
        let peppers: Vec<_> = self.peppers.newest_first().collect();
        KnownDevice::recognise(client.device.as_deref()?, &account.user.email, &peppers, now)
    }

    pub(crate) fn take_ticket(&self, email: &Email, client: &Client, deed: &Deed) -> Result<Ticket, SignInError> {
        let peppers: Vec<_> = self.peppers.newest_first().collect();
        let device = client.device.as_deref().and_then(|token| KnownDevice::recognise(token, email, &peppers, deed.at));
        let address = deed.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let attempt = Attempt::new(&self.peppers.current, email, address, device.as_ref());
        match self.throttle.lock().check(&attempt, deed.at) {
            Decision::Proceed(ticket) => Ok(ticket),
            Decision::Wait { seconds } => Err(SignInError::Wait { seconds }),
        }
    }

    /// Counts a wrong try. What the trail and the person are told is written later, so that the time of this answer does
    /// not tell whether there is an account.
    pub(crate) fn wrong(&self, ticket: Ticket, account: Option<&Account>, deed: &Deed) -> SignInError {
        let told = self.throttle.lock().failed(ticket, deed.at);
        let Some(account) = account else {
            self.note_stranger();
            return SignInError::Wrong;
        };
        let deed = self.home_deed(account, deed);
        self.note_refusal_later(Refusee::Account(account.user.id), "credentials_wrong", deed.clone());
        if told == Told::Now {
            self.attacked.lock().push(Attacked { user: account.user.id, deed });
        }
        SignInError::Wrong
    }

    /// What is not done in a tenant is told where the person last worked.
    fn home_deed(&self, account: &Account, deed: &Deed) -> Deed {
        let tenant = account.last_tenant.as_deref().and_then(|id| model::TenantId::parse(id).ok());
        match tenant {
            Some(tenant) => deed.clone().of_tenant(tenant),
            None => deed.clone(),
        }
    }

    pub(crate) fn settle(&self, ticket: Option<Ticket>, how: Settled, now: Timestamp) {
        let Some(ticket) = ticket else { return };
        match how {
            Settled::In => self.throttle.lock().succeeded(ticket, now),
            Settled::Half => self.throttle.lock().withdrawn(ticket, now),
        }
    }

    /// Tells those whose accounts are under attack. A job calls it with the refusals.
    pub fn flush_attacks(&self, now: Timestamp) -> Result<(), CatalogError> {
        let attacked = std::mem::take(&mut *self.attacked.lock());
        let failures = model::limits::GUESSES_TOLD;
        let written = self.catalog.write(|tx| {
            for Attacked { user, deed } in &attacked {
                self.tell(tx, *user, &Notice::AccountAttacked { failures }, deed.at)?;
                let event = Event::AccountAttacked { user: user.to_string(), failures };
                self.record(tx, &Deed { at: now, ..deed.clone() }, event)?;
            }
            Ok(())
        });
        if written.is_err() {
            self.attacked.lock().extend(attacked);
        }
        written
    }

    /// Completes a session whose second factor was proved, or makes a complete one fresh, under a new token.
    pub(crate) fn complete(
        &self,
        db: &Connection,
        (account, session): (&mut Account, Session),
        method: Method,
        (client, deed): (&Client, &Deed),
    ) -> Result<SignedInNow, CatalogError> {
        let first = match session.stage {
            Stage::FirstFactor => true,
            Stage::SignedIn => false,
        };
        let mut methods = session.methods.clone();
        if !methods.contains(&method) {
            methods.push(method);
        }
        let proves = match method {
            Method::Totp | Method::RecoveryCode | Method::Passkey => true,
            Method::SetupLink | Method::Invitation | Method::Shell | Method::Passphrase | Method::SingleSignOn => false,
        };
        let whole = deed.at.plus_seconds(model::limits::SESSION_HOURS * 3_600);
        let ends_at = if first { whole } else { session.ends_at };
        let session = Session {
            stage: Stage::SignedIn,
            tenant: if first { self.first_tenant(db, account)? } else { session.tenant },
            methods,
            second_factor: session.second_factor || proves,
            proved_at: deed.at,
            seen_at: deed.at,
            ends_at,
            ..session
        };
        let opened = self.renew_session(db, session)?;
        if first {
            self.tell_sign_in(db, account, &opened.session, (client, deed))?;
        } else {
            let told = self.deed_of(account, &opened.session, deed);
            let event = Event::SteppedUp { session: opened.session.id.to_string(), method: method.as_str().to_owned() };
            self.record(db, &told, event)?;
        }
        Ok(self.signed_in_now(opened, account, deed.at))
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Settled {
    /// Every factor was right.
    In,
    /// One of several was.
    Half,
}

/// The network of an address, as it is remembered: what one customer of a provider commonly has.
fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}")
        }
        Some(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
    }
}
