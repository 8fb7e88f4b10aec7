//! Puts what a build of `/ui` left in `/ui/dist/app` into the binary. Runs no other program: without Node, or before
//! `make ui`, the table is empty, unless `BLOCKHOUSE_REQUIRE_UI` says that a binary must not go out like that.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const HINT: &str = "the console is not built: run `make ui` first";

fn main() -> io::Result<()> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../ui/dist");
    // The folder is always there, so that a build which comes or goes changes what is watched.
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-env-changed=BLOCKHOUSE_REQUIRE_UI");
    let mut files = Vec::new();
    collect(&dist.join("app"), "", &mut files)?;
    if !files.iter().any(|(name, _)| name == "index.html") && env::var_os("BLOCKHOUSE_REQUIRE_UI").is_some() {
        println!("cargo::error={HINT}");
    }
    let is_packed = |name: &str| files.iter().any(|(other, _)| *other == format!("{name}.br"));
    let mut table = String::from("&[\n");
    for (name, path) in files.iter().filter(|(name, _)| !name.ends_with(".br")) {
        let path = path.display().to_string();
        let brotli =
            if is_packed(name) { format!("Some(include_bytes!({:?}))", format!("{path}.br")) } else { "None".to_owned() };
        table.push_str(&format!("    File {{ name: {name:?}, plain: include_bytes!({path:?}), brotli: {brotli} }},\n"));
    }
    table.push_str("]\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("files.rs"), table)
}

/// Files below a folder with their names from there on, in order; a folder that is not there holds none.
fn collect(folder: &Path, under: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut entries: Vec<_> = entries.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{under}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path().canonicalize()?));
        }
    }
    Ok(())
}
