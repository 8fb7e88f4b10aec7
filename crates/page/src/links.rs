//! Where things of a page are, from its own address.
//!
//! Always holds: a path begins with one slash and no foreign character stands in it unescaped, so no link leads to another
//! host or runs anything.

/// What a page hangs below where its address names no path.
const PATH_DEFAULT: &str = "/security";

#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// `https://logs.example`, or nothing where the address is none.
    origin: String,
    /// `/security`.
    path: String,
}

// === impl Links ===

impl Links {
    pub(crate) fn of(url: &str) -> Self {
        let scheme = ["https://", "http://"].into_iter().find(|scheme| url.starts_with(scheme));
        let rest = scheme.and_then(|scheme| url.strip_prefix(scheme)).unwrap_or_default();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path: String =
            path.split('/').filter(|part| !part.is_empty()).flat_map(|part| ["/".to_owned(), segment(part)]).collect();
        let origin = match scheme {
            Some(scheme) if !host.is_empty() => format!("{scheme}{host}"),
            Some(_) | None => String::new(),
        };
        Self { origin, path: if path.is_empty() { PATH_DEFAULT.to_owned() } else { path } }
    }

    pub(crate) fn page(&self) -> &str {
        &self.path
    }

    pub(crate) fn style(&self) -> String {
        format!("{}/page.css", self.path)
    }

    /// The signed document that the page was made from.
    pub(crate) fn document(&self) -> String {
        format!("{}.json", self.path)
    }

    pub(crate) fn evidence(&self, digest: &str) -> String {
        format!("{}/evidence/{}", self.path, segment(digest))
    }

    pub(crate) fn claim(&self, id: &str) -> String {
        format!("{}/claims/{}", self.path, segment(id))
    }

    pub(crate) fn feed(&self) -> String {
        format!("{}/feed.atom", self.path)
    }

    pub(crate) fn badge(&self) -> String {
        format!("{}/badge.svg", self.path)
    }

    pub(crate) fn component_definition(&self) -> String {
        format!("{}/oscal/component-definition.json", self.path)
    }

    pub(crate) fn assessment_results(&self) -> String {
        format!("{}/oscal/assessment-results.json", self.path)
    }

    /// With the host, for what is read away from the page.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// One part of a path, with everything escaped that means something there.
fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_hang_below_the_path_of_the_page() {
        check("https://logs.example/security", "/security", "https://logs.example/security/feed.atom");
        check("https://logs.example:8443/of/acme//", "/of/acme", "https://logs.example:8443/of/acme/feed.atom");
        check("https://logs.example", "/security", "https://logs.example/security/feed.atom");
    }

    #[test]
    fn an_address_that_is_none_gives_links_that_stay_on_this_host() {
        check("javascript:alert(1)", "/security", "/security/feed.atom");
        check("https:////evil.example/x", "/evil.example/x", "/evil.example/x/feed.atom");
        check("https://a/\"><b>?q#f", "/%22%3E%3Cb%3E", "https://a/%22%3E%3Cb%3E/feed.atom");
        assert_eq!(Links::of("https://a/s").claim("../x"), "/s/claims/..%2Fx");
    }

    fn check(url: &str, path: &str, feed: &str) {
        let links = Links::of(url);
        assert_eq!(links.page(), path);
        assert_eq!(links.absolute(&links.feed()), feed);
    }
}
