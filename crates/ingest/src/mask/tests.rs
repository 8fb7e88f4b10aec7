use proptest::prelude::*;
use serde_json::{Value, json as value};

use super::*;

const ALL: Redaction = Redaction { cards: true, secrets: true, emails: true, ip_addresses: true };

fn masked(body: &str, redaction: Redaction) -> String {
    mask(body.as_bytes(), redaction).map_or_else(|| body.to_owned(), |(bytes, _)| String::from_utf8(bytes).unwrap())
}

#[track_caller]
fn check(text: &str, expected: &str) {
    for message in [text.to_owned(), format!("é \u{1f980} \\ {text}"), format!("{text}\n\"end\"")] {
        let body = value!({ "message": message }).to_string();
        let expected = value!({ "message": message.replace(text, expected) }).to_string();
        assert_eq!(masked(&body, Redaction::default()), expected, "{message}");
    }
}

#[track_caller]
fn check_all(text: &str, expected: &str) {
    let body = value!({ "message": text }).to_string();
    assert_eq!(masked(&body, ALL), value!({ "message": expected }).to_string());
}

#[test]
fn card_numbers_of_every_issuer_are_masked() {
    for number in [
        "4242424242424242",
        "4111 1111 1111 1111",
        "4012-8888-8888-1881",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "3530111333300000",
        "30569309025904",
        "3056 930902 5904",
        "6200000000000005",
        "4222222222222",
        "6304000000000000",
        "4000000000000000006",
    ] {
        check(number, "[masked card]");
        check(&format!("card={number},"), "card=[masked card],");
        check(&format!("paid 12 {number} 11/27"), "paid 12 [masked card] 11/27");
        check(&format!("/pay?card%3D{number}%26x"), "/pay?card%3D[masked card]%26x");
        check(&format!("PAN{number}"), "PAN[masked card]");
    }
    check("4242424242424242 4111111111111111", "[masked card] [masked card]");
    for after in [" 200", " 123", "-7", " 12 34"] {
        check(&format!("4242 4242 4242 4242{after}"), &format!("[masked card]{after}"));
        check(&format!("5555-5555-5555-4444{after}"), &format!("[masked card]{after}"));
    }
    check("4242424242424242.00", "[masked card].00");
    check("4242424242424242-4111111111111111", "[masked card]-[masked card]");
}

#[test]
fn numbers_that_are_no_cards_are_kept() {
    for text in [
        "4242424242424241",
        "order 1234567812345670",
        "4242424242424242424242",
        "41111111-1111-1111-1111-111111111111",
        "0b5f6f6e-4d7c-4d7c-9d7c-0123456789ab",
        "2026-05-04T03:02:01.123456789Z",
        "1767312000123456789",
        "1767312000123",
        "0.4242424242424242",
        "4242424242424242.5",
        "+4242424242424242",
        "e4242424242424242f",
        "4006381333931",
        "4242 4242 4242 424",
        "42424242 42424242",
        "4242  4242  4242  4242",
        "2026-05-04 03:02:01 - 4242",
    ] {
        check(text, text);
    }
}

#[test]
fn a_card_number_that_is_a_number_becomes_a_mask() {
    let body = r#"{"n":4242424242424242,"a":[1,4111111111111111],"o":{"x":-4242424242424242,"y":4242424242424242.5},"z":4242424242424242.0,"t":1767312000123456789}"#;
    let expected = r#"{"n":"[masked card]","a":[1,"[masked card]"],"o":{"x":-4242424242424242,"y":4242424242424242.5},"z":"[masked card]","t":1767312000123456789}"#;
    assert_eq!(masked(body, Redaction::default()), expected);
}

