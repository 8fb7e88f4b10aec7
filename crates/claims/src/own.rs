//! Ids of claims that customers make about their own products: `PAGE.OWN-NAME`.
//!
//! Always holds: no id of the library has a page in front, so that one public log can hold the results of all pages.

const MARK: char = '.';
const PATH: &str = "/security/t/";

/// The id under which a claim of this page is published.
#[must_use]
pub fn own_id(page: &str, id: &str) -> String {
    format!("{page}{MARK}{id}")
}

/// The page that a published claim is on; `None` for the installation's own.
#[must_use]
pub fn page_of(id: &str) -> Option<&str> {
    id.split_once(MARK).map(|(page, _)| page)
}

/// Where the page with this name is, below its installation's address.
#[must_use]
pub fn own_path(page: &str) -> String {
    format!("{PATH}{page}")
}

/// The page that an address is of; `None` for the installation's own.
#[must_use]
pub fn page_at(url: &str) -> Option<&str> {
    let (_, page) = url.split_once(PATH)?;
    (!page.is_empty() && !page.contains('/')).then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    #[test]
    fn a_claim_of_a_customer_is_told_apart_from_those_of_the_library() {
        assert_eq!(page_of(&own_id("acme", "OWN-LOCKOUT")), Some("acme"));
        assert_eq!(page_at(&format!("https://logs.example{}", own_path("acme"))), Some("acme"));
        assert_eq!(page_at("https://logs.example/security"), None);
        let library = Library::shipped().unwrap();
        assert!(library.claims().flat_map(crate::Claim::ids).all(|id| page_of(id).is_none()));
    }
}
