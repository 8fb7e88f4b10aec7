//! The commands do what the API does: `send` stores each line once, whatever happens on the way; `search`, `sql` and
//! `tail` print what the API answers; and what the API refuses ends a command with the same code.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::clock::eventually;
use crate::house::{Access, House};

const PATIENCE: Duration = Duration::from_secs(60);

/// A command that asks with `key`. What it remembers lies beside the data folder.
pub(crate) fn blockhouse(house: &House, access: &Access, key: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_blockhouse"));
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("BLOCKHOUSE_URL", format!("https://localhost:{}", house.address().port()));
    command.env("BLOCKHOUSE_SOURCE", &access.source_id).env("BLOCKHOUSE_KEY", key).env("BLOCKHOUSE_CA", &access.ca_file);
    command.env("XDG_STATE_HOME", house.data().with_file_name("state"));
    command
}

fn path(house: &House, name: &str) -> PathBuf {
    house.data().with_file_name(name)
}

pub(crate) fn send(house: &House, access: &Access, file: &Path) -> Command {
    blockhouse(house, access, &access.write_key, &["send", "--json", &file.to_string_lossy()])
}

#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> Value {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{status}: {}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).unwrap()
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

fn lines(count: usize) -> String {
    (0..count).map(|n| json!({ "message": "one of many", "n": n, "padding": "x".repeat(200) }).to_string() + "\n").collect()
}

/// The one row of numbers that is the answer.
#[track_caller]
fn numbers(house: &House, access: &Access, sql: &str) -> Vec<usize> {
    let response = access.sql(&mut house.client(access), sql);
    assert_eq!(response.status, 200, "{}", response.text());
    serde_json::from_value(response.json()["rows"][0].clone()).unwrap()
}

/// How many records there are; the source need not have had one yet.
fn count(house: &House, access: &Access) -> usize {
    numbers(house, access, "select count(*) from logs")[0]
}

#[test]
fn lines_of_a_file_become_the_records_that_they_look_like() {
    let (house, access) = House::open();
    let text = concat!(
        r#"{"timestamp":"2026-05-04T03:02:01Z","level":"error","message":"as JSON","http":{"status":502}}"#,
        "\n<165>1 2026-05-04T03:02:02Z web-1 shop 8710 ID47 - as syslog\n",
        "192.0.2.7 - ann [04/May/2026:03:02:03 +0000] \"GET /orders?id=7 HTTP/1.1\" 404 512 \"-\" \"curl/8.5\"\n",
        "\n2026-05-04T03:02:04Z INFO as text"
    );
    fs::write(path(&house, "mixed.log"), text).unwrap();
    let mut packed = GzEncoder::new(File::create(path(&house, "packed.log.gz")).unwrap(), Compression::default());
    packed.write_all(b"from a gzip file\n").unwrap();
    packed.finish().unwrap();
    for (name, accepted) in [("mixed.log", 4), ("packed.log.gz", 1)] {
        let sum = succeed(&mut send(&house, &access, &path(&house, name)));
        assert_eq!((&sum["accepted"], &sum["refused"]), (&json!(accepted), &json!(0)), "{sum}");
    }
    let mut client = house.client(&access);
    for query in [
        "\"as JSON\" level:error http.status:502 timestamp:2026-05-04T03:02:01",
        "\"as syslog\" level:notice host:web-1 service:shop proc_id:8710 facility:* timestamp:2026-05-04T03:02:02",
        "client.address:192.0.2.7 user.name:ann http.request.method:GET url.path:/orders http.response.status_code:404 timestamp:2026-05-04T03:02:03",
        "\"as text\" level:info timestamp:2026-05-04T03:02:04",
        "\"from a gzip file\"",
    ] {
        assert_eq!(access.search(&mut client, query).len(), 1, "{query}: {:?}", access.search(&mut client, ""));
    }
    assert_eq!(access.search(&mut client, "").len(), 5);
}

