//! What staff did in tenants of late, from their trails, and whether each reading had a tenant's approval.
//!
//! A reading by staff is good if it names a request of the same person, tenant and source that was signed as often as it had
//! to be, by others than who asked; if it lies between its start and its end; if the start is in the trail, after the
//! signatures, with a passkey; and if the start set an end within `limits::ACCESS_MINUTES_MAX`.
//! Always holds: the trail is gone through once, entry by entry, from `limits::LOOK_STAFF_DAYS` ago on; as long as that is
//! not done, nothing is said. Requests and signatures are verified anew at each look. Whether entries were taken out is for
//! the check of the trail to see.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use audit::{Actor, Deed, Event, Log, Outcome, Question, Recorded};
use model::limits::{ACCESS_MINUTES_MAX, AUDIT_PAGE_ENTRIES_MAX, LOOK_STAFF_DAYS, LOOK_TRAIL_ENTRIES};
use model::{AccessRequestId, Observation, TenantId, Timestamp, UserId};
use rusqlite::Connection;

use super::rows::Tally;
use super::{CheckError, Looked, Seen, Town};
use crate::Identity;
use crate::access::AccessRequest;
use crate::catalog::CatalogError;

const DAY_SECONDS: i64 = 24 * 3_600;

/// What the trails told so far.
#[derive(Debug, Default)]
pub(super) struct Openings {
    /// The newest entry of each tenant's log that was gone through.
    after: HashMap<TenantId, Option<u64>>,
    entries: u64,
    readings: BTreeMap<(TenantId, u64), Reading>,
    starts: BTreeMap<String, Start>,
}

#[derive(Debug)]
struct Reading {
    at: Timestamp,
    staff: String,
    access: Option<String>,
    source: Option<String>,
    kind: Kind,
}

/// What a reading is in the trail: the entry before it was allowed, which is counted, or the one with what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Allowed,
    Asked,
}

/// That somebody of staff began to use what was approved.
#[derive(Debug)]
struct Start {
    tenant: TenantId,
    at: Timestamp,
    staff: String,
    passkey: String,
    ends: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    End,
    Budget,
}

// === impl Openings ===

impl Openings {
    /// Everybody of staff who read or began to.
    pub(super) fn staff(&self) -> BTreeSet<String> {
        let readers = self.readings.values().map(|reading| reading.staff.clone());
        readers.chain(self.starts.values().map(|start| start.staff.clone())).collect()
    }

    fn catch_up(&mut self, identity: &Identity, db: &Connection, now: Timestamp) -> Result<Reached, CatalogError> {
        let since = now.plus_seconds(-LOOK_STAFF_DAYS * DAY_SECONDS);
        self.readings.retain(|_, reading| reading.at >= since);
        self.starts.retain(|_, start| start.at >= since);
        let mut left = LOOK_TRAIL_ENTRIES;
        for log in identity.trail.logs(db)? {
            let Log::Tenant(tenant) = log else { continue };
            let mut after = match self.after.get(&tenant) {
                Some(after) => *after,
                None => match identity.trail.first_since(db, log, since)? {
                    Some(first) => first.checked_sub(1),
                    None => continue,
                },
            };
            loop {
                let page = identity.trail.follow(db, log, after, AUDIT_PAGE_ENTRIES_MAX)?;
                for recorded in &page {
                    self.add(tenant, recorded);
                }
                after = page.last().map(|recorded| recorded.entry.sequence).or(after);
                self.after.insert(tenant, after);
                self.entries += page.len() as u64;
                left = left.saturating_sub(page.len() as u64);
                if page.len() < AUDIT_PAGE_ENTRIES_MAX {
                    break;
                }
                if left == 0 {
                    return Ok(Reached::Budget);
                }
            }
        }
        Ok(Reached::End)
    }

    fn add(&mut self, tenant: TenantId, recorded: &Recorded) {
        let entry = &recorded.entry;
        let (Actor::Staff { id }, Outcome::Done, Some(at)) = (&entry.actor, &entry.outcome, entry.at()) else { return };
        match &entry.event {
            event @ (Event::RecordsRead { .. } | Event::StaffQuestionAsked { .. }) => {
                let kind = if matches!(event, Event::RecordsRead { .. }) { Kind::Allowed } else { Kind::Asked };
                let access = match &entry.on_behalf_of {
                    Some(Actor::AccessRequest { id }) => Some(id.clone()),
                    Some(_) | None => None,
                };
                let reading = Reading { at, staff: id.clone(), access, source: entry.source.clone(), kind };
                self.readings.insert((tenant, entry.sequence), reading);
            }
            Event::StaffAccessStarted { access, passkey, ends } => {
                let ends = Timestamp::parse(ends).ok();
                let start = Start { tenant, at, staff: id.clone(), passkey: passkey.clone(), ends };
                self.starts.insert(access.clone(), start);
            }
            _ => {}
        }
    }

