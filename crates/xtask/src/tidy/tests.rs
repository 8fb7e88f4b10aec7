use super::layers::{Declared, missing_from_code_map, several_versions, wrong_edges, wrong_owners};
use super::text::{file_rules, missing_documents};
use super::*;

#[test]
fn the_tree_is_tidy() {
    let complaints = complaints(&root()).unwrap();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// The rules find in this file what `expected` says, and nothing where it is empty.
fn check(path: &str, text: &str, expected: &str) {
    let file = TextFile { path: path.to_owned(), text: text.to_owned() };
    let found = file_rules(&file).join("\n");
    assert_eq!(found.is_empty(), expected.is_empty(), "{path}: {found}");
    assert!(found.contains(expected), "{path}: {found}");
}

#[test]
fn a_file_is_short_without_its_tests() {
    let long = "fn f() {}\n".repeat(401);
    check("crates/store/src/part.rs", &long, "401 lines");
    check("crates/store/src/part.rs", &format!("#[cfg(test)]\nmod tests {{\n{long}}}\n"), "");
    check("crates/store/src/part.rs", &format!("#[cfg(test)]\nmod tests;\n{long}"), "403 lines");
    check("crates/store/src/part/tests.rs", &long, "");
}

#[test]
fn a_file_is_named_after_something() {
    check("crates/store/src/utils.rs", "", "name the file");
    check("crates/store/src/common/mod.rs", "", "name the file");
    check("crates/store/src/part.rs", "", "");
}

#[test]
fn nothing_unfinished_is_merged() {
    check("crates/store/src/part.rs", concat!("// FIX", "ME later"), "may not stay");
    check("README.md", concat!("FIX", "ME"), "may not stay");
    check("crates/store/src/part.rs", concat!("fn f() { to", "do!() }"), "may not stay");
}

#[test]
fn code_is_not_kept_in_comments() {
    check("crates/store/src/part.rs", "    // let x = 1;", "code in a comment");
    check("crates/store/src/part.rs", "// if x {", "code in a comment");
    check("crates/store/src/part.rs", "/// `let x = 1;`\n//! ends here;\n// Because it is so.", "");
}

#[test]
fn a_path_of_one_machine_is_found() {
    check("Makefile", concat!("cd /wo", "rk/main"), "a path of one machine");
    check("README.md", concat!("see https://example.org/wo", "rk/x"), "");
}

#[test]
fn a_word_stays_in_its_crate() {
    let listener = concat!("use tokio::net::TcpLis", "tener;");
    check("crates/server/src/app.rs", listener, "only `guard`");
    check("crates/guard/src/listen.rs", listener, "");
    check("crates/store/src/part.rs", concat!("use data", "fusion::prelude::X;"), "only `search`");
    check("crates/store/src/part.rs", concat!("use object_", "store::path::Path;"), "only `seal`");
    let append = concat!("store.append(scope, App", "end { body, delivery }, done)");
    check("crates/server/src/syslog.rs", append, "only `ingest::commit`");
    check("crates/ingest/src/commit.rs", append, "");
}

#[test]
fn a_named_document_exists() {
    let file = |text: &str| TextFile { path: "crates/seal/src/lib.rs".to_owned(), text: text.to_owned() };
    assert_eq!(missing_documents(&file(concat!("see do", "cs/formats/absent.md.")), &|_| false).len(), 1);
    assert!(missing_documents(&file(concat!("see do", "cs/formats/there.md")), &|_| true).is_empty());
    assert!(missing_documents(&file("https://example.org/docs/x.md"), &|_| false).is_empty());
}

fn declared(name: &str, uses: &[&str]) -> [Declared; 1] {
    [Declared { name: name.to_owned(), uses: uses.iter().map(|&used| used.to_owned()).collect() }]
}

#[test]
fn a_layer_uses_only_what_is_below_it() {
    assert_eq!(wrong_edges(&declared("store", &["search", "serde"])).len(), 1);
    assert_eq!(wrong_edges(&declared("ingest", &["search"])).len(), 1);
    assert_eq!(wrong_edges(&declared("anything", &[])).len(), 1);
    assert!(wrong_edges(&declared("store", &["model", "seal", "serde"])).is_empty());
}

#[test]
fn a_library_is_named_only_by_its_owner() {
    assert_eq!(wrong_owners(&declared("ingest", &["object_store"])).len(), 1);
    assert_eq!(wrong_owners(&declared("store", &["datafusion-common"])).len(), 1);
    assert!(wrong_owners(&declared("seal", &["object_store", "aws-lc-rs"])).is_empty());
}

#[test]
fn the_code_map_names_every_crate() {
    assert_eq!(missing_from_code_map(&declared("seal", &[]), "| `store` |").len(), 1);
    assert!(missing_from_code_map(&declared("seal", &[]), "| `seal` |").is_empty());
}

#[test]
fn one_version_of_the_columnar_set() {
    let twice = "[[package]]\nname = \"arrow\"\nversion = \"1\"\n[[package]]\nname = \"arrow\"\nversion = \"2\"\n";
    assert_eq!(several_versions(twice).len(), 1);
    assert!(several_versions("name = \"arrow\"\nname = \"arrow-schema\"\n").is_empty());
}
