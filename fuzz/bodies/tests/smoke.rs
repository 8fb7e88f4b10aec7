//! Every body over seeded inputs: noise, and examples of its own kind, mutated. `FUZZ_ROUNDS` and `FUZZ_SEED` are for longer runs;
//! the long form by coverage is `make fuzz`.

use fuzz_bodies::ALL;

const ROUNDS: u64 = 3_000;
const SEED: u64 = 0x5EED;
const BYTES_MAX: u64 = 400;

/// Something of each format to start from; each target also gets the others', which costs nothing.
const EXAMPLES: [&[u8]; 41] = [
    b"[{\"name\":\"a\",\"when\":[{\"field\":\"n\",\"less_than\":9}],\"then\":{\"parse\":{\"pattern\":\"(?<x>[0-9]+)(?<level>.*)\"}}},{\"name\":\"b\",\"then\":{\"mask\":{\"pattern\":\"a+\",\"name\":\"x\"}}}]\n{\"message\":\"7 warn a\",\"n\":1}",
    b"{\"message\":\"4242 4242 4242 4242 sk_live_0123456789abcdefgh ann@example.com 192.0.2.7\",\"n\":4242424242424242}",
    b"{\"log\":\"level=warn msg=\\\"a b\\\" n=1\\n\"}\n{\"message\":\"2026-01-31 12:00:00,123 [main] INFO  a.B - c\"}",
    b"{\"message\":\"java.lang.Error: x\"}\n{\"message\":\"\\tat a.B.c(B.java:1)\"}\n{\"message\":\"INFO y\"}",
    br#"{"timestamp":"2026-01-31T12:00:00.5+01:00","level":"warn","message":"a b","http":{"status":502},"t":[1,2.5e3,null,true]}"#,
    b"{\"a\":\"\\ud83d\\ude00\\n\",\"a\":{\"b.c\":-0.0}}\n[{\"n\":12345678901234567890123},{}]",
    b"level:error AND (service:\"api\" OR -status:>=500) message:*upst?eam* has:user.id \"connection reset\"",
    b"host:web-1 latency:[10 TO 20] !debug NOT x timestamp:>now-1h",
    b"sum by (app, level) (rate({app=~\"shop|web\", env!=\"prod\"} |= `a` != \"b\" or \"c\" | json | took >= 1.5s and size < 20KB [5m])) / 60",
    b"max without(a)(count_over_time(({} !~ \"x+\" | drop b | (c=\"\\u00e9\" or d != -5))[1h30m])) ^ -2 - vector(1) # comment",
    br#"{"query":{"bool":{"filter":[{"range":{"@timestamp":{"gte":1769860800000}}},{"query_string":{"query":"a OR b"}}]}},"sort":["@timestamp"],"aggs":{"1":{"terms":{"field":"a"}}}}"#,
    b"+level:(warn OR error) -app:web* AND took:[10 TO 20} _exists_:user.id || \"two words\" NOT @timestamp:>=1769860800000 path:\\/a",
    b"Bearer bh_write_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    b"Basic dXNlcjpiaF93cml0ZV94",
    b"2026-01-31T12:00:00.123456789Z",
    b"Sat, 31 Jan 2026 12:00:00 GMT",
    b"1767355200.25",
    b"age16qkzph9895ke6ur7m3jfwafgguwtayd5atyushmfz3kc2dmsk58q624mwn",
    b"<34>1 2026-01-31T12:00:00Z host app 12 ID7 [a@1 k=\"v\"] hello\n<13>Jan 31 12:00:00 host app[1]: hi",
    b"127.0.0.1 - frank [31/Jan/2026:12:00:00 +0000] \"GET /x HTTP/1.1\" 200 23 \"-\" \"curl/8\"\nlevel=info msg=\"a b\" n=1",
    b"\x82\xa7message\xa5hello\xa1n\x93\x01\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00\xc0",
    b"\x92\xd7\x00\x69\x00\x00\x00\x00\x00\x00\x01\x81\xa1a\xc4\x02\xff\xfe",
    b"\x0a\x1c\x12\x1a\x12\x18\x09\x00\x00\x00\x00\x00\x00\x00\x01\x10\x09\x2a\x0b\x0a\x09something!!!",
    br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","severityNumber":17,"body":{"stringValue":"x"}}]}]}]}"#,
    b"## Keys\n\n<!--- __Recommended for:__ every company. __Explanation:__ a. __Customization:__ none. --->\n\nAll keys [rotate | expire | \xe2\x80\xa6] at DOMAIN.\n- [a | [b](https://DOMAIN/x)]\n",
    b"Contact: mailto:security@example.com\nExpires: 2026-12-31T00:00:00Z\nPreferred-Languages: en, de\nCanonical: https://example.com/.well-known/security.txt\n",
    b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nContact: https://example.com/\n-----BEGIN PGP SIGNATURE-----\n\niHUEARYKAB0=\n=abcd\n-----END PGP SIGNATURE-----\n",
    b"blockhouse-a/public\n12\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n\n\xe2\x80\x94 blockhouse-a AAAAAAAA\n",
    br#"{"id":"OWN-X","title":"X","sentence":"It is so.","group":"page","class":"organisational","limits":"Of one.","bound":{"kind":"attested","maxDays":90}}"#,
    b"{\"create\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"message\":\"x\"}\n{\"delete\":{}}\n{\"index\":{}}\n[1]\n",
    br#"{"streams":[{"stream":{"app":"shop","ts":"x"},"values":[["1769860800000000000","hello",{"trace_id":"7"}],["1","b"]]}]}"#,
    b"\x0a\x2a\x0a\x0b{app=\"s\\n\"}\x12\x1b\x0a\x06\x08\xc0\xdd\xf7\xcb\x06\x12\x05hello\x1a\x0a\x0a\x03foo\x12\x03bar",
    br#"{"time":"1769860800.5","host":"web-1","event":{"message":"x","timestamp":1},"fields":{"a":1}}{"event":"b"}"#,
    br#"[{"message":"x","status":"error","hostname":"a","ddtags":"env:prod,team:core"},{}]"#,
    b"63 <13>1 2026-01-31T12:00:00Z host app web.1 - State changed to up\n12 <13>1 garbage",
    b"91 <13>1 2026-01-31T12:00:00Z h a 7 - [authentication@51576 source_id=\"4\" api_key=\"bh_K\"] hello<13>1 - - - - - [a@1 b=\"]\"] x\r\n",
    b"<13>Jan 31 12:00:00 host app[7]: [authentication@51576 api_key=\"bh_K\"] hi\0<34>[authentication@51576 x=\"\\]\"] a\n",
    b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1769860800123456\nPRIORITY=4\nMESSAGE\n\x05\0\0\0\0\0\0\0a\nb\xffc\n_PID=1\n\nMESSAGE=x\n\n",
    b"\x94\xa3app\xd7\x00\x69\x00\x00\x00\x00\x00\x00\x01\x81\xa3tag\xa1x\x81\xa5chunk\xa1a\x93\xa3app\x91\x92\x01\x81\xa1a\x01\xc0",
    b"\x93\xa3app\xc4\x0c\x92\x92\x01\x81\xa1m\x01\x81\xa1a\xa1b\x82\xa5chunk\xc4\x01a\xaacompressed\xa4text",
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcbH\xcd\xc9\xc9\x07\x00\x86\xa6\x106\x05\x00\x00\x00",
];