    fn judge_reading(&self, (tenant, reading): (TenantId, &Reading), requests: &HashMap<String, Approved>) -> Result<(), String> {
        let access = reading.access.as_ref().ok_or("read without naming what was approved")?;
        let start = self.starts.get(access).ok_or("the access was never started")?;
        let Some(approved) = requests.get(access) else { return Err("there is no such request".to_owned()) };
        let request = &approved.request;
        let own = request.staff.to_string() == reading.staff && start.staff == reading.staff;
        let there = request.scope.tenant == tenant && Some(request.scope.source.to_string()) == reading.source;
        if !own || !there {
            return Err("the request is another's, or for another source".to_owned());
        }
        let ended = request.ended.map_or(request.ends_at(), |(_, at)| at.min(request.ends_at()));
        // What was asked is told after it was answered, which may be after the end.
        let late = reading.kind == Kind::Allowed && reading.at > ended;
        if reading.at < start.at || reading.at < request.from || late {
            return Err("read outside of the time that was approved".to_owned());
        }
        Ok(())
    }
}

/// A request as it stands, and whether its signatures hold.
struct Approved {
    request: AccessRequest,
    signed: bool,
    /// When the last of those who approved signed.
    signed_at: Timestamp,
}

// === impl Start ===

impl Start {
    fn judge(&self, approved: Option<&Approved>) -> Result<(), String> {
        let approved = approved.ok_or("started without a request")?;
        let request = &approved.request;
        if !approved.signed || approved.signed_at > self.at {
            return Err("started without the signatures that it needs".to_owned());
        }
        if request.scope.tenant != self.tenant || request.staff.to_string() != self.staff {
            return Err("started by another, or in another tenant".to_owned());
        }
        if self.passkey.is_empty() {
            return Err("started without a second factor".to_owned());
        }
        let latest = self.at.plus_seconds(ACCESS_MINUTES_MAX * 60);
        let ends_in_time = self.ends.is_some_and(|ends| ends <= latest.min(request.until));
        ends_in_time.then_some(()).ok_or_else(|| "started without an end in time".to_owned())
    }
}

/// The requests behind these, verified from their words and signatures.
fn requests(identity: &Identity, db: &Connection, openings: &Openings) -> Result<HashMap<String, Approved>, CatalogError> {
    let named = openings.readings.values().filter_map(|reading| reading.access.as_ref()).chain(openings.starts.keys());
    let named: BTreeSet<&String> = named.collect();
    let mut requests = HashMap::new();
    for name in named {
        let Ok(id) = AccessRequestId::parse(name) else { continue };
        let request = match identity.find_access(db, id) {
            Ok(Some(request)) => request,
            // One that was changed from outside approves nothing.
            Ok(None) | Err(CatalogError::Tampered { .. }) => continue,
            Err(error) => return Err(error),
        };
        let second = request.emergency.as_ref().and_then(|emergency| emergency.second.as_ref());
        let signed_at = request.approvals.iter().chain(second).map(|signature| signature.at).max().unwrap_or(i64::MAX);
        let signed_at = Timestamp::from_nanos(signed_at);
        requests.insert(name.clone(), Approved { signed: identity.is_signed(&request), signed_at, request });
    }
    Ok(requests)
}

pub(super) fn look_at_approvals(looked: &Looked<'_>, seen: &mut Seen, now: Timestamp) -> Result<Observation, CheckError> {
    let (identity, openings) = (looked.identity, &mut seen.openings);
    identity.catalog.read(|db| {
        // One moment of the catalog, so that a request and what the trail tells of it fit.
        let db = &db.unchecked_transaction()?;
        if let Some(waits) = openings.wait_for_end(identity, db, now)? {
            return Ok(waits);
        }
        let requests = requests(identity, db, openings)?;
        let (mut readings, mut starts) = (Tally::default(), Tally::default());
        for (access, start) in &openings.starts {
            starts.count(format!("access {access}"), start.judge(requests.get(access)));
        }
        for ((tenant, sequence), reading) in &openings.readings {
            readings.count(format!("entry {sequence} of {tenant}"), openings.judge_reading((*tenant, reading), &requests));
        }
        let summary = format!(
            "within {LOOK_STAFF_DAYS} days {} of {} accesses of staff were signed by the tenant, or opened as an emergency, \
             before they began with a second factor, and {} of {} readings lie within them",
            starts.good, starts.whole, readings.good, readings.whole
        );
        let held = starts.good == starts.whole && readings.good == readings.whole;
        let observation = if held { Observation::held(summary) } else { Observation::broken(summary) };
        Ok(observation
            .counting("accesses of staff with an approval", starts.good, Some(starts.whole))
            .counting("readings of staff within an approved access", readings.good, Some(readings.whole))
            .counting("entries of the trail gone through", openings.entries, None)
            .with_details(starts.wrong.into_iter().chain(readings.wrong)))
    })
}

