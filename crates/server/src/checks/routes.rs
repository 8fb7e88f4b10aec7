//! `server.routes-deny`: every route of the table that is not public, called by whoever has no business there.

use std::sync::Arc;

use audit::{Actor, Deed};
use identity::{Expiry, Identity, KeyKind, NewKey, PlainKey};
use model::{Check, DisplayName, Observation, Timestamp, Vantage, Verdict};
use parking_lot::Mutex;
use reqwest::Method;

use super::canary::{Canaries, Canary};
use crate::routes::{self, Needs, Route};

/// Well formed, of no key that was ever made: its checksum is wrong as well, like that of a key that was typed.
const NOBODYS: &str = "bh_read_nobodysnobodysnobodysnobodysnobodys";

pub(super) struct RoutesDeny {
    canaries: Arc<Canaries>,
    identity: Arc<Identity>,
    void: Mutex<Void>,
}

/// Keys of the checks that open nothing any more.
#[derive(Default)]
struct Void {
    revoked: Option<PlainKey>,
    ending: Option<(PlainKey, Timestamp)>,
    ended: Option<PlainKey>,
}

/// A credential, and how it is told.
struct Presented {
    what: &'static str,
    key: String,
    opens: Opens,
}

/// What a credential opens where it should not be presented.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opens {
    Nothing,
    /// Its own source, on a route where the key names the source.
    ItsSource,
}

// === impl RoutesDeny ===

impl RoutesDeny {
    pub(super) fn new(canaries: Arc<Canaries>, identity: Arc<Identity>) -> Self {
        Self { canaries, identity, void: Mutex::default() }
    }

    /// Calls every route that is demanded to deny with each of these, and counts who did.
    fn judge(&self, named: &Canary, presented: &[Presented]) -> Result<Observation, String> {
        let (mut routes, mut calls, mut denied) = (0, 0, 0);
        let mut details = Vec::new();
        for route in routes::table().filter(|route| route.needs != Needs::Nothing) {
            routes += 1;
            let path = filled(route.path, named);
            let method = Method::from_bytes(route.method.to_uppercase().as_bytes()).map_err(|error| error.to_string())?;
            let by_key_alone = match route.needs {
                Needs::ReadKey | Needs::SourceKey => !route.path.contains("{source}"),
                // Of Timber's calls those that name nothing.
                Needs::ReadLogs => !route.path.contains('{'),
                _ => false,
            };
            let presented = presented.iter().filter(|one| !by_key_alone || one.opens == Opens::Nothing);
            for Presented { what, key, .. } in presented {
                calls += 1;
                let answer = self.canaries.outside.head(&method, &path, key, body(route))?;
                if answer.is_denied() {
                    denied += 1;
                } else {
                    details.push(format!("{} {} with {what}: {}", method, route.path, answer.status));
                }
            }
        }
        let public = routes::table().filter(|route| route.needs == Needs::Nothing).count() as u64;
        let seen = Observation::all("calls without a right credential were denied", denied, calls);
        Ok(seen
            .counting("routes that need a credential", routes, None)
            .counting("public routes", public, None)
            .with_details(details))
    }

    /// A key of this source that was revoked, and one that has ended, once the process is old enough to have one: a key lives
    /// for a day at least, and the trail's times are not made up.
    fn void_keys(&self, canary: &Canary, now: Timestamp) -> Result<Vec<Presented>, String> {
        let make = || {
            let name = DisplayName::parse("void").map_err(|error| error.to_string())?;
            let new = NewKey { kind: KeyKind::Read, name, expiry: Expiry::Days(1) };
            self.identity.create_key(canary.scope, &new, &Deed::by(Actor::Server, now)).map_err(|error| error.to_string())
        };
        let mut void = self.void.lock();
        if void.revoked.is_none() {
            let (plain, key) = make()?;
            self.identity.revoke_key(canary.scope, key.id, &Deed::by(Actor::Server, now)).map_err(|error| error.to_string())?;
            void.revoked = Some(plain);
        }
        if void.ending.as_ref().is_none_or(|(_, ends_at)| *ends_at <= now) {
            let (plain, key) = make()?;
            let ended = void.ending.replace((plain, key.expires_at.unwrap_or(now)));
            void.ended = ended.map(|(plain, _)| plain).or(void.ended.take());
        }
        let revoked = void.revoked.iter().map(|key| Presented {
            what: "a revoked key",
            key: key.reveal().to_owned(),
            opens: Opens::Nothing,
        });
        let ended = void.ended.iter().map(|key| Presented {
            what: "a key that has ended",
            key: key.reveal().to_owned(),
            opens: Opens::Nothing,
        });
        Ok(revoked.chain(ended).collect())
    }
}

impl Check for RoutesDeny {
    fn id(&self) -> &'static str {
        "server.routes-deny"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, now: Timestamp) -> Observation {
        let looked = self.canaries.sources(now).and_then(|sources| {
            let [first, other, ..] = &*sources else { return Err("there are no two sources to look at".to_owned()) };
            let mut presented = self.void_keys(first, now)?;
            presented.extend([
                Presented { what: "no key", key: String::new(), opens: Opens::Nothing },
                Presented { what: "a key of nobody", key: NOBODYS.to_owned(), opens: Opens::Nothing },
                // A key names its source itself, so another source's is right where no source is named.
                Presented { what: "another source's read key", key: other.read.reveal().to_owned(), opens: Opens::ItsSource },
            ]);
            self.judge(first, &presented)
        });
        looked.unwrap_or_else(|reason| Observation::not_run("the routes could not be called").detail(reason))
    }

    /// A house whose doors open to the key that should be refused: the right one is presented as if it were another's.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let looked = self.canaries.sources(now).and_then(|sources| {
            let first = sources.first().ok_or("there is no source to look at")?;
            let key = first.read.reveal().to_owned();
            self.judge(first, &[Presented { what: "a key that opens", key, opens: Opens::Nothing }])
        });
        let seen = looked.unwrap_or_else(|reason| Observation::not_run("the routes could not be called").detail(reason));
        debug_assert!(seen.verdict != Verdict::Held, "a right key opens something");
        seen
    }
}

/// A body of the kind that the route takes. Over gRPC: an empty message.
fn body(route: &Route) -> (&'static str, Vec<u8>) {
    match (route.path.starts_with("/opentelemetry."), route.body) {
        (true, _) => ("application/grpc", vec![0; 5]),
        (false, "") => ("application/json", b"{}".to_vec()),
        (false, body) => ("application/json", body.as_bytes().to_vec()),
    }
}

/// The path with the source that is named, and something in each other place.
fn filled(path: &str, named: &Canary) -> String {
    let part = |part: &str| match part {
        "{source}" => named.scope.source.to_string(),
        "{tenant}" => named.scope.tenant.to_string(),
        "{name}" => "message".to_owned(),
        "{*path}" => "checkpoint".to_owned(),
        part if part.starts_with('{') => "0123456789abcdef".to_owned(),
        part => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
