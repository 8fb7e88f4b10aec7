//! People and staff with their devices, for the claims about them.

use std::net::IpAddr;

use audit::{Actor, Deed, Event, Filter, Log, Outcome, Paging};
use authenticator::{Authenticator, Build};
use factor::Passphrase;
use model::{Email, TenantId, UserId};
use policy::BuiltInRole;
use serde_json::Value;

use super::*;
use crate::permit::{Action, ManagePeople};
use crate::{Client, FirstOwner, OpenedSession, Permit, Refused, RoleGrant, SignInError, SignInStep, SignedIn, SignedInNow};
use crate::{Notice, UserKind};

pub(super) const MEMBER: BuiltInRole = BuiltInRole::Member;
pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 3_600;
pub(super) const PASSPHRASE: &str = "seven otters juggle brass lanterns";
pub(super) const OTHER_PASSPHRASE: &str = "quiet marble kettles outrun thunder";

/// Somebody with an account, with their device and the token of the session that they are in.
pub(super) struct Someone {
    pub(super) id: UserId,
    pub(super) email: Email,
    pub(super) device: Authenticator,
    pub(super) token: String,
}

/// A house with one tenant, a source of it and an owner.
pub(super) struct Town {
    pub(super) house: House,
    pub(super) identity: Identity,
    pub(super) scope: Scope,
    pub(super) ada: Someone,
}

// === impl Town ===

impl Town {
    pub(super) fn new() -> Self {
        let house = House::new();
        let identity = house.open();
        let setup = identity.create_setup_token(&by(NOW)).unwrap();
        let owner = FirstOwner { email: email("ada@acme.example"), name: name("Ada") };
        let names = (&name("acme"), &name("api"));
        let (made, opened) =
            identity.complete_setup(setup.reveal(), names, Some((&owner, &Client::default())), &web(NOW)).unwrap();
        let ada = Someone::of("ada@acme.example", &opened.unwrap());
        Self { scope: made.scope(), house, identity, ada }
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.scope.tenant
    }

    pub(super) fn joins(&self, address: &str, grants: &[RoleGrant]) -> Someone {
        joins(&self.identity, self.tenant(), address, grants)
    }

    pub(super) fn told(&self) -> Vec<(Event, Outcome)> {
        told(&self.identity, Log::Tenant(self.tenant()))
    }

    pub(super) fn notices(&self, of: &Someone, at: Timestamp) -> Vec<Notice> {
        let who = of.signed_in(&self.identity, at);
        self.identity.notices(&who).unwrap().into_iter().map(|dated| dated.notice).collect()
    }
}

/// Invited from the shell, and in by the link.
pub(super) fn joins(identity: &Identity, tenant: TenantId, address: &str, grants: &[RoleGrant]) -> Someone {
    let permit = identity.by_shell::<ManagePeople>(tenant, &by(NOW));
    let (token, _) = identity.invite(&permit, &email(address), grants).unwrap();
    let opened = identity.accept_invitation(&credential(&token), &name("Someone"), &Client::default(), &web(NOW)).unwrap();
    Someone::of(address, &opened)
}

/// One of staff, with a passkey.
pub(super) fn hired(identity: &Identity, address: &str, kind: UserKind, at: Timestamp) -> Someone {
    let opened = identity.create_staff(&email(address), &name("Staff"), kind, &by(at)).unwrap().unwrap();
    let mut someone = Someone::of(address, &opened);
    someone.adds_passkey(identity, at);
    someone
}

// === impl Someone ===

impl Someone {
    pub(super) fn of(address: &str, opened: &OpenedSession) -> Self {
        let device = Authenticator::new(Build::Hardware, ORIGIN);
        Self { id: opened.session.user, email: email(address), device, token: opened.token.reveal().to_owned() }
    }

    pub(super) fn credential(&self) -> Credential {
        Credential::from_key(&self.token).unwrap()
    }

    /// Goes on in this session.
    pub(super) fn takes(&mut self, opened: &OpenedSession) {
        assert_eq!(opened.session.user, self.id);
        opened.token.reveal().clone_into(&mut self.token);
    }

    pub(super) fn signed_in(&self, identity: &Identity, at: Timestamp) -> SignedIn {
        identity.signed_in(Some(&self.credential()), &web(at)).unwrap()
    }

    pub(super) fn asks<A: Action<Object = TenantId>>(
        &self,
        identity: &Identity,
        tenant: TenantId,
        at: Timestamp,
    ) -> Result<Permit<A>, Refused> {
        identity.authorize_tenant::<A>(Some(&self.credential()), tenant, &web(at))
    }

