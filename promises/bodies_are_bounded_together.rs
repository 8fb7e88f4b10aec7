//! However many compressed bodies come at once, the server holds a few of them at a time: each is stored, or refused with when
//! to send it again.

use std::fmt::Write;
use std::fs;
use std::sync::Barrier;
use std::thread;

use crate::client::Request;
use crate::house::House;

const BODIES: usize = 96;
/// Of one body, once it is decompressed.
const BODY_BYTES: usize = 8 << 20;
const SPACES: &str = "                                                                                                    ";

/// Records that are compressed to a twentieth or so.
fn filler() -> String {
    let (mut text, mut random) = (String::new(), 1_u64);
    while text.len() < BODY_BYTES {
        text.push_str("{\"message\":\"");
        for _ in 0..8_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            write!(text, "{:08x}", random >> 32).unwrap();
            text.push_str(SPACES);
        }
        text.push_str("\"}\n");
    }
    text
}

/// The most memory that the server had so far.
fn peak_bytes(house: &House) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", house.process_id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")).unwrap();
    peak.trim().parse::<usize>().unwrap() << 10
}

#[test]
fn many_bodies_at_once_are_stored_or_refused_within_bounds() {
    let (house, access) = House::open();
    let filler = filler();
    let body = |word| zstd::encode_all(format!("{{\"message\":\"word{word}\"}}\n{filler}").as_bytes(), 1).unwrap();
    let bodies: Vec<Vec<u8>> = (0..BODIES).map(body).collect();
    let before = peak_bytes(&house);
    let (together, authorization) = (Barrier::new(BODIES), format!("Bearer {}", access.write_key));
    let headers =
        [("Authorization", authorization.as_str()), ("Content-Type", "application/ndjson"), ("Content-Encoding", "zstd")];
    let send = |body: &[u8]| {
        let mut client = house.client(&access);
        together.wait();
        let answer = client.send(&Request { method: "POST", path: "/frames", headers: &headers, body }).unwrap();
        (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned(), answer.header("retry-after").is_some())
    };
    let answers: Vec<_> = thread::scope(|scope| {
        let sending: Vec<_> = bodies.iter().map(|body| scope.spawn(|| send(body))).collect();
        sending.into_iter().map(|sent| sent.join().unwrap()).collect()
    });
    let more = peak_bytes(&house) - before;
    assert!(more < BODIES * BODY_BYTES, "less than all of them: {} MiB", more >> 20);
    let mut client = house.client(&access);
    let mut stored = 0;
    for (word, answer) in answers.iter().enumerate() {
        let found = access.search(&mut client, &format!("word{word}")).len();
        match answer {
            (202, ..) => assert_eq!(found, 1, "word{word} was acknowledged"),
            (503, code, true) if code == "busy" => assert_eq!(found, 0, "word{word} was refused"),
            other => panic!("word{word}: {other:?}"),
        }
        stored += found;
    }
    assert!(stored > 0, "some of them");
}
