//! A body comes in any compression of its protocol, in chunks without a length, and after its client asked whether it may.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use crate::house::{Access, House};

/// A protocol's body with this text in its one record.
type Body = &'static dyn Fn(&str) -> String;

/// What curl says: the status line of each answer, interim ones too.
fn curl(house: &House, access: &Access, path: &str, headers: &[&str], body: &Path) -> String {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--http1.1", "--dump-header", "-", "--output", "/dev/null", "--cacert"]);
    command.arg(&access.ca_file).arg("--header").arg(format!("Authorization: Bearer {}", access.write_key));
    for header in headers {
        command.args(["--header", header]);
    }
    command.arg("--data-binary").arg(format!("@{}", body.display()));
    let output = command.arg(format!("https://localhost:{}{path}", house.address().port())).output().unwrap();
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    let head = String::from_utf8_lossy(&output.stdout).into_owned();
    head.lines().filter(|line| line.starts_with("HTTP/")).map(str::trim).collect::<Vec<_>>().join(", ")
}

fn encoded(encoding: &str, body: &[u8]) -> Vec<u8> {
    let level = Compression::default();
    match encoding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "bare deflate" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd::encode_all(body, 3).unwrap(),
        "snappy" => {
            let mut encoder = snap::write::FrameEncoder::new(Vec::new());
            encoder.write_all(body).unwrap();
            encoder.into_inner().unwrap()
        }
        _ => body.to_vec(),
    }
}

const OTLP: Body =
    &|text| format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{text}"}}}}]}}]}}]}}"#);

#[test]
fn every_protocol_takes_every_compression_in_chunks_and_after_a_question() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let file = house.data().join("body");
    let json = "Content-Type: application/json";
    let protocols: [(&str, Body, &str); 6] = [
        ("/frames", &|text| format!("{{\"message\":\"{text}\"}}"), "202 Accepted"),
        ("/_bulk", &|text| format!("{{\"create\":{{}}}}\n{{\"message\":\"{text}\"}}\n"), "200 OK"),
        ("/loki/api/v1/push", &|text| format!(r#"{{"streams":[{{"values":[["1","{text}"]]}}]}}"#), "204 No Content"),
        ("/services/collector", &|text| format!("{{\"event\":\"{text}\"}}"), "200 OK"),
        ("/api/v2/logs", &|text| format!("[{{\"message\":\"{text}\"}}]"), "202 Accepted"),
        ("/v1/logs", OTLP, "200 OK"),
    ];
    for (path, body, answer) in protocols {
        for (n, encoding) in ["identity", "gzip", "deflate", "bare deflate", "zstd", "snappy"].into_iter().enumerate() {
            let text = format!("came to {path} encoding {n}");
            fs::write(&file, encoded(encoding, body(&text).as_bytes())).unwrap();
            let content_encoding = format!("Content-Encoding: {}", encoding.trim_start_matches("bare "));
            let headers = [json, &content_encoding, "Transfer-Encoding: chunked", "Expect: 100-continue"];
            let said = curl(&house, &access, path, &headers, &file);
            assert_eq!(said, format!("HTTP/1.1 100 Continue, HTTP/1.1 {answer}"), "{path} {encoding}");
            assert_eq!(access.search(&mut client, &format!("\"{text}\"")).len(), 1, "{path} {encoding}");
        }
    }
}

#[test]
fn whoever_asks_first_is_refused_before_the_body() {
    let (house, access) = House::open();
    let file = house.data().join("body");
    fs::write(&file, vec![b'x'; 20 << 20]).unwrap();
    let nobody = Access { write_key: access.read_key.clone(), ..access.clone() };
    let said = curl(&house, &nobody, "/frames", &["Content-Type: text/plain", "Expect: 100-continue"], &file);
    assert_eq!(said, "HTTP/1.1 403 Forbidden");
    let said = curl(&house, &access, "/frames", &["Content-Type: text/plain", "Expect: 100-continue"], &file);
    assert_eq!(said, "HTTP/1.1 413 Payload Too Large");
}
