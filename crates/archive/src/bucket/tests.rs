use std::fs;
use std::sync::Once;

use bucket::{ACCESS_KEY_ID, Act, Bucket as Server, Fault, NAME, SECRET_ACCESS_KEY, Wire};
use oidc::Addresses;

use super::*;

const SECONDS: u64 = 20;

/// The server has a runtime of its own, which is not made inside of another.
fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(work);
}

fn way(server: &Server, addresses: Addresses) -> Result<Egress, oidc::ConfigError> {
    static CRYPTOGRAPHY: Once = Once::new();
    CRYPTOGRAPHY.call_once(|| drop(rustls::crypto::aws_lc_rs::default_provider().install_default()));
    let authority = fs::read_to_string(server.authority_file()).unwrap();
    Egress::to_url(&server.endpoint(), Some(&authority), addresses)
}

fn parts(endpoint: &str) -> BucketParts<'_> {
    BucketParts {
        endpoint,
        region: "us-east-1",
        name: NAME,
        prefix: Some("prod/a=b"),
        access_key_id: ACCESS_KEY_ID,
        secret_access_key: SECRET_ACCESS_KEY,
        at_rest: AtRest::Recipient,
    }
}

async fn put(server: &Server, spoil: impl FnOnce(&mut BucketParts<'_>)) -> Result<(), PutError> {
    let endpoint = server.endpoint();
    let mut parts = parts(&endpoint);
    spoil(&mut parts);
    let way = way(server, Addresses::PrivateToo).unwrap();
    Bucket::new(way, &parts).put("date=2026-11-26/s-20261126T000000Z-0001.ndjson.gz", Bytes::from("bytes"), SECONDS).await
}

#[test]
fn an_object_is_put_under_its_name() {
    let server = Server::open(Wire::Tls);
    run(async {
        put(&server, |_| {}).await.unwrap();
        let there = server.objects();
        assert_eq!(there, [("prod/a=b/date=2026-11-26/s-20261126T000000Z-0001.ndjson.gz".to_owned(), b"bytes".to_vec())]);
    });
}

#[test]
fn what_is_wrong_is_told_by_its_cause() {
    let server = Server::open(Wire::Tls);
    run(async {
        let code = |put: Result<(), PutError>| put.unwrap_err().code();
        assert_eq!(code(put(&server, |parts| parts.secret_access_key = "another").await), "archive_credentials_wrong");
        assert_eq!(code(put(&server, |parts| parts.access_key_id = "nobody").await), "archive_credentials_wrong");
        for (fault, expected) in [
            (Fault::Refuse(404, "NoSuchBucket"), "archive_bucket_unknown"),
            (Fault::Refuse(403, "AccessDenied"), "archive_access_denied"),
            (Fault::Refuse(301, "PermanentRedirect"), "archive_redirected"),
            (Fault::Refuse(400, "AuthorizationHeaderMalformed"), "archive_region_wrong"),
            (Fault::Refuse(403, "RequestTimeTooSkewed"), "archive_clock"),
            (Fault::Refuse(501, "NotImplemented"), "archive_refused"),
            (Fault::Refuse(503, "SlowDown"), "archive_refused"),
            (Fault::CutBefore, "archive_unreachable"),
        ] {
            server.next(Act::Put, fault);
            assert_eq!(code(put(&server, |_| {}).await), expected, "{fault:?}");
        }
        server.next(Act::Put, Fault::Refuse(501, "NotImplemented"));
        let refused = put(&server, |parts| parts.at_rest = AtRest::Store).await;
        assert_eq!(code(refused), "archive_encryption_refused");
        assert_eq!((server.waiting(), server.objects().len()), (0, 0));
    });
}

#[test]
fn a_private_address_is_not_asked() {
    let server = Server::open(Wire::Tls);
    run(async {
        assert!(way(&server, Addresses::Public).is_err());
        assert_eq!(server.requests(Act::Put), 0);
    });
}

#[test]
fn nothing_of_a_bucket_is_printed_that_is_secret() {
    let parts = parts("https://s3.example");
    assert!(!format!("{parts:?}").contains(SECRET_ACCESS_KEY));
    assert_eq!(escaped("date=2026/ä-~"), "date%3D2026/%C3%A4-~");
}

#[test]
fn a_store_is_asked_to_encrypt_what_nobody_did() {
    let server = Server::open(Wire::Tls);
    run(async {
        let endpoint = server.endpoint();
        for (at_rest, asked) in [(AtRest::Store, true), (AtRest::Recipient, false)] {
            let bucket = Bucket::new(way(&server, Addresses::PrivateToo).unwrap(), &BucketParts { at_rest, ..parts(&endpoint) });
            let headers = bucket.signed(&format!("{endpoint}/logs/x"), &Bytes::from("bytes")).unwrap();
            let find = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.to_string());
            assert_eq!(find(ENCRYPTION).is_some(), asked, "{at_rest:?}");
            assert_eq!(find("x-amz-content-sha256"), Some(crate::sha256(b"bytes")));
            let signed = find("authorization").unwrap();
            assert_eq!(signed.contains(ENCRYPTION), asked, "what is asked is signed");
            assert!(!signed.contains(SECRET_ACCESS_KEY));
        }
    });
}
