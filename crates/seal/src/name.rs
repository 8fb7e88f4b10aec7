//! Names of sealed objects: `{tenant}/{source}/{kind}/{key}-{object}`, so that a name alone says which key opens it.

use std::fmt;
use std::str::FromStr;

use model::{Day, ObjectId, Scope, SourceId, TenantId, Timestamp};

use crate::path::ObjectPath;

/// Which data key of a source: the UTC day it seals on, and which of that day's. `20261122-00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataKeyId {
    pub day: Day,
    pub serial: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKind {
    Part,
    Journal,
    /// A piece of a file that is to become records.
    Upload,
}

/// All that a sealed object is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectName {
    pub scope: Scope,
    pub kind: ObjectKind,
    pub key: DataKeyId,
    pub object: ObjectId,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a data key is named by its day and serial, such as 20261122-00")]
    Key,
    #[error("a sealed object is named tenant/source/kind/key-object")]
    Object,
}

// === impl DataKeyId ===

impl DataKeyId {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (day, serial) = text.split_once('-').ok_or(NameError::Key)?;
        let id = Self { day: parse_day(day).ok_or(NameError::Key)?, serial: serial.parse().map_err(|_| NameError::Key)? };
        // Only one text names a key: neither "+1" nor "1" nor "001" is another name of "01".
        if id.to_string() == text { Ok(id) } else { Err(NameError::Key) }
    }
}

fn parse_day(text: &str) -> Option<Day> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let dashed = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
    Timestamp::parse(&dashed).ok().map(Timestamp::day)
}

impl fmt::Display for DataKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.day.to_string().split('-') {
            f.write_str(part)?;
        }
        write!(f, "-{:02}", self.serial)
    }
}

impl FromStr for DataKeyId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

// === impl ObjectKind ===

impl ObjectKind {
    pub const ALL: [Self; 3] = [Self::Part, Self::Journal, Self::Upload];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Part => "parts",
            Self::Journal => "journal",
            Self::Upload => "uploads",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl ObjectName ===

impl ObjectName {
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut segments = text.split('/');
        let mut next = || segments.next().ok_or(NameError::Object);
        let (tenant, source, kind, file) = (next()?, next()?, next()?, next()?);
        let (key, object) = file.rsplit_once('-').ok_or(NameError::Object)?;
        if segments.next().is_some() {
            return Err(NameError::Object);
        }
        Ok(Self {
            scope: Scope {
                tenant: TenantId::parse(tenant).map_err(|_| NameError::Object)?,
                source: SourceId::parse(source).map_err(|_| NameError::Object)?,
            },
            kind: ObjectKind::from_name(kind).ok_or(NameError::Object)?,
            key: DataKeyId::parse(key)?,
            object: ObjectId::parse(object).map_err(|_| NameError::Object)?,
        })
    }

    #[must_use]
    pub fn path(&self) -> ObjectPath {
        ObjectPath::parse(&self.to_string()).expect("ids, kinds and key ids are path segments")
    }

    /// What the object's key is derived for. The key id is bound through the key itself.
    pub(crate) fn binding(&self) -> String {
        format!("blockhouse/1|{}|{}|{}|{}", self.scope.tenant, self.scope.source, self.kind, self.object)
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}-{}", self.scope, self.kind, self.key, self.object)
    }
}

impl FromStr for ObjectName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: &str = "0000000000000001/0000000000000002/parts/20261122-00-0000000000000003";

    fn check_key(text: &str, accepted: bool) {
        assert_eq!(DataKeyId::parse(text).is_ok(), accepted, "{text:?}");
    }

    #[test]
    fn a_key_has_one_name() {
        check_key("20261122-00", true);
        check_key("20260228-99", true);
        check_key("20261122-65535", true);
        for text in
            ["", "-", "20261122", "20261122-", "20261122-0", "20261122-000", "20261122-+1", "20261122-65536", "20260229-00"]
        {
            check_key(text, false);
        }
        check_key("2026112é-00", false);
    }

    #[test]
    fn a_name_survives_its_text() {
        let name = ObjectName::parse(NAME).unwrap();
        assert_eq!((name.to_string().as_str(), name.path().as_str()), (NAME, NAME));
        assert_eq!(name.key.to_string(), "20261122-00");
        assert_eq!(name.binding(), "blockhouse/1|0000000000000001|0000000000000002|parts|0000000000000003");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in
            ["", "/", "a/b/c/d", &NAME.replace("parts", "keys"), &format!("{NAME}/x"), &format!("/{NAME}"), &NAME.to_uppercase()]
        {
            assert!(ObjectName::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_accepts_only_what_it_writes(text in "\\PC{0,80}|[0-9a-z/-]{60,75}") {
            if let Ok(name) = ObjectName::parse(&text) {
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
