//! An event of the Open Cybersecurity Schema Framework 1.2.0.
//!
//! | class | what of the trail | activity |
//! |---|---|---|
//! | Authentication 3002 | sign-ins, sessions, keys that were refused | logon 1, logoff 2 |
//! | Account Change 3001 | accounts, members, what one signs in with | create 1, enable 2, password 3, disable 5, delete 6, policy 7 and 8, factor 10 and 11 |
//! | Entity Management 3004 | tenants, sources, keys, roles, invitations, settings | create 1, read 2, update 3, delete 4 |
//! | API Activity 6003 | readings, and every other event | create 1, read 2, update 3, delete 4 |
//!
//! An activity that none of these is has the number 99. What the schema has no place for is in `unmapped`.

use serde_json::{Map, Value, json};

use super::{Facts, Party};

const VERSION: &str = "1.2.0";
const OTHER: u32 = 99;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    AccountChange,
    Authentication,
    EntityManagement,
    ApiActivity,
}

/// The first whose beginning an event has decides; without an activity, the event's last word says it.
const RULES: [(&str, Class, Option<u32>); 26] = [
    ("sign_in_rules", Class::EntityManagement, None),
    ("sign_in_", Class::Authentication, Some(1)),
    ("signed_in", Class::Authentication, Some(1)),
    ("signed_out", Class::Authentication, Some(2)),
    ("session_ended", Class::Authentication, Some(2)),
    ("stepped_up", Class::Authentication, None),
    ("tenant_entered", Class::Authentication, None),
    ("recovery_code_used", Class::Authentication, Some(1)),
    ("api_key_refused", Class::Authentication, Some(1)),
    ("strangers_refused", Class::Authentication, Some(1)),
    ("account_", Class::AccountChange, None),
    ("service_account_", Class::AccountChange, None),
    ("profile_", Class::AccountChange, None),
    ("member_removed", Class::AccountChange, Some(8)),
    ("member_", Class::AccountChange, Some(7)),
    ("passphrase_", Class::AccountChange, Some(3)),
    ("passkey_added", Class::AccountChange, Some(10)),
    ("totp_enabled", Class::AccountChange, Some(10)),
    ("passkey_removed", Class::AccountChange, Some(11)),
    ("totp_disabled", Class::AccountChange, Some(11)),
    ("recovery_codes_", Class::AccountChange, None),
    ("records_read", Class::ApiActivity, Some(2)),
    ("staff_question_", Class::ApiActivity, Some(2)),
    ("permission_", Class::ApiActivity, None),
    ("server_", Class::ApiActivity, None),
    ("logs_", Class::ApiActivity, None),
];

/// Last words of what is done to a thing.
const VERBS: [(&str, Verb); 17] = [
    ("created", Verb::Create),
    ("made", Verb::Create),
    ("added", Verb::Create),
    ("requested", Verb::Create),
    ("changed", Verb::Update),
    ("rotated", Verb::Update),
    ("resent", Verb::Update),
    ("configured", Verb::Update),
    ("approved", Verb::Update),
    ("denied", Verb::Update),
    ("revoked", Verb::Delete),
    ("removed", Verb::Delete),
    ("deleted", Verb::Delete),
    ("ended", Verb::Delete),
    ("forgotten", Verb::Delete),
    ("enabled", Verb::Enable),
    ("disabled", Verb::Disable),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Create,
    Update,
    Delete,
    Enable,
    Disable,
}

// === impl Class ===

impl Class {
    /// Number and name of the class and of its category.
    fn names(self) -> (u32, &'static str, u32, &'static str) {
        match self {
            Self::AccountChange => (3001, "Account Change", 3, "Identity & Access Management"),
            Self::Authentication => (3002, "Authentication", 3, "Identity & Access Management"),
            Self::EntityManagement => (3004, "Entity Management", 3, "Identity & Access Management"),
            Self::ApiActivity => (6003, "API Activity", 6, "Application Activity"),
        }
    }

    fn activity(self, verb: Verb) -> u32 {
        match (self, verb) {
            (Self::AccountChange | Self::EntityManagement | Self::ApiActivity, Verb::Create) => 1,
            (Self::AccountChange, Verb::Enable) => 2,
            (Self::AccountChange, Verb::Disable) => 5,
            (Self::AccountChange, Verb::Delete) => 6,
            (Self::EntityManagement | Self::ApiActivity, Verb::Update) => 3,
            (Self::EntityManagement | Self::ApiActivity, Verb::Delete) => 4,
            (Self::Authentication, _) | (Self::AccountChange, Verb::Update) => OTHER,
            (Self::EntityManagement | Self::ApiActivity, Verb::Enable | Verb::Disable) => OTHER,
        }
    }
}

