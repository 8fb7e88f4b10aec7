//! Names of a record's fields: which keys hold what is its own, and what a name that people write stands for.

use std::collections::HashSet;

/// The keys that may hold a record's time, level and message, in the order in which they are asked.
pub const TIME_KEYS: [&str; 9] = ["dt", "timestamp", "@timestamp", "date", "@date", "time", "@time", "_fluent_date", "ts"];
pub const LEVEL_KEYS: [&str; 6] = ["level", "severity", "lvl", "loglevel", "log.level", "severity_text"];
pub const MESSAGE_KEYS: [&str; 3] = ["message", "msg", "log"];

/// Under these a sender's fields may lie though the name that people write leaves them out.
const PREFIXES: [&str; 4] = ["context.", "event.", "resource.", "attributes."];
/// Pairs of names for the same thing, either of which finds the other.
const ALIASES: [(&str, &str); 2] = [("service", "service.name"), ("host", "host.name")];

/// What a record has beside its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordPart {
    Timestamp,
    Level,
    Message,
}

// === impl RecordPart ===

impl RecordPart {
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "timestamp" | "dt" => Some(Self::Timestamp),
            "level" => Some(Self::Level),
            "message" => Some(Self::Message),
            _ => None,
        }
    }

    /// The part that a key may hold as its sender writes it.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Self> {
        [(Self::Timestamp, &TIME_KEYS[..]), (Self::Level, &LEVEL_KEYS[..]), (Self::Message, &MESSAGE_KEYS[..])]
            .into_iter()
            .find_map(|(part, keys)| keys.contains(&key).then_some(part))
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::Level => "level",
            Self::Message => "message",
        }
    }
}

/// The dotted names of fields that `name` finds: itself, with each prefix, and the same of its alias.
/// A record passes a test if any of these fields does.
#[must_use]
pub fn field_candidates(name: &str) -> Vec<String> {
    let mut bases = vec![name];
    bases.extend(ALIASES.iter().find_map(|(short, long)| match name {
        name if name == *short => Some(*long),
        name if name == *long => Some(*short),
        _ => None,
    }));
    // An answer shows the fields under `attributes`, so that their names may be copied from there.
    bases.extend(name.strip_prefix("attributes.").filter(|rest| !rest.is_empty()));
    // Elasticsearch's name for the whole text of a field, which dashboards group by.
    bases.extend(name.strip_suffix(".keyword").filter(|rest| !rest.is_empty()));
    let mut names = Vec::with_capacity(bases.len() * (1 + PREFIXES.len()));
    for base in bases {
        names.push(base.to_owned());
        names.extend(PREFIXES.iter().map(|prefix| format!("{prefix}{base}")));
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_itself_its_alias_and_what_lies_under_a_prefix() {
        assert_eq!(field_candidates("a.keyword")[5..], field_candidates("a"));
        assert_eq!(field_candidates("a.b"), ["a.b", "context.a.b", "event.a.b", "resource.a.b", "attributes.a.b"]);
        let service = field_candidates("service");
        assert!(service.contains(&"service.name".to_owned()) && service.contains(&"resource.service.name".to_owned()));
        assert!(field_candidates("service.name").contains(&"service".to_owned()));
        let user = field_candidates("attributes.user");
        assert!(user.contains(&"user".to_owned()) && user.iter().filter(|name| **name == "attributes.user").count() == 1);
    }
}
