//! The library of claims: one file for each part of a page, in `library/`, held against its own rules when it is read.
//!
//! Always holds: an id is answered by exactly one entry; a claim that is checked names its checks and its budget; a derived
//! one names entries that can be found true or untrue by themselves; a sentence names only slots that exist; what is refused
//! has no sentence.
//!
//! A file is `[[claim]]` tables, the fields of a [`Claim`] each, and `[[family]]` tables with the frameworks' controls of all
//! claims whose ids begin alike.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::claim::{Claim, Disposition, Group, Kind};
use crate::document::NotClaimed;
use crate::family::{Family, is_control};
use crate::slot::Slot;

/// The files, in the order of the page.
const FILES: &[(&str, &str)] = &[
    ("in-transit.toml", include_str!("../library/in-transit.toml")),
    ("at-rest.toml", include_str!("../library/at-rest.toml")),
    ("isolation.toml", include_str!("../library/isolation.toml")),
    ("api-keys.toml", include_str!("../library/api-keys.toml")),
    ("network.toml", include_str!("../library/network.toml")),
    ("users.toml", include_str!("../library/users.toml")),
    ("staff-access.toml", include_str!("../library/staff-access.toml")),
    ("monitoring.toml", include_str!("../library/monitoring.toml")),
    ("incidents.toml", include_str!("../library/incidents.toml")),
    ("backups.toml", include_str!("../library/backups.toml")),
    ("retention.toml", include_str!("../library/retention.toml")),
    ("development.toml", include_str!("../library/development.toml")),
    ("disclosure.toml", include_str!("../library/disclosure.toml")),
    ("infrastructure.toml", include_str!("../library/infrastructure.toml")),
    ("organisation.toml", include_str!("../library/organisation.toml")),
    ("compliance.toml", include_str!("../library/compliance.toml")),
    ("page.toml", include_str!("../library/page.toml")),
    ("frameworks.toml", include_str!("../library/frameworks.toml")),
];

/// All claims that can be made, and all that are refused.
#[derive(Debug, Clone)]
pub struct Library {
    claims: Vec<Claim>,
    /// From each id to its entry.
    places: BTreeMap<String, usize>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    #[error("{file}: {reason}")]
    Syntax { file: String, reason: String },
    #[error("{id} is answered by two entries")]
    Twice { id: String },
    #[error("{id} is derived from {of}, which is not in the library")]
    DerivedFromNothing { id: String, of: String },
    #[error("{id} is derived from {of}, which cannot be found true or untrue by itself")]
    DerivedFromNoFact { id: String, of: String },
    #[error("{id} is checked and names no check")]
    NoCheck { id: String },
    #[error("{id} has a sentence though it is refused, or none though it is not")]
    Sentence { id: String },
    #[error("{id} names {{{slot}}}, which does not exist")]
    NoSlot { id: String, slot: String },
    #[error("{id} names `{control}`, which is no control's id")]
    NoControl { id: String, control: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    claim: Vec<Claim>,
    #[serde(default)]
    family: Vec<Family>,
}

// === impl Library ===

impl Library {
    /// The one that this build ships.
    pub fn shipped() -> Result<Self, LibraryError> {
        Self::from_files(FILES.iter().copied())
    }

    /// Reads files of name and text.
    pub fn from_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, LibraryError> {
        let (mut claims, mut families) = (Vec::new(), Vec::new());
        for (name, text) in files {
            let syntax = |error: toml::de::Error| LibraryError::Syntax { file: name.to_owned(), reason: error.to_string() };
            let file = toml::from_str::<File>(text).map_err(syntax)?;
            claims.extend(file.claim);
            families.extend(file.family);
        }
        for claim in &mut claims {
            claim.frameworks.extend(Family::controls(&families, &claim.id).map(str::to_owned));
        }
        Self::of(claims)
    }

