//! Rules over the text of one file.

use super::TextFile;

/// Lines of a source file, its tests left out.
const LINES_MAX: usize = 400;
/// Files that may be longer, with their limit. A limit here only ever gets smaller; at 400 its line goes.
const LONGER: [(&str, usize); 0] = [];
/// A name that says nothing gathers everything.
const BANNED_STEMS: [&str; 6] = ["util", "utils", "common", "helper", "helpers", "misc"];
/// Written in pieces, so that this file does not complain about itself.
const UNFINISHED: [&str; 4] = [concat!("FIX", "ME"), concat!("XX", "X:"), concat!("to", "do!("), concat!("unimplemen", "ted!(")];
const MACHINE_PATHS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];
/// Words that only these sources may hold, with the reason.
const ONLY_IN: [(&str, &[&str], &str); 4] = [
    (concat!("TcpLis", "tener"), &["crates/guard/"], "only `guard` accepts a connection"),
    (concat!("data", "fusion::"), &["crates/search/"], "only `search` names DataFusion"),
    (
        concat!("object_", "store::"),
        &["crates/seal/", "crates/archive/"],
        "only `seal` reaches storage, and `archive` what tenants named",
    ),
    (concat!("App", "end {"), &["crates/store/", "crates/ingest/src/commit.rs"], "only `ingest::commit` has records stored"),
];

const NOT_IN_THE_BINARY: [&str; 2] = ["crates/xtask/", "crates/bucket/"];

pub(crate) fn file_rules(file: &TextFile) -> Vec<String> {
    let mut found: Vec<String> = unfinished(file).chain(machine_paths(file)).collect();
    if file.path.ends_with(".rs") {
        found.extend(too_long(file).into_iter().chain(banned_name(file)));
        found.extend(commented_out_code(file).chain(only_in_one_crate(file)));
    }
    found
}

/// Documents of ours that a file names, and that are not there.
pub(crate) fn missing_documents(file: &TextFile, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in file.text.match_indices("docs/") {
        let before = file.text[..at].chars().next_back();
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
        let path: String = file.text[at..].chars().take_while(|c| inside(*c)).collect();
        let path = path.trim_end_matches('.');
        // A path that goes on from another folder or an address is not one of ours.
        let ours = !before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-'));
        if ours && path.ends_with(".md") && !exists(path) {
            found.push(format!("{}: names {path}, which does not exist", file.path));
        }
    }
    found
}

fn too_long(file: &TextFile) -> Option<String> {
    if is_test(&file.path) {
        return None;
    }
    let limit = LONGER.iter().find(|(path, _)| *path == file.path).map_or(LINES_MAX, |(_, limit)| *limit);
    let lines = without_tests(&file.text).lines().count();
    (lines > limit).then(|| format!("{}: {lines} lines without tests, the limit is {limit}", file.path))
}

fn banned_name(file: &TextFile) -> Option<String> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let folder = file.path.rsplit('/').nth(1).filter(|_| stem == "mod").unwrap_or_default();
    let banned = BANNED_STEMS.contains(&stem) || BANNED_STEMS.contains(&folder);
    banned.then(|| format!("{}: name the file after what it is about", file.path))
}

fn unfinished(file: &TextFile) -> impl Iterator<Item = String> {
    complain_on(file, |line| UNFINISHED.into_iter().find(|word| line.contains(word)).map(|word| format!("`{word}` may not stay")))
}

fn machine_paths(file: &TextFile) -> impl Iterator<Item = String> {
    // A path begins where a word does; the same letters inside an address are something else.
    let begins = |line: &str, path: &str| {
        line.match_indices(path)
            .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '}')))
    };
    complain_on(file, move |line| {
        MACHINE_PATHS.into_iter().find(|path| begins(line, path)).map(|_| "a path of one machine".to_owned())
    })
}

fn commented_out_code(file: &TextFile) -> impl Iterator<Item = String> {
    let is_code = |line: &str| {
        let Some(rest) = line.trim_start().strip_prefix("//") else { return false };
        let text = rest.trim();
        let prose = rest.starts_with(['/', '!']) || text.is_empty() || text.starts_with('`');
        !prose && (text.ends_with(';') || text.ends_with(" {") || text == "}" || text == "});")
    };
    complain_on(file, move |line| is_code(line).then(|| "code in a comment".to_owned()))
}

fn only_in_one_crate(file: &TextFile) -> Vec<String> {
    let apart = NOT_IN_THE_BINARY.iter().any(|home| file.path.starts_with(home));
    let ours = file.path.starts_with("crates/") && !apart && !is_test(&file.path);
    let text = without_tests(&file.text);
    let broken = ONLY_IN
        .iter()
        .filter(|(word, home, _)| ours && !home.iter().any(|home| file.path.starts_with(home)) && text.contains(word));
    broken.map(|(_, _, reason)| format!("{}: {reason}", file.path)).collect()
}

fn complain_on(file: &TextFile, rule: impl Fn(&str) -> Option<String>) -> impl Iterator<Item = String> {
    let complaints = file.text.lines().enumerate().filter_map(move |(i, line)| Some((i + 1, rule(line)?)));
    complaints.map(|(number, complaint)| format!("{}:{number}: {complaint}", file.path))
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("promises/")
}

/// What stands before the file's test module.
fn without_tests(text: &str) -> &str {
    let end = text.match_indices("#[cfg(test)]\nmod ").find(|(at, _)| {
        let line = text[*at..].lines().nth(1).unwrap_or_default();
        line.ends_with('{')
    });
    end.map_or(text, |(at, _)| &text[..at])
}
