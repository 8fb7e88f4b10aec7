//! The words that people signed, made again from what the page shows of them.
//!
//! | line | what |
//! |---|---|
//! | 1 | `blockhouse/attestation/1` |
//! | 2 … | `name: value`, in this order: `attestation`, `page`, `claim`, `sentence-digest`; each `attachment`; where there is a document `document-issuer`, `document-id`, `document-scope`, `document-until`; `from`, `until`, `log`, `log-size`, `log-root`, `quorum`, `sentence` |
//!
//! Behind these each signer has lines of its own, which are not part of what the log names.

use audit::Checkpoint;
use claims::document::{Attested, Published};

use crate::digest::sha256;

/// Characters of a day: what is signed of a document's end is its last day.
const DATE_CHARS: usize = 10;

/// What the log calls them.
pub(super) fn digest(claim: &Published, page: &str, (attested, after): (&Attested, &Checkpoint)) -> String {
    let mut lines = vec![
        ("attestation", attested.id.clone()),
        ("page", page.to_owned()),
        ("claim", claim.id.clone()),
        ("sentence-digest", claim.sentence_digest.clone()),
    ];
    lines.extend(attested.attachments.iter().map(|digest| ("attachment", digest.clone())));
    if let Some(document) = &attested.document {
        lines.push(("document-issuer", document.issuer.clone()));
        lines.push(("document-id", document.id.clone()));
        lines.push(("document-scope", document.scope.clone()));
        lines.push(("document-until", document.valid_until.chars().take(DATE_CHARS).collect()));
    }
    lines.push(("from", attested.from.clone()));
    lines.push(("until", attested.until.clone()));
    lines.push(("log", after.origin.clone()));
    lines.push(("log-size", after.size.to_string()));
    lines.push(("log-root", after.root.to_string()));
    lines.push(("quorum", attested.needed.to_string()));
    lines.push(("sentence", claim.sentence.clone()));
    let text: String = lines.into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    sha256(format!("blockhouse/attestation/1\n{text}").as_bytes())
}
