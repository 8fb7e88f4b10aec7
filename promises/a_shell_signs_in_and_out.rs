//! Somebody signs in from a shell: what they type is not shown, the token is theirs alone, and it ends when they say so.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::codes::code;
use crate::house::House;
use crate::somebody_signs_in_with_passphrase_and_code::{EMAIL, Enrolled, PASSPHRASE};

/// The program, or what runs it, without a key of its own.
pub(crate) fn command(program: impl AsRef<OsStr>, house: &House) -> Command {
    let mut command = Command::new(program);
    command.env_remove("BLOCKHOUSE_KEY").env("BLOCKHOUSE_CA", house.ca_file());
    command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", house.address().port()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What becomes of a command that is given these lines by a pipe.
fn run(house: &House, words: &[&str], lines: &str) -> Output {
    let mut running = command(env!("CARGO_BIN_EXE_blockhouse"), house).args(words).spawn().unwrap();
    // Whoever is refused before is not there to read.
    let _ = running.stdin.take().unwrap().write_all(lines.as_bytes());
    running.wait_with_output().unwrap()
}

#[track_caller]
pub(crate) fn says(house: &House, words: &[&str], lines: &str) -> String {
    let Output { status, stdout, stderr } = run(house, words, lines);
    assert!(status.success(), "{words:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

#[track_caller]
pub(crate) fn is_refused(house: &House, words: &[&str], lines: &str, code: i32, wanted: &str) {
    let Output { status, stdout, stderr } = run(house, words, lines);
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert!(status.code() == Some(code) && said.contains(wanted) && stdout.is_empty(), "{words:?}: {status}, {said}");
    assert!(!said.contains(PASSPHRASE));
}

/// Reads what a terminal shows until it is this.
#[track_caller]
fn wait_for(prompt: &str, terminal: &mut Child, shown: &mut String) {
    let (mut byte, from) = ([0], shown.len());
    while !shown[from..].contains(prompt) {
        assert_eq!(terminal.stdout.as_mut().unwrap().read(&mut byte).unwrap(), 1, "{shown}");
        shown.push(char::from(byte[0]));
    }
}

#[test]
fn a_shell_signs_in_and_out() {
    let Enrolled { house, secret, recovery, .. } = Enrolled::new();
    let file = house.data().with_file_name("token");
    let name = file.to_str().unwrap();
    let line = format!("{} login --email {EMAIL} --key-file {name}", env!("CARGO_BIN_EXE_blockhouse"));
    let mut terminal = command("script", &house).args(["-qefc", &line, "/dev/null"]).spawn().unwrap();
    let mut shown = String::new();
    let now = code(&secret, 1);
    for (prompt, typed) in [("Passphrase: ", PASSPHRASE), ("One-time code, or a recovery code: ", &now)] {
        wait_for(prompt, &mut terminal, &mut shown);
        terminal.stdin.as_mut().unwrap().write_all(format!("{typed}\n").as_bytes()).unwrap();
    }
    wait_for("blockhouse logout", &mut terminal, &mut shown);
    assert!(terminal.wait().unwrap().success(), "{shown}");
    let token = fs::read_to_string(&file).unwrap();
    assert!(![PASSPHRASE, &now, token.trim()].iter().any(|secret| shown.contains(secret)), "{shown}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let me: Value = serde_json::from_str(&says(&house, &["api", "GET", "/v1/me", "--key-file", name], "")).unwrap();
    assert_eq!(me["email"], EMAIL, "{me}");
    says(&house, &["logout", "--key-file", name], "");
    assert!(!file.exists());
    fs::write(&file, &token).unwrap();
    is_refused(&house, &["api", "GET", "/v1/me", "--key-file", name], "", 77, "ended");
    says(&house, &["logout", "--key-file", name], "");
    assert!(!file.exists(), "a session that had ended is no trouble");

    // From a pipe, to another.
    let token = says(&house, &["login"], &format!("{EMAIL}\n{PASSPHRASE}\n{}\n", recovery[0]));
    let me: Value = serde_json::from_str(&says(&house, &["api", "GET", "/v1/me", "--key", token.trim()], "")).unwrap();
    assert_eq!(me["email"], EMAIL, "{me}");
}

#[test]
fn whoever_does_not_prove_who_they_are_gets_no_token() {
    let Enrolled { house, founded, recovery, .. } = Enrolled::new();
    let login = ["login", "--email", EMAIL];
    is_refused(&house, &login, "some other words than those\n", 77, "docs/people.md");
    is_refused(&house, &login, &format!("{PASSPHRASE}\n000000\n"), 77, "docs/people.md");
    is_refused(&house, &login, &format!("{PASSPHRASE}\n"), 65, "nothing was given");
    is_refused(&house, &login, "", 65, "nothing was given");
    let nowhere = ["login", "--email", EMAIL, "--key-file", "/nowhere/at/all"];
    is_refused(&house, &nowhere, &format!("{PASSPHRASE}\n{}\n", recovery[0]), 1, "could not make /nowhere/at/all");
    is_refused(&house, &["login", "--passphrase", PASSPHRASE], "", 65, "unexpected argument");
    is_refused(&house, &["logout", "--key", &founded.access.write_key], "", 77, "blockhouse key revoke");
    is_refused(&house, &["logout"], "", 65, "BLOCKHOUSE_KEY");
}
