//! The three pages that the library was made from, sentence by sentence, where they are at hand: their texts are not ours
//! to ship. `BLOCKHOUSE_SEEDS` names the folder that holds `seeds/` and `claims/`.

#![expect(clippy::unwrap_used, reason = "a test ends where what it needs is missing")]
#![expect(clippy::print_stdout, reason = "whoever runs the tests is told what was skipped")]

#[path = "seeds/coverage.rs"]
mod coverage;
#[path = "seeds/drift.rs"]
mod drift;

use std::path::PathBuf;

use claims::template::Page;

const SERVICE: &str = "timber-security.md";
const TEMPLATE: &str = "security-overview-template.md";
const COMPANY: &str = "security-page-of-a-company.txt";

/// A file of the folder; says that it is skipped where there is none.
fn file(path: &str) -> Option<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "a test finds its folder by it; the library reads no environment")]
    let named = std::env::var_os("BLOCKHOUSE_SEEDS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")));
    let found = std::fs::read(folder.join(path)).ok();
    if found.is_none() {
        println!("skipped: there is no {path} in {}", folder.display());
    }
    found
}

fn seed(name: &str) -> Option<Page> {
    file(&format!("seeds/{name}")).map(|bytes| Page::read(&bytes).unwrap())
}
