//! Puts what a build of `/ui` left in `/ui/dist/app` into the binary. Runs no other program: without Node, or before
//! `make ui`, the table is empty, unless `BLOCKHOUSE_REQUIRE_UI` says that a binary must not go out like that.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script what to do in its environment")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../ui/dist");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    // The folder is always there, so that a build which comes or goes changes what is watched.
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-env-changed=BLOCKHOUSE_REQUIRE_UI");
    let mut names = Vec::new();
    // A copy, so that a build of the console beside one of the binary takes no file away from it.
    let copies = out.join("app");
    if copies.exists() {
        fs::remove_dir_all(&copies)?;
    }
    copy(&dist.join("app"), &copies, "", &mut names)?;
    if !names.iter().any(|name| name == "index.html") && env::var_os("BLOCKHOUSE_REQUIRE_UI").is_some() {
        println!("cargo::error=the console is not built: run `make ui` first");
    }
    fs::write(out.join("files.rs"), table(&names))
}

/// The files as a Rust expression; a packed one belongs to its plain one.
fn table(names: &[String]) -> String {
    let bytes = |name: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), {:?}))", format!("/app/{name}"));
    let mut table = String::from("&[\n");
    for name in names.iter().filter(|name| !name.ends_with(".br")) {
        let packed = format!("{name}.br");
        let brotli = if names.contains(&packed) { format!("Some({})", bytes(&packed)) } else { "None".to_owned() };
        table.push_str(&format!("    File {{ name: {name:?}, plain: {}, brotli: {brotli} }},\n", bytes(name)));
    }
    table.push_str("]\n");
    table
}

/// Copies the files below a folder, and gathers their names in order; a folder that is not there holds none.
fn copy(from: &Path, to: &Path, under: &str, names: &mut Vec<String>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    fs::create_dir_all(to)?;
    let mut entries: Vec<_> = entries.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let file_name = entry.file_name();
        let name = format!("{under}{}", file_name.to_string_lossy());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(&file_name), &format!("{name}/"), names)?;
        } else {
            fs::copy(entry.path(), to.join(&file_name))?;
            names.push(name);
        }
    }
    Ok(())
}