    /// Of claims that are there already, in the order of the page.
    pub fn of(claims: Vec<Claim>) -> Result<Self, LibraryError> {
        let mut places = BTreeMap::new();
        for (place, claim) in claims.iter().enumerate() {
            for id in claim.ids() {
                if places.insert(id.to_owned(), place).is_some() {
                    return Err(LibraryError::Twice { id: id.to_owned() });
                }
            }
        }
        let library = Self { claims, places };
        library.claims.iter().try_for_each(|claim| library.hold(claim))?;
        Ok(library)
    }

    pub fn claims(&self) -> impl ExactSizeIterator<Item = &Claim> {
        self.claims.iter()
    }

    /// The entry that answers this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Claim> {
        self.places.get(id).and_then(|&place| self.claims.get(place))
    }

    /// The entries of one part of a page.
    pub fn by_group(&self, group: Group) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(move |claim| claim.group == group)
    }

    /// How many entries there are of each kind; kinds without any are there with 0.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::from(Kind::ALL.map(|kind| (kind, 0)));
        for claim in &self.claims {
            *counts.entry(claim.disposition.kind()).or_default() += 1;
        }
        counts
    }

    /// What a page that publishes these entries does not claim, with the reason. Descriptions and rules of the build are
    /// left out: they claim nothing.
    #[must_use]
    pub fn not_claimed(&self, published: &BTreeSet<&str>) -> Vec<NotClaimed> {
        let absent = self.claims.iter().filter(|claim| !published.contains(claim.id.as_str()));
        let told =
            |claim: &Claim, reason| NotClaimed { id: claim.id.clone(), group: claim.group, title: claim.title.clone(), reason };
        absent.filter_map(|claim| self.absence(claim, published).map(|reason| told(claim, reason))).collect()
    }

    /// Why an entry that is not published is not.
    fn absence(&self, claim: &Claim, published: &BTreeSet<&str>) -> Option<String> {
        match &claim.disposition {
            Disposition::Checked { .. } => Some("It can be checked here, and is not said.".to_owned()),
            Disposition::NotYet { missing } => Some(format!("Its control or its check is not there yet: {missing}")),
            Disposition::Attested { .. } => Some("Nobody has signed it for this page.".to_owned()),
            Disposition::Documented { .. } => Some("No document that carries it is attached to this page.".to_owned()),
            Disposition::Derived { from } => {
                let own = |id: &&str| self.find(id).is_none_or(|part| !published.contains(part.id.as_str()));
                let lacking: Vec<&str> = from.iter().map(String::as_str).filter(own).collect();
                Some(match lacking.as_slice() {
                    [] => "What it rests on is said, and it is not.".to_owned(),
                    lacking => format!("It rests on what is not said here: {}.", lacking.join(", ")),
                })
            }
            Disposition::Refused { reason } => Some(reason.clone()),
            Disposition::BuildRule { .. } | Disposition::Description => None,
        }
    }

    /// The rules that no type keeps.
    fn hold(&self, claim: &Claim) -> Result<(), LibraryError> {
        let id = || claim.id.clone();
        if claim.sentence.is_empty() != (claim.disposition.kind() == Kind::Refused) {
            return Err(LibraryError::Sentence { id: id() });
        }
        if let Some(slot) = claim.slots().find(|slot| Slot::from_name(slot).is_none()) {
            return Err(LibraryError::NoSlot { id: id(), slot: slot.to_owned() });
        }
        if let Some(control) = claim.frameworks.iter().find(|control| !is_control(control)) {
            return Err(LibraryError::NoControl { id: id(), control: control.clone() });
        }
        match &claim.disposition {
            Disposition::Checked { checks, .. } if checks.is_empty() => Err(LibraryError::NoCheck { id: id() }),
            Disposition::Derived { from } => from.iter().try_for_each(|of| match self.find(of) {
                None => Err(LibraryError::DerivedFromNothing { id: id(), of: of.clone() }),
                Some(of) if of.disposition.kind().is_fact() => Ok(()),
                Some(_) => Err(LibraryError::DerivedFromNoFact { id: id(), of: of.clone() }),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