#[test]
fn a_send_that_was_interrupted_sends_the_rest_and_nothing_twice() {
    const LINES: usize = 60_000;
    let (house, access) = House::open();
    let file = path(&house, "many.ndjson");
    fs::write(&file, lines(LINES)).unwrap();
    // Killed on the spot, then asked to end; each time in the middle.
    for name in ["-KILL", "-INT"] {
        let interrupted = || {
            let before = count(&house, &access);
            let mut child = send(&house, &access, &file).spawn().unwrap();
            eventually("some of it is there", PATIENCE, || (count(&house, &access) > before).then_some(()));
            signal(&child, name);
            child.wait().unwrap()
        };
        // What the one before had under way may come late and look like progress of this one, which is then asked to end
        // before it listens. That can happen once for each request under way.
        let status = std::iter::repeat_with(interrupted).take(10).find(|status| status.signal() != Some(2)).unwrap();
        let ended = if name == "-KILL" { status.signal() == Some(9) } else { status.code() == Some(130) };
        assert!(ended, "{name}: {status}");
        assert!(count(&house, &access) < LINES, "it was not interrupted in the middle");
    }
    let sum = succeed(&mut send(&house, &access, &file));
    let each_once = "select count(*), count(distinct n) from logs";
    assert_eq!(numbers(&house, &access, each_once), [LINES, LINES]);
    assert!(sum["accepted"].as_u64().is_some_and(|accepted| accepted < LINES as u64), "it went on: {sum}");
    let sum = succeed(&mut send(&house, &access, &file));
    assert_eq!(sum["accepted"], 0, "all of it is there: {sum}");
    let more: String = lines(LINES + 10).lines().skip(LINES).map(|line| line.to_owned() + "\n").collect();
    fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(more.as_bytes()).unwrap();
    assert_eq!(succeed(&mut send(&house, &access, &file))["accepted"], 10, "a file that grew");
    assert_eq!(numbers(&house, &access, each_once), [LINES + 10, LINES + 10]);
}