/// Class and activity. What is done to a thing is its management; all else is an activity of the server.
fn class(event: &str) -> (Class, u32) {
    let verb = VERBS.iter().find(|(word, _)| event.rsplit('_').next() == Some(*word)).map(|(_, verb)| *verb);
    let rule = RULES.iter().find(|(start, _, _)| event.starts_with(start));
    let class = match (rule, verb) {
        (Some((_, class, _)), _) => *class,
        (None, Some(_)) => Class::EntityManagement,
        (None, None) => Class::ApiActivity,
    };
    let named = rule.and_then(|(_, _, activity)| *activity);
    (class, named.or(verb.map(|verb| class.activity(verb))).unwrap_or(OTHER))
}

pub(super) fn event(facts: &Facts<'_>) -> Value {
    let (class, activity) = class(&facts.event);
    let (class_uid, class_name, category_uid, category_name) = class.names();
    let mut event = json!({
        "activity_id": activity,
        "category_uid": category_uid,
        "category_name": category_name,
        "class_uid": class_uid,
        "class_name": class_name,
        "type_uid": class_uid * 100 + activity,
        "severity_id": if facts.code.is_some() { 2 } else { 1 },
        "status_id": if facts.code.is_some() { 2 } else { 1 },
        "time": facts.entry.at().map_or(0, |at| at.nanos().div_euclid(1_000_000)),
        "metadata": metadata(facts),
        "actor": actor(&facts.actor),
        "src_endpoint": facts.address.map_or_else(|| json!({"name": "none"}), |ip| json!({"ip": ip})),
        "unmapped": unmapped(facts),
    });
    if let Some(code) = facts.code {
        event["status_code"] = json!(code);
    }
    if activity == OTHER {
        event["activity_name"] = json!(facts.event);
    }
    match class {
        Class::AccountChange => event["user"] = affected(facts),
        Class::Authentication => {
            event["user"] = affected(facts);
            event["service"] = json!({"name": "Blockhouse"});
        }
        Class::EntityManagement => event["entity"] = entity(facts),
        Class::ApiActivity => event["api"] = json!({"operation": facts.event}),
    }
    event
}

fn metadata(facts: &Facts<'_>) -> Value {
    let entry = facts.entry;
    let mut metadata = json!({
        "version": VERSION,
        "product": {"name": "Blockhouse", "vendor_name": "Blockhouse", "version": env!("CARGO_PKG_VERSION")},
        "uid": facts.uid(),
        "sequence": entry.sequence,
        "log_name": entry.log,
        "event_code": facts.event,
        "original_time": entry.time,
    });
    for (name, value) in [("tenant_uid", &entry.tenant), ("correlation_uid", &entry.request)] {
        if let Some(value) = value {
            metadata[name] = json!(value);
        }
    }
    metadata
}

fn actor(party: &Party) -> Value {
    match party.id {
        Some(_) => json!({"user": user(party)}),
        None => json!({"app_name": party.kind}),
    }
}

fn user(party: &Party) -> Value {
    let type_id = match party.kind.as_str() {
        "person" => 1,
        "staff" | "shell" => 2,
        "server" => 3,
        _ => OTHER,
    };
    json!({"uid": party.id.as_deref().unwrap_or(&party.kind), "type_id": type_id, "type": party.kind})
}

/// Whose account it is about: the one that the event names, or else the actor's.
fn affected(facts: &Facts<'_>) -> Value {
    match facts.detail("user").or(facts.detail("account")) {
        Some(uid) => json!({"uid": uid}),
        None => user(&facts.actor),
    }
}

/// The thing is named by the event without its verb, and its id by the last word of that.
fn entity(facts: &Facts<'_>) -> Value {
    let noun = facts.event.rsplit_once('_').map_or(facts.event.as_str(), |(noun, _)| noun);
    let id = noun.rsplit('_').next().and_then(|word| facts.detail(word));
    let owner = facts.entry.source.as_deref().or(facts.entry.tenant.as_deref());
    json!({"type": noun, "uid": id.or(owner).unwrap_or(&facts.entry.log)})
}

fn unmapped(facts: &Facts<'_>) -> Value {
    let mut rest: Map<String, Value> = facts.details.clone();
    if let Some(source) = &facts.entry.source {
        rest.insert("source".to_owned(), json!(source));
    }
    if !facts.entry.signed_in_by.is_empty() {
        rest.insert("signed_in_by".to_owned(), json!(facts.entry.signed_in_by));
    }
    if let Some(party) = &facts.on_behalf_of {
        rest.insert("on_behalf_of".to_owned(), json!({"kind": party.kind, "id": party.id}));
    }
    Value::from(rest)
}
