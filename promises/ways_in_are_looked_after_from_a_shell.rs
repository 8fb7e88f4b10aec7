//! From a shell one proves anew who one is, and looks after the own passkeys, passphrase and codes; the kept template of a page
//! and a number over time are to be had there too.

use std::fs;
use std::io::{Read, Write};

use crate::a_shell_signs_in_and_out::{command, is_refused, says};
use crate::a_template_is_answered_and_becomes_a_draft::TEMPLATE;
use crate::codes::code;
use crate::people_sign_what_only_they_can_say::staff;
use crate::somebody_signs_in_with_passphrase_and_code::{EMAIL, Enrolled, PASSPHRASE};
use crate::the_command_line_reaches_the_whole_api::Shell;

const OTHER: &str = "nine dry badgers paint the ceiling";

#[test]
fn ways_in_are_looked_after_from_a_shell() {
    let Enrolled { house, mut founded, recovery, .. } = Enrolled::new();
    founded.owner.adds_passkey();
    let file = house.data().with_file_name("token");
    let name = file.to_str().unwrap();
    says(&house, &["login", "--email", EMAIL, "--key-file", name], &format!("{PASSPHRASE}\n{}\n", recovery[0]));
    let me = |words: &[&str], lines: &str| says(&house, &[&["me", "--key-file", name], words].concat(), lines);

    let before = fs::read_to_string(&file).unwrap();
    assert_eq!(me(&["prove"], &format!("{}\n", recovery[1])), "");
    assert_ne!(fs::read_to_string(&file).unwrap(), before, "the session has another token");
    is_refused(&house, &["me", "--key-file", name, "prove"], &format!("{}\n", recovery[1]), 77, "credentials_wrong");

    let listed = me(&["passkeys"], "");
    let id = listed.lines().nth(1).and_then(|line| line.split_whitespace().next()).expect("a passkey").to_owned();
    me(&["rename-passkey", &id, "drawer key"], "");
    assert!(me(&["passkeys"], "").contains("drawer key"));
    is_refused(&house, &["me", "--key-file", name, "rename-passkey", "nothing", "x"], "", 65, "passkey");

    me(&["set-passphrase"], &format!("{OTHER}\n"));
    let codes = me(&["recovery-codes"], "");
    assert_eq!(codes.lines().count(), 10, "{codes}");
    assert!(!codes.contains(&recovery[2]));

    me(&["remove-codes"], "");
    let words = ["me", "--key-file", name, "set-up-codes"];
    let mut setting_up = command(env!("CARGO_BIN_EXE_blockhouse"), &house).args(words).spawn().unwrap();
    let (mut told, mut byte) = (String::new(), [0]);
    while !told.contains("or typed: ") || !told.ends_with('\n') {
        assert_eq!(setting_up.stderr.as_mut().unwrap().read(&mut byte).unwrap(), 1, "{told}");
        told.push(char::from(byte[0]));
    }
    let secret = told.split_once("or typed: ").unwrap().1.trim().to_owned();
    writeln!(setting_up.stdin.take().unwrap(), "{}", code(&secret, 0)).unwrap();
    assert!(setting_up.wait().unwrap().success());
    assert!(me(&[], "").contains("one-time codes"));

    // By what was set, and by nothing that was before.
    is_refused(&house, &["login", "--email", EMAIL], &format!("{PASSPHRASE}\n"), 77, "docs/people.md");
    says(&house, &["login", "--email", EMAIL], &format!("{OTHER}\n{}\n", codes.lines().next().unwrap()));
}

#[test]
fn a_template_is_kept_and_answered_from_a_shell() {
    let shell = Shell::open();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (template, answers) = (path("page.md"), path("answers.json"));
    fs::write(&template, TEMPLATE).unwrap();
    fs::write(
        &answers,
        r#"{"domain":"example.org","choices":{"encryption/2#1":"Little Cloud","guards/1#1":"guards"},"deleted":[],"reworded":{}}"#,
    )
    .unwrap();
    let operator = staff(&shell.house, "operator", "Olga Quorum");
    let pages = [(&operator.token, &[][..]), (&shell.founded.owner.token, &["--tenant", &shell.founded.tenant])];
    for (key, of) in pages {
        let says = |words: &[&str]| shell.says_for(key, &[&["claims", "template"], words, of].concat());
        assert!(says(&["show"]).contains("no template"));
        shell.is_refused_for(key, &[&["claims", "template", "answer", &answers], of].concat(), 65, "no template to answer");
        let kept = says(&["keep", &template]);
        assert!(kept.contains("Encryption (encryption): 2 sentences") && kept.contains("open: "), "{kept}");
        shell.is_refused_for(key, &[&["claims", "template", "draft"], of].concat(), 65, "template_open");
        let answered = says(&["answer", &answers]);
        assert!(answered.contains("nothing is open"), "{answered}");
        let old = ["claims", "template", "answer", &answers, "--version", "1"];
        shell.is_refused_for(key, &[&old[..], of].concat(), 65, "template_changed");
        let draft = says(&["draft"]);
        assert!(draft.contains("We run on Little Cloud.") && draft.contains("security@example.org"), "{draft}");
        assert_eq!(says(&["discard"]), "forgotten\n");
        assert!(says(&["show"]).contains("no template"));
    }
    let library = shell.says_for(&operator.token, &["claims", "library", "--group", "at-rest"]);
    assert!(library.lines().count() > 2 && !library.contains("in-transit"), "{library}");
}

#[test]
fn a_number_is_measured_over_time() {
    let shell = Shell::open();
    let access = &shell.founded.access;
    let mut client = shell.house.client(access);
    let records: Vec<String> = (1..=100).map(|took| format!("{{\"message\":\"done\",\"took\":{took}}}")).collect();
    access.send(&mut client, &records.join("\n"));
    let series = |words: &[&str]| shell.says(&[&["series", "done", "--source", &access.source_id], words].concat());
    let total = |printed: &str| -> u64 {
        printed.lines().skip(1).map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()).sum()
    };
    assert_eq!(total(&series(&[])), 100);
    let measured = series(&["--measure", "max", "--field", "took"]);
    assert!(measured.lines().skip(1).any(|line| line.split_whitespace().last() == Some("100.0")), "{measured}");
    let words = ["series", "--source", &access.source_id, "--measure", "max"];
    shell.is_refused(&words, 65, "field");
}