pub(super) fn look_at_counts(looked: &Looked<'_>, seen: &mut Seen, now: Timestamp) -> Result<Observation, CheckError> {
    let (identity, openings) = (looked.identity, &mut seen.openings);
    identity.catalog.read(|db| {
        let db = &db.unchecked_transaction()?;
        if let Some(waits) = openings.wait_for_end(identity, db, now)? {
            return Ok(waits);
        }
        let (mut tally, mut emergencies, mut requested) = (Tally::default(), 0, BTreeSet::new());
        for request in &identity.accesses_begun(db, now)? {
            let id = request.id.to_string();
            emergencies += u64::from(request.emergency.is_some());
            tally.count(format!("access {id}"), openings.is_told(request));
            requested.insert(id);
        }
        for told in openings.starts.keys().filter(|told| !requested.contains(*told)) {
            tally.count(format!("access {told}"), Err("told in the trail, and not among the requests".to_owned()));
        }
        let (same, whole) = (tally.good, tally.whole);
        let summary = format!(
            "staff used access to a tenant {} times within {LOOK_STAFF_DAYS} days, {emergencies} of them in an emergency; the \
             requests and the trail tell the same",
            requested.len()
        );
        let observation = if same == whole {
            Observation::held(summary)
        } else {
            Observation::broken(format!("of {whole} accesses of staff the requests and the trail tell the same of {same}"))
        };
        Ok(observation
            .counting("accesses of staff told alike", same, Some(whole))
            .counting("accesses in an emergency", emergencies, Some(whole))
            .with_details(tally.wrong))
    })
}

impl Openings {
    /// `None` once the trails were gone through to their ends.
    pub(super) fn wait_for_end(
        &mut self,
        identity: &Identity,
        db: &Connection,
        now: Timestamp,
    ) -> Result<Option<Observation>, CheckError> {
        Ok(match self.catch_up(identity, db, now)? {
            Reached::Budget => {
                let told = Observation::not_run("the trails are still being gone through");
                Some(told.counting("entries of the trail gone through", self.entries, None))
            }
            Reached::End if self.after.is_empty() => Some(Observation::not_run("there is no tenant yet")),
            Reached::End => None,
        })
    }

    fn is_told(&self, request: &AccessRequest) -> Result<(), String> {
        let id = request.id.to_string();
        let start = self.starts.get(&id).ok_or("started, and not told in the trail")?;
        let named = self.readings.values().filter(|reading| reading.access.as_ref() == Some(&id));
        let readings = named.filter(|reading| reading.kind == Kind::Allowed).count() as u64;
        if Some(start.at) != request.started_at {
            return Err("the trail tells another time".to_owned());
        }
        if readings != request.readings {
            return Err(format!("{} readings were counted, the trail tells {readings}", request.readings));
        }
        Ok(())
    }
}

// --- twins ---

/// Somebody of staff reads, with an approval that does not exist.
pub(super) fn spoil_approvals(identity: &Identity, town: &Town, now: Timestamp) -> Result<(), CheckError> {
    let access = AccessRequestId::generate(&*identity.entropy);
    let deed = Deed::by(Actor::staff(UserId::generate(&*identity.entropy)), now).of_source(town.scope);
    let read = Event::RecordsRead { question: Question::Search };
    Ok(identity.note(&deed.on_behalf_of(Actor::access_request(access)), read)?)
}

/// A start that the trail tells, and no request does.
pub(super) fn spoil_counts(identity: &Identity, town: &Town, now: Timestamp) -> Result<(), CheckError> {
    let access = AccessRequestId::generate(&*identity.entropy).to_string();
    let deed = Deed::by(Actor::staff(UserId::generate(&*identity.entropy)), now).of_source(town.scope);
    let ends = now.plus_seconds(60).to_string();
    Ok(identity.note(&deed, Event::StaffAccessStarted { access, passkey: String::new(), ends })?)
}
