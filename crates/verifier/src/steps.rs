//! What a page says, against its signature, its HTML, its log and its evidence.

pub(crate) mod fetched;
pub(crate) mod grew;
pub(crate) mod proved;
pub(crate) mod remembered;
pub(crate) mod shown;
pub(crate) mod signed;
mod words;

use std::cell::RefCell;

use audit::{Checkpoint, Verifier};
use claims::document::{Overview, Published};
use claims::statement::{EVIDENCE_TYPE, EvidencePredicate};
use claims::{page_at, page_of};
use model::{Timestamp, limits};

use crate::envelope::Opened;
use crate::site::Site;

/// Of a SHA-256 in hex.
const DIGEST_CHARS: usize = 64;

/// What the steps have in common.
#[derive(Clone, Copy)]
pub(crate) struct Visit<'a, 's> {
    pub(crate) site: &'a RefCell<Site<'s>>,
    pub(crate) now: Timestamp,
    pub(crate) overview: &'a Overview,
    pub(crate) verifier: &'a Verifier,
}

// === impl Visit ===

impl Visit<'_, '_> {
    /// The checkpoint that the page's proofs lead to.
    pub(crate) fn checkpoint(&self) -> Result<Checkpoint, String> {
        let opened = Checkpoint::open(&self.overview.log.checkpoint, self.verifier).map_err(|error| error.to_string())?;
        if opened.origin == self.overview.log.origin {
            Ok(opened)
        } else {
            Err(format!("it is of another log: {}", opened.origin))
        }
    }

    /// The evidence that is served under this digest, whoever signed it.
    pub(crate) fn evidence(&self, digest: &str) -> Result<Opened<EvidencePredicate>, String> {
        if digest.len() != DIGEST_CHARS || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("`{digest}` is no digest"));
        }
        let mut site = self.site.borrow_mut();
        let path = site.address.evidence(digest);
        let answer = site.get(&path, limits::OVERVIEW_EVIDENCE_BYTES_MAX).map_err(|error| error.to_string())?;
        if answer.status != 200 {
            return Err(format!("{path}: status {}", answer.status));
        }
        Opened::read(&answer.body, EVIDENCE_TYPE)
    }

    /// Whether a claim with this id is of this page and not of another that is in the same log.
    pub(crate) fn is_own(&self, id: &str) -> bool {
        page_of(id) == page_at(&self.overview.url)
    }

    pub(crate) fn claim(&self, id: &str) -> Option<&Published> {
        let answers = |one: &&Published| one.id == id || one.covers.iter().any(|covered| covered == id);
        self.overview.claims.iter().find(answers)
    }
}