/// xorshift64*: the same inputs at every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound.max(1)
    }

    fn input(&mut self) -> Vec<u8> {
        if self.below(8) == 0 {
            let length = self.next() % BYTES_MAX;
            return (0..length).map(|_| self.next() as u8).collect();
        }
        let mut bytes = EXAMPLES[self.below(EXAMPLES.len())].to_vec();
        for _ in 0..self.below(6) {
            self.mutate(&mut bytes);
        }
        bytes
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len());
        match self.below(7) {
            0 => bytes.truncate(at),
            1 if !bytes.is_empty() => bytes[at] = self.next() as u8,
            2 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
            3 => bytes.insert(at, b"\"\\{}[]:,*()\n\0\xff -.0"[self.below(18)]),
            4 => {
                let end = at + self.below(bytes.len() - at + 1);
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            5 => {
                let other = EXAMPLES[self.below(EXAMPLES.len())];
                bytes.extend_from_slice(&other[self.below(other.len())..]);
            }
            _ => {
                let end = at + self.below(bytes.len() - at + 1);
                bytes.drain(at..end);
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how many inputs is the test runner's choice")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn every_body_returns_for_every_input() {
    let (rounds, seed) = (number("FUZZ_ROUNDS").unwrap_or(ROUNDS), number("FUZZ_SEED").unwrap_or(SEED));
    for (name, body) in ALL {
        let mut random = Random(seed);
        body(b"");
        EXAMPLES.into_iter().for_each(body);
        for round in 0..rounds {
            let input = random.input();
            let held = std::panic::catch_unwind(|| body(&input)).is_ok();
            assert!(held, "{name}, seed {seed}, round {round}: {:?}", input.escape_ascii().to_string());
        }
    }
}