    pub(super) fn adds_passkey(&mut self, identity: &Identity, at: Timestamp) {
        let who = self.signed_in(identity, at);
        let fresh = who.fresh().unwrap();
        let asked = identity.start_passkey_registration(&fresh).unwrap();
        let answer = json(&self.device.create(&asked.options).unwrap());
        let opened = identity.finish_passkey_registration(&fresh, (&asked.token, &answer), &name("device")).unwrap();
        self.takes(&opened);
    }

    pub(super) fn signs_in_with_passkey(&mut self, identity: &Identity, deed: &Deed) -> Result<SignedInNow, SignInError> {
        let asked = identity.start_passkey_sign_in(deed.at).unwrap();
        let answer = json(&self.device.get(&asked.options).unwrap());
        let done = identity.sign_in_with_passkey(&asked.token, &answer, &Client::default(), deed)?;
        self.takes(&done.session);
        Ok(done)
    }

    /// Shows the passkey in the session that they are in.
    pub(super) fn steps_up(&mut self, identity: &Identity, at: Timestamp) {
        let asked = identity.start_passkey_proof(&self.credential(), at).unwrap();
        let answer = json(&self.device.get(&asked.options).unwrap());
        let proof = (asked.token.as_str(), answer.as_slice());
        let done = identity.prove_with_passkey(&self.credential(), proof, &Client::default(), &web(at)).unwrap();
        self.takes(&done.session);
    }

    pub(super) fn sets_passphrase(&self, identity: &Identity, text: &str, at: Timestamp) {
        let who = self.signed_in(identity, at);
        identity.set_passphrase(&who.fresh().unwrap(), &Passphrase::parse(text).unwrap()).unwrap();
    }

    /// Turns one-time codes on, and gives their secret.
    pub(super) fn adds_codes(&mut self, identity: &Identity, at: Timestamp) -> String {
        let who = self.signed_in(identity, at);
        let fresh = who.fresh().unwrap();
        let secret = identity.offer_totp(&fresh).unwrap().secret.to_string();
        let opened = identity.confirm_totp(&fresh, &code(&secret, at)).unwrap();
        self.takes(&opened);
        secret
    }
}

/// A request from the network that people in these claims are commonly in.
pub(super) fn web(at: Timestamp) -> Deed {
    web_from([192, 0, 2, 7], at)
}

pub(super) fn web_from(address: [u8; 4], at: Timestamp) -> Deed {
    Deed { address: Some(IpAddr::from(address)), ..Deed::by(Actor::Stranger, at) }
}

pub(super) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(super) fn json(answer: &Value) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap()
}

/// What an app on a phone shows.
pub(super) fn code(secret: &str, at: Timestamp) -> String {
    authenticator::one_time_code(secret, at.seconds_since(Timestamp::from_nanos(0)).unsigned_abs())
}

pub(super) fn everywhere(role: BuiltInRole) -> [RoleGrant; 1] {
    [RoleGrant::everywhere(role)]
}

pub(super) fn sign_in(identity: &Identity, of: &Email, text: &str, deed: &Deed) -> Result<SignInStep, SignInError> {
    sign_in_from(identity, (of, text), &Client::default(), deed)
}

pub(super) fn sign_in_from(
    identity: &Identity,
    (of, text): (&Email, &str),
    client: &Client,
    deed: &Deed,
) -> Result<SignInStep, SignInError> {
    identity.sign_in_with_passphrase(of, &Passphrase::parse(text).unwrap(), client, deed)
}

/// A sign-in that needs no second factor.
pub(super) fn done(step: SignInStep) -> SignedInNow {
    match step {
        SignInStep::Done(done) => done,
        SignInStep::SecondFactor { methods, .. } => panic!("{methods:?} is asked for"),
    }
}

/// A sign-in that waits for a second factor.
pub(super) fn half(step: SignInStep) -> OpenedSession {
    match step {
        SignInStep::SecondFactor { session, .. } => session,
        SignInStep::Done(done) => panic!("{done:?} was let in"),
    }
}

/// `ok`, or the code of the refusal.
pub(super) fn said<T>(answer: &Result<T, Refused>) -> &'static str {
    answer.as_ref().map_or_else(Refused::code, |_| "ok")
}

/// The entries of a log, the oldest first.
pub(super) fn told(identity: &Identity, log: Log) -> Vec<(Event, Outcome)> {
    let mut entries = identity.audit_entries(log, &Filter::default(), Paging { before: None, limit: 1_000 }).unwrap().entries;
    entries.reverse();
    entries.into_iter().map(|recorded| (recorded.entry.event, recorded.entry.outcome)).collect()
}
