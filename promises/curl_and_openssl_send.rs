//! What is on every machine sends too, and to nobody else: curl over HTTP, and `openssl s_client` over syslog.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::clients_that_people_run_are_understood::certificate_of_nobody_here;
use crate::house::House;
use crate::syslog_is_received_over_tls::Port;

/// What curl has for a certificate that it cannot verify.
const CURL_UNVERIFIED: i32 = 60;

#[track_caller]
fn fed(mut command: Command, bytes: &str) -> Output {
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever does not like the server is gone by now.
    let _ = running.stdin.take().unwrap().write_all(bytes.as_bytes());
    running.wait_with_output().unwrap()
}

#[test]
fn curl_sends_to_whom_it_knows() {
    let (house, access) = House::open();
    let stranger = tempfile::NamedTempFile::new().unwrap();
    fs::write(stranger.path(), certificate_of_nobody_here().0).unwrap();
    let send = |authority: &Path, line: &str| {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail", "--data-binary", "@-", "--header", "Content-Type: text/plain"]);
        curl.arg("--cacert").arg(authority).arg("--header").arg(format!("Authorization: Bearer {}", access.write_key));
        fed(
            {
                curl.arg(format!("https://localhost:{}{}", house.address().port(), access.frames_path()));
                curl
            },
            line,
        )
    };
    let refused = send(stranger.path(), "to a stranger");
    assert_eq!(refused.status.code(), Some(CURL_UNVERIFIED), "{}", String::from_utf8_lossy(&refused.stderr));
    let taken = send(&access.ca_file, "hello from curl");
    assert!(taken.status.success() && taken.stdout == b"Accepted logs", "{}", String::from_utf8_lossy(&taken.stderr));
    let found = access.search(&mut house.client(&access), "");
    assert_eq!((found.len(), &found[0]["message"]), (1, &"hello from curl".into()));
}

#[test]
fn openssl_sends_syslog_to_whom_it_knows() {
    let port = Port::open();
    let stranger = tempfile::NamedTempFile::new().unwrap();
    fs::write(stranger.path(), certificate_of_nobody_here().0).unwrap();
    let send = |authority: &Path, text: &str| {
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-quiet", "-no_ign_eof", "-verify_return_error", "-verify_hostname", "localhost"]);
        openssl.arg("-CAfile").arg(authority).arg("-connect").arg(format!("localhost:{}", port.address().port()));
        let key = &port.access.write_key;
        fed(openssl, &format!("<14>1 - web-1 shop - - [authentication@51576 api_key=\"{key}\"] {text}\n"))
    };
    let refused = send(stranger.path(), "to a stranger");
    assert!(!refused.status.success(), "{}", String::from_utf8_lossy(&refused.stderr));
    let taken = send(&port.access.ca_file, "hello from openssl");
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    let found = port.search(&mut port.house.client(&port.access), "host:web-1", 1);
    assert_eq!((&found[0]["message"], &found[0]["attributes"]["service"]), (&"hello from openssl".into(), &"shop".into()));
    assert!(port.access.search(&mut port.house.client(&port.access), "stranger").is_empty());
}
