//! Lines of a security.txt: a field, a comment, or nothing (RFC 9116, 2.2).

/// Fields by their registered names; the registry's others are known and not looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Name {
    Acknowledgments,
    Canonical,
    Contact,
    Encryption,
    Expires,
    Hiring,
    Languages,
    Policy,
    Csaf,
    BugBounty,
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Field(Name, &'a str),
    /// A field of a name that is not registered. Readers pass it over.
    Unknown,
    Nothing,
    /// Neither of these: nothing in it is said to anybody.
    Broken,
}

const NAMES: [(Name, &str); 10] = [
    (Name::Acknowledgments, "Acknowledgments"),
    (Name::Canonical, "Canonical"),
    (Name::Contact, "Contact"),
    (Name::Encryption, "Encryption"),
    (Name::Expires, "Expires"),
    (Name::Hiring, "Hiring"),
    (Name::Languages, "Preferred-Languages"),
    (Name::Policy, "Policy"),
    (Name::Csaf, "CSAF"),
    (Name::BugBounty, "Bug-Bounty"),
];

// === impl Name ===

impl Name {
    pub(crate) fn as_str(self) -> &'static str {
        NAMES.iter().find(|(name, _)| *name == self).map_or("", |(_, text)| text)
    }

    /// Whether its value is a URI.
    pub(crate) fn is_uri(self) -> bool {
        match self {
            Self::Acknowledgments | Self::Canonical | Self::Contact | Self::Encryption => true,
            Self::Hiring | Self::Policy | Self::Csaf => true,
            Self::Expires | Self::Languages | Self::BugBounty => false,
        }
    }
}

// === impl Line ===

impl<'a> Line<'a> {
    pub(crate) fn parse(line: &'a str) -> Self {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            return Self::Nothing;
        }
        let Some((name, value)) = line.split_once(':') else { return Self::Broken };
        // One space belongs to the field; names are compared in any case.
        let Some(value) = value.strip_prefix(' ').map(str::trim_start).filter(|value| !value.is_empty()) else {
            return Self::Broken;
        };
        let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic());
        match NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)) {
            Some((known, _)) => Self::Field(*known, value),
            None if named => Self::Unknown,
            None => Self::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &Line<'_>) {
        assert_eq!(Line::parse(line), *expected, "{line:?}");
    }

    #[test]
    fn a_line_is_a_field_a_comment_or_nothing() {
        check("Contact: mailto:a@b", &Line::Field(Name::Contact, "mailto:a@b"));
        check("contact:  mailto:a@b \t\r", &Line::Field(Name::Contact, "mailto:a@b"));
        check("PREFERRED-languages: en, de", &Line::Field(Name::Languages, "en, de"));
        check("X-Own: something", &Line::Unknown);
        check("# Contact: x", &Line::Nothing);
        check(" \t", &Line::Nothing);
        for broken in ["Contact", "Contact:", "Contact:mailto:a@b", ": x", "Con tact: x", " # x"] {
            check(broken, &Line::Broken);
        }
    }
}