#[test]
fn a_number_with_an_exponent_is_a_card_number_where_it_is_whole() {
    let of =
        |number: &str| masked(&format!("{{\"message\":\"paid\",\"card\": {number} ,\"n\":[{number}]}}"), Redaction::default());
    for number in [
        "4.111111111111111E15",
        "4.111111111111111e15",
        "4.111111111111111e+15",
        "4111111111111111e0",
        "4111111111111111E-0",
        "4111111111111111.0e0",
        "411111111111111100e-2",
        "0.4111111111111111e16",
        "4.1111111111111110000E15",
        "5.1051051051051E15",
        "6200000.000000005e9",
        "3.78282246310005E14",
        "4.222222222222e+012",
    ] {
        assert_eq!(of(number), of("4111111111111111"), "{number}");
    }
    for number in [
        "4.111111111111112E15",
        "4.1111111111111115E15",
        "4.111111111111111E14",
        "4.111111111111111E16",
        "4.111111111111111E-15",
        "-4.111111111111111E15",
        "4111111111111111e1",
        "1.767312000123e12",
        "0e15",
        "4e999",
        "4e99999999999999999999",
        "3.141592653589793e0",
        "\"4.111111111111111E15\"",
    ] {
        assert!(of(number).contains(number), "{number}");
    }
    for no_json in [
        "04111111111111111e0",
        "4111111111111111.e0",
        "4.1111.11111111111E15",
        ".4111111111111111e16",
        "4.111111111111111E15x",
        "4.111111111111111Ee15",
    ] {
        assert!(of(no_json).contains(no_json), "{no_json}");
    }
    // Wherever in a body it stands.
    for before in 0..200 {
        let body = format!("{{\"a\":\"{}\",\"card\":4.111111111111111E15}}", "e".repeat(before));
        assert!(masked(&body, Redaction::default()).ends_with("\"card\":\"[masked card]\"}"), "{before}");
    }
}

#[test]
fn keys_are_kept_and_values_masked_however_deep() {
    let body = r#"{"4242424242424242":{"a":["x 4242424242424242",{"b" : "4242424242424242"}]},"c":"4242424242424242"}"#;
    let expected = r#"{"4242424242424242":{"a":["x [masked card]",{"b" : "[masked card]"}]},"c":"[masked card]"}"#;
    assert_eq!(masked(body, Redaction::default()), expected);
}

#[test]
fn what_is_escaped_is_seen_as_it_is_read() {
    let nested = value!({ "card": "4242 4242 4242 4242", "n": 1 }).to_string();
    let twice = value!({ "inner": nested }).to_string();
    for text in [nested, twice] {
        let body = value!({ "message": text }).to_string();
        assert!(!masked(&body, Redaction::default()).contains("4242 4242"), "{body}");
    }
    for raw in [
        r"42424242\u003424242\u00342",
        r"4242\u00204242\u00204242\u00204242",
        r"\u00094242424242424242",
        r"\b4242424242424242",
        r"\f4242424242424242",
        r"\u00e94242424242424242",
        r"\n4242424242424242\n",
        r"sk_live\u005f4eC39HqLyjWDarjtT1zdp7dc",
        r"aws_secret_access_key = wJalrXUtnFEMI\/K7MDENG\/bPxRfiCYEXAMPLEKEY",
        r"ghp\u005f0123456789abcdefghijklmnopqrstuvwxyz",
        r"A=1\\nghp_0123456789abcdefghijklmnopqrstuvwxyz",
        r"token%3Dghp_0123456789abcdefghijklmnopqrstuvwxyz",
        r"postgres://app:p\u00e4sswort1@db/x",
    ] {
        let body = format!("{{\"message\":\"{raw}\"}}");
        let out: Value = serde_json::from_str(&masked(&body, Redaction::default())).unwrap();
        assert!(out["message"].as_str().unwrap().contains("[masked "), "{raw}: {out}");
    }
}

