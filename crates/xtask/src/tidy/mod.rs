//! Tidy: the rules of the house that a compiler does not check, over the tree as it lies on disk.
//!
//! Each rule is a pure function from text to complaints, and has a test that it can fail.
//! `cargo test -p xtask` and `cargo xtask tidy` run them over the whole tree. Formats nothing, fixes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

mod layers;
mod text;

#[cfg(test)]
mod tests;

/// A text file of the tree, its path relative to the root with forward slashes.
#[derive(Debug)]
pub(crate) struct TextFile {
    path: String,
    text: String,
}

/// Folders that hold no source of ours.
const NOT_OURS: [&str; 7] = ["target", "node_modules", "blockhouse-data", "corpus", "artifacts", "dist", "coverage"];
const TEXT_ENDINGS: [&str; 7] = ["rs", "toml", "md", "sh", "ts", "tsx", "yml"];
const TEXT_NAMES: [&str; 3] = ["Makefile", "run", "Cargo.lock"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn complaints(root: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    let mut found = Vec::new();
    for file in &files {
        found.extend(text::file_rules(file));
        found.extend(text::missing_documents(file, &|path| root.join(path).exists()));
        if file.path == "Cargo.lock" {
            found.extend(layers::several_versions(&file.text));
        }
    }
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .context("cargo metadata")?;
    let crates = layers::declared(&metadata);
    found.extend(layers::wrong_edges(&crates));
    found.extend(layers::wrong_owners(&crates));
    if let Some(map) = files.iter().find(|file| file.path == "ARCHITECTURE.md") {
        found.extend(layers::missing_from_code_map(&crates, &map.text));
    }
    Ok(found)
}

fn collect(root: &Path, folder: &str, files: &mut Vec<TextFile>) -> Result<()> {
    let mut entries: Vec<_> = fs::read_dir(root.join(folder))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type()?.is_dir() {
            if (!name.starts_with('.') || name == ".ci") && !NOT_OURS.contains(&name.as_str()) {
                collect(root, &path, files)?;
            }
        } else if is_text(&name) {
            let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
            files.push(TextFile { path, text });
        }
    }
    Ok(())
}

fn is_text(name: &str) -> bool {
    TEXT_NAMES.contains(&name) || name.rsplit_once('.').is_some_and(|(_, ending)| TEXT_ENDINGS.contains(&ending))
}
