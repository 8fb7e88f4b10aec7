//! Addresses as security.txt has them: URIs, ways to reach somebody, and languages.
//!
//! Always holds: a `Uri` is one line of ASCII with a scheme; a way over the web is https and has a host.

use std::fmt;

use model::{Email, limits};

/// A URI that ends nothing but itself: printable ASCII without spaces and brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uri(String);

/// A way to reach somebody.
#[derive(Clone, PartialEq, Eq)]
pub enum Contact {
    Mail(Email),
    /// A page, with a form or with words.
    Web(Uri),
    /// A number, as `tel:` has it.
    Phone(Uri),
}

/// A language tag (RFC 5646), as far as its letters go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    #[error("not a URI: a scheme, a colon, and at most {} characters without spaces", limits::CONTACT_URI_BYTES_MAX)]
    NotAUri,
    #[error("not an https URL with a host")]
    NotHttps,
    #[error("not a way to reach somebody: mailto:, https: or tel:")]
    NotAContact,
    #[error("not a language, such as en or pt-BR")]
    NotALanguage,
}

// === impl Uri ===

impl Uri {
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = text.split_once(':').ok_or(UriError::NotAUri)?;
        let scheme_is_one = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
        let whole = text.len() <= limits::CONTACT_URI_BYTES_MAX && !rest.is_empty() && rest.bytes().all(plain);
        (scheme_is_one && whole).then(|| Self(text.to_owned())).ok_or(UriError::NotAUri)
    }

    /// Reads an https URL with a host and without a name or a password in it.
    pub fn parse_https(text: &str) -> Result<Self, UriError> {
        let uri = Self::parse(text)?;
        let rest = uri.rest().strip_prefix("//").filter(|_| uri.scheme_is("https")).ok_or(UriError::NotHttps)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        };
        let named = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
        let numbered = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let numbered = numbered.is_some_and(|host| host.parse::<std::net::Ipv6Addr>().is_ok());
        if named || numbered { Ok(uri) } else { Err(UriError::NotHttps) }
    }

    pub(crate) fn scheme_is(&self, scheme: &str) -> bool {
        self.0.split_once(':').is_some_and(|(own, _)| own.eq_ignore_ascii_case(scheme))
    }

    fn rest(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, rest)| rest)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl Contact ===

impl Contact {
    /// Reads `mailto:`, `https:` or `tel:`. A letter with a subject or a second addressee is no address.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let uri = Uri::parse(text)?;
        if uri.scheme_is("mailto") {
            let address = decode(uri.rest()).ok_or(UriError::NotAContact)?;
            return Email::parse(&address).map(Self::Mail).map_err(|_| UriError::NotAContact);
        }
        if uri.scheme_is("tel") {
            let digits = uri.rest().bytes().filter(u8::is_ascii_digit).count();
            let plain = uri.rest().bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'(' | b')'));
            return (digits > 0 && plain).then_some(Self::Phone(uri)).ok_or(UriError::NotAContact);
        }
        if uri.scheme_is("https") { Uri::parse_https(text).map(Self::Web) } else { Err(UriError::NotAContact) }
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mail(email) => write!(f, "mailto:{}", encode(email.as_str())),
            Self::Web(uri) | Self::Phone(uri) => uri.fmt(f),
        }
    }
}

/// Somebody's address stays out of logs that print a struct.
impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mail(_) => "Mail(..)",
            Self::Web(_) => "Web(..)",
            Self::Phone(_) => "Phone(..)",
        })
    }
}

/// What RFC 6068 wants encoded of an address, and what no URI may hold.
fn encode(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'@' | b'.' | b'-' | b'_' | b'~' | b'!' | b'$' | b'\'' | b'*' | b'+' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn decode(text: &str) -> Option<String> {
    if text.contains('?') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend_from_slice(parts.next()?.as_bytes());
    for part in parts {
        let (hex, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(hex, 16).ok().filter(|_| hex.bytes().all(|b| b.is_ascii_hexdigit()))?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    // What is left of an address at its ends would be trimmed away silently.
    String::from_utf8(bytes).ok().filter(|text| text.trim() == text)
}

// === impl Language ===

impl Language {
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let mut parts = text.split('-');
        let first =
            parts.next().is_some_and(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
        let others = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        let short = text.len() <= limits::CONTACT_LANGUAGE_BYTES_MAX;
        (first && others && short).then(|| Self(text.to_owned())).ok_or(UriError::NotALanguage)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Result<&str, UriError>) {
        assert_eq!(Contact::parse(text).map(|contact| contact.to_string()), expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn a_contact_is_read_and_written_as_one_uri() {
        check("mailto:Security@Example.org", Ok("mailto:security@example.org"));
        check("mailto:a%2Fb%25c@example.org", Ok("mailto:a%2Fb%25c@example.org"));
        check("https://example.org/report?a=b", Ok("https://example.org/report?a=b"));
        check("https://[::1]:8443/", Ok("https://[::1]:8443/"));
        check("tel:+49-30-1234", Ok("tel:+49-30-1234"));
    }

    #[test]
    fn what_nobody_is_reached_with_is_refused() {
        check("security@example.org", Err(UriError::NotAUri));
        check("mailto:", Err(UriError::NotAUri));
        check("mailto:nobody", Err(UriError::NotAContact));
        check("mailto:a@b?subject=x", Err(UriError::NotAContact));
        check("mailto:a@b%0D%0ABcc:c@d", Err(UriError::NotAContact));
        check("mailto:%20a@b", Err(UriError::NotAContact));
        check("tel:abc", Err(UriError::NotAContact));
        check("ftp://example.org/", Err(UriError::NotAContact));
        check("http://example.org/", Err(UriError::NotAContact));
        check("https:example.org", Err(UriError::NotHttps));
        check("https:///report", Err(UriError::NotHttps));
        check("https://user@example.org/", Err(UriError::NotHttps));
        check("https://example.org/a b", Err(UriError::NotAUri));
        check(&format!("https://example.org/{}", "a".repeat(limits::CONTACT_URI_BYTES_MAX)), Err(UriError::NotAUri));
    }

    #[test]
    fn a_language_is_letters_and_subtags() {
        assert!(["en", "pt-BR", "zh-Hans-CN", "i-klingon"].iter().all(|tag| Language::parse(tag).is_ok()));
        assert!(["", "-", "en-", "e n", "englishlanguage", "12", "en,de"].iter().all(|tag| Language::parse(tag).is_err()));
    }

    #[test]
    fn an_address_is_not_printed() {
        assert_eq!(format!("{:?}", Contact::parse("mailto:a@example.org")), "Ok(Mail(..))");
    }

    proptest! {
        #[test]
        fn whatever_is_an_address_is_read_as_it_was_written(local in "[!#-'*+./-9=?A-Z^-~-]{1,64}", text in any::<String>()) {
            let _ = (Contact::parse(&text), Language::parse(&text), Uri::parse_https(&text));
            if let Ok(email) = Email::parse(&format!("{local}@example.org")) {
                let contact = Contact::Mail(email);
                prop_assert_eq!(Contact::parse(&contact.to_string()), Ok(contact));
            }
        }
    }
}