#[test]
fn secrets_in_known_shapes_are_masked() {
    const LETTERS: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (start, length, what) in [
        ("AKIA", 0, "AWS key id"),
        ("ghp_", 36, "GitHub token"),
        ("github_pat_", 60, "GitHub token"),
        ("glpat-", 20, "GitLab token"),
        ("xoxb-", 24, "Slack token"),
        ("sk_live_", 24, "Stripe key"),
        ("rk_live_", 24, "Stripe key"),
        ("AIza", 35, "Google API key"),
        ("npm_", 36, "npm token"),
        ("bh_write_", 33, "Blockhouse key"),
        ("bh_read_", 33, "Blockhouse key"),
        ("bh_service_", 33, "Blockhouse key"),
        ("bh_webhook_", 43, "Blockhouse secret"),
    ] {
        let secret = match length {
            0 => format!("{start}IOSFODNN7EXAMPLE"),
            length => format!("{start}{}", &LETTERS[..length]),
        };
        let mask = format!("[masked {what}]");
        for (before, after) in [("", ""), ("key=", " end"), ("key: ", ", end"), ("(", ")"), ("\u{1b}[0m", "\u{1b}[39m")] {
            check(&format!("{before}{secret}{after}"), &format!("{before}{mask}{after}"));
        }
        check(&secret[..secret.len() - 20], &secret[..secret.len() - 20]);
    }
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    check(&format!("AWS_SECRET_ACCESS_KEY={secret}").replace('/', "+"), "AWS_SECRET_ACCESS_KEY=[masked AWS secret key]");
    check("https://ann:hunter2@db.example.com/x", "https://ann:[masked password]@db.example.com/x");
    check("https://example.com:443/a@b", "https://example.com:443/a@b");
    check(&format!("https://AWS:{}@registry/x", "a1".repeat(700)), "https://AWS:[masked password]@registry/x");
    check("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "Authorization: Bearer [masked bearer token]");
    check("Bearer of news", "Bearer of news");
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    check(&format!("token {jwt}, ok"), "token [masked JWT], ok");
    check("eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9");
}

#[test]
fn secrets_of_more_services_are_masked_and_what_is_nearly_one_is_kept() {
    let hex = "0123456789abcdef".repeat(2);
    let url = "Ab0-_".repeat(30);
    let word = "Ab0".repeat(30);
    let azure = format!("{}+/==", &word[..84]);
    for (hit, what, miss) in [
        (format!("sk-{}", &word[..48]), "OpenAI key", format!("sk-{}", &word[..49])),
        (format!("hf_{}", &word[..34]), "Hugging Face token", format!("hf_{}", &word[..33])),
        (format!("hvs.{}", &url[..90]), "Vault token", "hvs.example.internal.company".to_owned()),
        (format!("SG.{}.{}", &url[..22], &url[..43]), "SendGrid key", format!("SG.{}.{}", &url[..22], &url[..44])),
        (format!("dckr_pat_{}", &url[..27]), "Docker token", format!("dckr_pat_{}", &url[..26])),
        (format!("glsa_{hex}_0a1b2c3d"), "Grafana token", format!("glsa_{hex}")),
        (format!("glc_eyJvIjoi{}==", &word[..60]), "Grafana token", "glc_eyJvIjoi".to_owned()),
        (format!("shpat_{hex}"), "Shopify token", format!("shpat_{hex}0")),
    ] {
        for (before, after) in [("", ""), ("key=", " end"), ("\"", "\","), ("?a=", "&b=c")] {
            check(&format!("{before}{hit}{after}"), &format!("{before}[masked {what}]{after}"));
            check(&format!("{before}{miss}{after}"), &format!("{before}{miss}{after}"));
        }
        check(&format!("x{hit}"), &format!("x{hit}"));
    }
    check(&format!("AccountName=a;AccountKey={azure};E=x"), "AccountName=a;AccountKey=[masked Azure storage key];E=x");
    check(&format!("AccountKey={};", &azure[1..]), &format!("AccountKey={};", &azure[1..]));
    check(
        &format!("https://a.blob.core.windows.net/c?sp=r&sig={}%2Bx%3D&se=2026", &word[..40]),
        "https://a.blob.core.windows.net/c?sp=r&sig=[masked shared access signature]&se=2026",
    );
    check(&format!("sig={} xsig={}", &word[..42], &word[..44]), &format!("sig={} xsig={}", &word[..42], &word[..44]));
    for credentials in ["QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "dXNlcjpww6Rzcw==", "YTpiYw", "OmtleWtleQ=="] {
        check(&format!("Authorization: Basic {credentials}, x"), "Authorization: Basic [masked basic credentials], x");
        check(&format!("authorization=basic {credentials}"), "authorization=basic [masked basic credentials]");
    }
    for text in
        ["Basic authentication failed", "Basic QWxhZGRpbg==", "basic knowledge/understanding", "Basic AAAAAAAAOkAA", "disk-full"]
    {
        check(text, text);
    }
}

#[test]
fn an_aws_secret_is_known_by_its_name_or_its_key_id() {
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    for body in [
        value!({ "message": format!("aws_secret_access_key = {secret}") }),
        value!({ "message": format!("\"SecretAccessKey\": \"{secret}\"") }),
        value!({ "message": format!("AKIAIOSFODNN7EXAMPLE,{secret}") }),
        value!({ "aws_secret_access_key": secret }),
        value!({ "credentials": { "SecretAccessKey" : secret } }),
    ] {
        let out = masked(&body.to_string(), Redaction::default());
        assert!(out.contains("[masked AWS secret key]") && !out.contains("wJalr"), "{out}");
    }
    let other = value!({ "digest": secret, "message": secret }).to_string();
    assert_eq!(masked(&other, Redaction::default()), other);
}

#[test]
fn a_private_key_is_masked_with_all_its_lines() {
    for end in ["\n", "\\n", "\\\\n", "\r\n"] {
        let key =
            ["-----BEGIN RSA PRIVATE KEY-----", "MIIEowIBAAKCAQEA", "q83vEjRWeJA=", "-----END RSA PRIVATE KEY-----"].join(end);
        check(&format!("key {key} end"), "key [masked private key] end");
    }
    check_all("cut off: -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nmore", "cut off: [masked private key]");
    let public = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
    check(public, public);
}

#[test]
fn addresses_are_masked_where_they_are_asked_for() {
    check("ann@example.com from 192.0.2.7", "ann@example.com from 192.0.2.7");
    check_all("to <ann.b+c@mail.example.com>, hi", "to <[masked email]>, hi");
    check_all("ann@example.com.", "[masked email].");
    for text in ["@ann", "a@b", "1@2.3", "user@localhost", "v1.2.3", "1.2.3.4.5", "12:34:56", "::", "a:b", "10.0.0"] {
        check_all(text, text);
    }
    check_all(
        "from 192.0.2.7:443, [2001:db8::1]:443 and ::1.",
        "from [masked IP address]:443, [[masked IP address]]:443 and [masked IP address].",
    );
    check_all("peer ipv4:10.0.0.5:51234 addr:10.0.0.1", "peer ipv4:[masked IP address]:51234 addr:[masked IP address]");
    check_all("host:2001:db8::1 x", "host:[masked IP address] x");
    let far = format!("{}@example.com", "\u{e9}".repeat(40));
    check_all(&far, &format!("{}[masked email]", "\u{e9}".repeat(8)));
    check_all("ann@example.com.ghp_0123456789abcdefghijklmnopqrstuvwxyz", "[masked email][masked GitHub token]");
}

/// A text that is looked at anew from each mark takes hours.
#[test]
fn marks_upon_marks_take_no_longer() {
    for mark in [
        "eyJ",
        "eyJaaaaaaaaaa.eyJ",
        "eyJaaaaaaaaaa.",
        "://a:",
        "glpat-",
        "-----BEGIN PRIVATE KEY-----",
        "aws_secret",
        "Basic YTpi",
        "sig=",
        "sk-",
        "a@",
        "1:",
        "4 ",
    ] {
        let body = value!({ "message": mark.repeat((1 << 20) / mark.len()) }).to_string();
        let _ = mask(body.as_bytes(), ALL);
    }
}

#[test]
fn a_cut_key_ends_with_a_whole_character() {
    let text = format!("-----BEGIN PRIVATE KEY-----{}", "\u{e9}".repeat(20_000));
    let out = mask(value!({ "message": text }).to_string().as_bytes(), ALL).unwrap().0;
    assert!(String::from_utf8(out).unwrap().contains("[masked private key]"));
}

#[test]
fn kinds_are_counted() {
    let body =
        value!({ "message": "4242424242424242 ann@example.com", "n": 4242424242424242_u64, "ip": "192.0.2.7" }).to_string();
    let (_, masked) = mask(body.as_bytes(), ALL).unwrap();
    let times: Vec<u64> = MaskKind::ALL.iter().map(|kind| masked.of(*kind)).collect();
    assert_eq!(times, [2, 0, 1, 1]);
    assert!(mask(body.as_bytes(), Redaction::NONE).is_none());
}

#[test]
fn what_is_no_json_is_left_for_the_refusal() {
    for body in [
        "{\"n\":4242424242424242,\"a\":\"x",
        "{\"n\":4242424242424242}a\":1}",
        "{\"a\":\"\\q 4242424242424242\"}",
        "{\"a\":\"\\n \u{0} 4242424242424242\"}",
    ] {
        let out = masked(body, ALL);
        assert!(serde_json::from_str::<Value>(&out).is_err(), "{out}");
    }
}

#[test]
fn what_is_no_utf_8_stays_none_behind_a_mask() {
    let body = b"{\"a\":\"4242 4242 4242 4242 ann@exam\xffple.com 192.0.2.7\"}";
    let (out, of) = mask(body, ALL).unwrap();
    assert!(std::str::from_utf8(&out).is_err() && !of.is_none(), "{out:?}");
}

#[test]
fn many_suspects_are_all_looked_at() {
    let lines = "{\"message\":\"eyJ \\u0020 4242424242424242\"}\n".repeat(5_000);
    let out = masked(&lines, Redaction::default());
    assert_eq!(out.matches("[masked card]").count(), 5_000);
}

proptest! {
    /// What was JSON is JSON of the same shape, and no card that stands free is in it.
    #[test]
    fn a_body_keeps_its_shape(
        before in "[ a-z\"\\\\\n\u{e9}@.:%0-9-]{0,90}",
        after in "[ a-z\"\\\\\n\u{e9}@:%-]{0,90}",
        key in "[a-z4 ]{1,8}",
    ) {
        let text = format!("{before} 4242424242424242 {after}");
        let body = value!({ key.clone(): [text, 7], "_o": { "p": null } }).to_string();
        let out: Value = serde_json::from_str(&masked(&body, ALL)).unwrap();
        prop_assert_eq!(&out["_o"], &value!({ "p": null }));
        prop_assert_eq!(out[&key][1].as_u64(), Some(7));
        prop_assert!(!out[&key][0].as_str().unwrap().contains("4242424242424242"));
    }

    #[test]
    fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = mask(&body, ALL);
    }

    #[test]
    fn pieces_of_json_are_survived(body in "[{}\\[\\]\":,\\\\u0034 @.:a-f-]{0,80}") {
        let _ = mask(body.as_bytes(), ALL);
    }
}

