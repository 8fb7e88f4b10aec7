//! Writes everything that this crate makes, of made-up claims, into a folder, to be looked at:
//! `cargo run -p page --example sample -- FOLDER`, then open `FOLDER/security.html`.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::fs;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "target/sample".to_owned()));
    let (overview, changes) = (sample::overview(), sample::changes());
    fs::create_dir_all(&folder)?;
    // Beside one another, so that they can be opened without a server.
    let local = |html: String| html.replace("/security/page.css", "page.css");
    fs::write(folder.join("security.html"), local(page::html(&overview, &sample::figures())))?;
    let history = page::claim_html(&overview, "BH-DURABLE-1", &changes).unwrap_or_default();
    fs::write(folder.join("claim.html"), local(history))?;
    fs::write(folder.join("page.css"), page::STYLE)?;
    fs::write(folder.join("feed.atom"), page::feed(&overview, &changes))?;
    fs::write(folder.join("badge.svg"), page::badge(&overview))?;
    fs::write(folder.join("component-definition.json"), format!("{:#}", page::oscal_component_definition(&overview)))?;
    fs::write(folder.join("assessment-results.json"), format!("{:#}", page::oscal_assessment_results(&overview)))
}