#[test]
fn a_pipe_is_sent_while_it_is_open() {
    let (house, access) = House::open();
    let mut command = blockhouse(&house, &access, &access.write_key, &["send", "--json", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().expect("a pipe");
    let mut client = house.client(&access);
    for word in ["early", "late"] {
        writeln!(pipe, "{{\"message\":\"{word} in the pipe\"}}").unwrap();
        eventually(word, PATIENCE, || Some(access.search(&mut client, word)).filter(|found| found.len() == 1));
    }
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["accepted"], 2);

    let unnamed = house.data().join("piped.txt");
    fs::write(&unnamed, "without a name\n").unwrap();
    let mut command = blockhouse(&house, &access, &access.write_key, &["send", "--json"]);
    command.stdin(File::open(&unnamed).unwrap());
    assert_eq!(succeed(&mut command)["accepted"], 1, "what is piped in needs no dash");
}

#[test]
fn what_is_asked_for_is_printed_as_the_api_answers() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    // More than a page of the command; one is too old for it.
    let recent: String =
        (0..1_500).map(|n| json!({ "message": "recent", "n": n, "even": n % 2 == 0 }).to_string() + "\n").collect();
    access.send(&mut client, &(recent + r#"{"message":"recent no more","timestamp":"2020-01-01T00:00:00Z","even":true}"#));
    let ask = |words: &[&str]| blockhouse(&house, &access, &access.read_key, words);
    let printed = succeed(&mut ask(&["search", "even:true", "--last", "24h", "--json", "--all"]));
    let mut answered = access.search(&mut client, "even:true");
    assert_eq!(answered.pop().expect("records")["message"], "recent no more");
    assert_eq!((&printed["records"], answered.len()), (&Value::Array(answered), 750));
    let printed = succeed(&mut ask(&["search", "--json", "--limit", "3"]));
    assert_eq!(printed["records"].as_array().map(Vec::len), Some(3), "{printed}");
    assert!(printed["next"].is_string(), "{printed}");

    let sql = "select even, count(*) as records, max(n) as most from logs group by even order by even";
    let printed = succeed(&mut ask(&["sql", "--json", sql]));
    let answered = access.sql(&mut client, sql).json();
    assert_eq!((&printed["rows"], &printed["columns"]), (&answered["rows"], &answered["columns"]));
    assert_eq!(printed["rows"], json!([[false, 750, 1_499], [true, 751, 1_498]]));
    let output = ask(&["sql", sql, "--output", "csv"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "even,records,most\r\nfalse,750,1499\r\ntrue,751,1498\r\n");
}

#[test]
fn tail_prints_what_was_and_then_what_comes() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    access.send(&mut client, "{\"message\":\"unmatched\",\"n\":0}\n{\"message\":\"was there\",\"n\":1,\"service\":\"api\"}");
    let mut command = blockhouse(&house, &access, &access.read_key, &["tail", "service:api", "--after", "0", "--json"]);
    let mut child = command.spawn().unwrap();
    let mut printed = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut next = || serde_json::from_str::<Value>(&printed.next().expect("a line").unwrap()).unwrap();
    assert_eq!(next()["attributes"]["n"], 1);
    for n in 2..5 {
        access.send(&mut client, &json!({ "message": "came", "n": n, "service": "api" }).to_string());
        let record = next();
        assert_eq!((&record["message"], &record["attributes"]["n"]), (&json!("came"), &json!(n)));
        assert!(record["sequence"].is_u64(), "{record}");
    }
    signal(&child, "-INT");
    let status = child.wait().unwrap();
    assert!(status.success(), "following has no other end: {status}");
}

#[test]
fn what_the_api_refuses_ends_a_command_with_its_code() {
    let (house, access) = House::open();
    let other = house.bootstrap("globex", "first");
    let file = path(&house, "line.txt");
    fs::write(&file, "never stored\n").unwrap();
    let file = file.to_string_lossy();
    let (read, write) = (access.read_key.as_str(), access.write_key.as_str());
    let malformed = "no-key-at-all";
    let cases: [(&str, &[&str], i32, &str); 11] = [
        (malformed, &["search", "x"], 77, "key_malformed"),
        (malformed, &["sql", "select 1"], 77, "key_malformed"),
        (malformed, &["tail"], 77, "key_malformed"),
        (malformed, &["send", &file], 77, "key_malformed"),
        (write, &["search", "x"], 77, "key_wrong_direction"),
        (read, &["send", &file], 77, "key_wrong_direction"),
        (&other.read_key, &["search", "x"], 65, "key_wrong_source"),
        (read, &["search", "level:[1 TO"], 65, ""),
        (read, &["tail", "(a"], 65, ""),
        (read, &["sql", "select nothing from logs"], 65, ""),
        (read, &["sql", "drop table logs"], 65, ""),
    ];
    let mut client = house.client(&access);
    for (key, words, status, code) in cases {
        let refused = blockhouse(&house, &access, key, words).output().unwrap();
        let told = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(status), "{words:?}: {told}");
        assert!(!told.contains(key), "{told}");
        let code = if code.is_empty() { code_of(&mut client, &access, words) } else { code.to_owned() };
        assert!(told.contains(&format!("({code})")), "{words:?}, {code}: {told}");
    }
    assert!(access.search(&mut client, "").is_empty());
}

/// What the API says of the same question.
fn code_of(client: &mut crate::client::Client, access: &Access, words: &[&str]) -> String {
    let response = if words[0] == "sql" { access.sql(client, words[1]) } else { access.search_response(client, words[1]) };
    let answer = response.json();
    answer["code"].as_str().unwrap_or_else(|| panic!("{words:?} is not refused: {answer}")).to_owned()
}

#[test]
fn a_server_that_is_not_there_or_not_trusted_is_told_apart() {
    let (mut house, access) = House::open();
    let (_stranger, strange) = House::open();
    let untrusting = Access { ca_file: strange.ca_file, ..access.clone() };
    let refused = blockhouse(&house, &untrusting, &access.read_key, &["search"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(77), "{}", String::from_utf8_lossy(&refused.stderr));
    assert!(house.stop().success());
    let refused = blockhouse(&house, &access, &access.read_key, &["search"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(69), "{}", String::from_utf8_lossy(&refused.stderr));
}

fn printed(words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_blockhouse")).args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_shell_completes_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("blockhouse.bash");
    fs::write(&script, printed(&["completions", "bash"])).unwrap();
    // As bash itself asks when somebody presses the key.
    let ask = |words: &str, at: usize| {
        let asked = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={at}; $(complete -p blockhouse | sed 's/.*-F \\([^ ]*\\).*/\\1/') \
             blockhouse \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{at}-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let output = Command::new("bash").args(["--norc", "-c", &asked]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        ask("blockhouse se", 1),
        ["send", "search", "series", "service-account"].map(str::to_owned).into_iter().collect::<Vec<_>>()
    );
    assert!(ask("blockhouse search --", 2).contains(&"--json".to_owned()));
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(printed(&["completions", shell]).contains("verify-overview"), "{shell}");
    }
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    printed(&["man", "--out", &folder.path().display().to_string()]);
    let page = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(page("blockhouse.1").starts_with(printed(&["man"]).lines().next().unwrap()));
    for command in
        printed(&["--help"]).lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty())
    {
        // A command's name stands two columns in; what explains it, further.
        let Some(name) = command.strip_prefix("  ").filter(|text| !text.starts_with(' ')) else { continue };
        let name = name.split_whitespace().next().unwrap();
        if name != "help" {
            assert!(page(&format!("blockhouse-{name}.1")).contains(".SH SYNOPSIS"), "{name}");
        }
    }
    assert!(page("blockhouse-up.1").contains("syslog\\-listen"));
}