#[test]
fn a_byte_that_makes_a_text_no_utf8_stays_for_store_to_refuse() {
    let body = b"{\"message\":\"4242 4242 4242 4242\x9b\"}";
    let (masked, _) = mask(body, Redaction::default()).unwrap();
    assert_eq!(masked, b"{\"message\":\"[masked card]\x9b\"}");
}

/// What a terminal shows as one, colours set apart: the name from its secret, and pieces of one from another.
#[test]
fn colours_hide_nothing() {
    check(
        "\u{1b}[35maws_secret_access_key\u{1b}[39m \u{1b}[2m=\u{1b}[0m \u{1b}[32mwJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\u{1b}[0m",
        "\u{1b}[35maws_secret_access_key\u{1b}[39m \u{1b}[2m=\u{1b}[0m \u{1b}[32m[masked AWS secret key]\u{1b}[0m",
    );
    check("paid with \u{1b}[1m4242\u{1b}[0m4242\u{1b}[1m4242\u{1b}[0m4242.", "paid with \u{1b}[1m[masked card].");
    check("\u{1b}[36m4242424242424242\u{1b}[0m", "\u{1b}[36m[masked card]\u{1b}[0m");
    let harmless = "\u{1b}[32mINFO\u{1b}[0m started \u{1b}[1m in 3 s";
    check(harmless, harmless);
}
