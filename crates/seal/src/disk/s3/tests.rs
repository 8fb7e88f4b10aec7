//! Against a real S3 server on loopback whose answers are spoiled on command.

use std::net::TcpListener;

use bucket::{Act, Bucket, Fault, Wire};

use super::*;
use crate::fixture::{House, object, pattern, scope};
use crate::{MemoryDisk, ObjectKind, ObjectName, OpenError, SealedStore, SystemEntropy};

/// Short, so that no test waits long for an answer that never comes.
fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(5),
        request: Duration::from_secs(1),
        retries: 2,
        retry_for: Duration::from_secs(10),
        backoff: BackoffConfig { init_backoff: Duration::from_millis(1), max_backoff: Duration::from_millis(10), base: 2. },
    }
}

fn config(bucket: &Bucket) -> S3Config {
    S3Config {
        endpoint: Some(bucket.endpoint()),
        region: "us-east-1".to_owned(),
        bucket: bucket::NAME.to_owned(),
        folder: Some(path("house")),
        credentials: S3Credentials {
            access_key_id: bucket::ACCESS_KEY_ID.to_owned(),
            secret_access_key: Zeroizing::new(bucket::SECRET_ACCESS_KEY.to_owned()),
            session_token: None,
        },
        authority: std::fs::read(bucket.authority_file()).ok(),
        dangerous_plaintext: bucket.endpoint().starts_with("http:"),
    }
}

fn open(wire: Wire) -> (Bucket, S3Disk) {
    let bucket = Bucket::open(wire);
    let disk = S3Disk::open_with(&config(&bucket), &patience()).unwrap();
    (bucket, disk)
}

fn path(text: &str) -> ObjectPath {
    ObjectPath::parse(text).unwrap()
}

/// What an error says with all its causes, as an operator sees it.
fn said(error: &DiskError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A sealed object of three segments in the bucket.
fn sealed_in(disk: S3Disk) -> (SealedStore, ObjectName, Vec<u8>) {
    let house = House::new();
    let store = SealedStore::new(Arc::new(disk), Arc::new(MemoryDisk::new()), house.ring, Arc::new(SystemEntropy));
    let plaintext = pattern(150_000);
    let name = store.put(scope(1, 1), ObjectKind::Part, object(1), &plaintext).unwrap().name;
    (store, name, plaintext)
}

fn open_all(store: &SealedStore, name: &ObjectName) -> Result<Vec<u8>, OpenError> {
    let reader = store.open(name)?;
    reader.read(0..reader.len())
}

#[test]
fn an_object_is_stored_in_its_folder_read_listed_and_deleted() {
    for wire in [Wire::Tls, Wire::Plaintext] {
        let bucket = Bucket::open(wire);
        let disk = S3Disk::open(&config(&bucket)).unwrap();
        disk.put(&path("a/b"), b"0123456789", PutMode::Create).unwrap();
        disk.put(&path("ab"), b"x", PutMode::Replace).unwrap();
        let keys: Vec<_> = bucket.objects().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["house/a/b", "house/ab"]);
        bucket.place("another/a/b", b"");
        bucket.place("house/Foreign File", b"");
        assert_eq!(disk.size(&path("a/b")).unwrap(), 10);
        disk.sync(&path("a/b")).unwrap();
        assert_eq!(disk.read(&path("a/b"), 2..5).unwrap(), b"234");
        assert_eq!(disk.read(&path("a/b"), 0..0).unwrap(), b"");
        assert!(disk.read(&path("a/b"), 8..11).is_err());
        assert!(disk.read(&path("a/b"), 11..12).is_err());
        assert_eq!(disk.list("").unwrap(), [(path("a/b"), 10), (path("ab"), 1)]);
        assert_eq!(disk.list("a").unwrap(), [(path("a/b"), 10)]);
        assert_eq!(disk.list("nothing").unwrap(), []);
        assert_eq!(disk.foreign().unwrap(), [Foreign { path: "house/Foreign File".to_owned(), written: None }]);
        let large = pattern(20 << 20);
        disk.put(&path("large"), &large, PutMode::Create).unwrap();
        assert!(disk.read(&path("large"), 0..20 << 20).unwrap() == large);
        disk.delete(&path("a/b")).unwrap();
        disk.delete(&path("a/b")).unwrap();
        assert_eq!(disk.list("a").unwrap(), []);
    }
}

#[test]
fn checks_look_into_a_bucket_as_they_do_into_a_folder() {
    struct Nothing;
    impl crate::Ledger for Nothing {
        fn newest_days(&self) -> Result<Vec<(ObjectName, model::Day)>, Box<dyn std::error::Error + Send + Sync>> {
            Ok(Vec::new())
        }
    }
    let (bucket, disk) = open(Wire::Tls);
    let (store, name, _) = sealed_in(disk);
    let checks = crate::checks(&Arc::new(store), Arc::new(Nothing));
    let look = |id: &str| {
        let check = checks.iter().find(|check| check.id() == id).unwrap();
        check.look(model::Timestamp::parse("2026-11-22T12:00:00Z").unwrap()).verdict
    };
    let both = ["seal.objects-sealed", "seal.objects-bound"];
    assert_eq!(both.map(look), [model::Verdict::Held; 2]);
    bucket.place(&format!("house/{}", name.path()), &b"in clear ".repeat(30_000));
    assert_eq!(both.map(look), [model::Verdict::Broken; 2]);
}

#[test]
fn create_refuses_what_exists() {
    let (bucket, disk) = open(Wire::Tls);
    disk.put(&path("a"), b"first", PutMode::Create).unwrap();
    disk.put(&path("a"), b"first", PutMode::Create).unwrap();
    assert!(matches!(disk.put(&path("a"), b"other", PutMode::Create), Err(DiskError::AlreadyExists)));
    assert_eq!(bucket.objects(), [("house/a".to_owned(), b"first".to_vec())]);
    disk.put(&path("a"), b"third", PutMode::Replace).unwrap();
    assert_eq!(bucket.objects(), [("house/a".to_owned(), b"third".to_vec())]);
}

#[test]
fn a_put_whose_answer_was_lost_is_one_whole_object() {
    let lost = [Fault::LoseAnswer, Fault::Silence, Fault::Deny(500, "InternalError"), Fault::Deny(409, "OperationAborted")];
    for fault in lost {
        let (bucket, disk) = open(Wire::Tls);
        bucket.next(Act::Put, fault);
        disk.put(&path("a"), b"bytes", PutMode::Create).unwrap();
        assert_eq!(bucket.objects(), [("house/a".to_owned(), b"bytes".to_vec())], "{fault:?}");
        assert_eq!(bucket.waiting(), 0, "{fault:?}");
    }
}

#[test]
fn a_put_that_is_tried_again_does_not_touch_what_another_stored() {
    for fault in [Fault::CutBefore, Fault::LoseAnswer, Fault::Refuse(503, "SlowDown"), Fault::Refuse(409, "OperationAborted")] {
        let (bucket, disk) = open(Wire::Tls);
        bucket.place("house/a", b"other");
        bucket.next(Act::Put, fault);
        let put = disk.put(&path("a"), b"bytes", PutMode::Create);
        assert!(matches!(put, Err(DiskError::AlreadyExists)), "{fault:?}: {put:?}");
        assert_eq!(bucket.objects(), [("house/a".to_owned(), b"other".to_vec())], "{fault:?}");
        assert_eq!(bucket.waiting(), 0, "{fault:?}");
    }
}

#[test]
fn what_passes_is_outlasted_in_every_operation() {
    let passing = [
        Fault::Refuse(500, "InternalError"),
        Fault::Refuse(503, "SlowDown"),
        Fault::Refuse(429, "TooManyRequests"),
        Fault::CutBefore,
        Fault::LoseAnswer,
        Fault::Silence,
    ];
    for fault in passing {
        let (bucket, disk) = open(Wire::Tls);
        for act in [Act::Put, Act::Head, Act::Get, Act::List, Act::Delete] {
            bucket.next(act, fault);
        }
        let bytes = pattern(100_000);
        disk.put(&path("a"), &bytes, PutMode::Create).unwrap();
        assert_eq!(disk.size(&path("a")).unwrap(), 100_000, "{fault:?}");
        assert!(disk.read(&path("a"), 0..100_000).unwrap() == bytes, "{fault:?}");
        assert_eq!(disk.list("").unwrap(), [(path("a"), 100_000)], "{fault:?}");
        bucket.next(Act::Put, fault);
        disk.put(&path("a"), b"others", PutMode::Replace).unwrap();
        assert_eq!(bucket.objects(), [("house/a".to_owned(), b"others".to_vec())], "{fault:?}");
        disk.delete(&path("a")).unwrap();
        assert_eq!((bucket.objects().len(), bucket.waiting()), (0, 0), "{fault:?}");
    }
}

#[test]
fn what_does_not_pass_is_given_up_and_named() {
    let (bucket, disk) = open(Wire::Tls);
    let all = [Act::Put, Act::Head, Act::Get, Act::List, Act::Delete];
    bucket.always(&all, Fault::Refuse(503, "SlowDown"));
    let a = path("a");
    let failures = [
        disk.put(&a, b"bytes", PutMode::Create).unwrap_err(),
        disk.put(&a, b"bytes", PutMode::Replace).unwrap_err(),
        disk.size(&a).unwrap_err(),
        disk.read(&a, 0..5).unwrap_err(),
        disk.list("").unwrap_err(),
        disk.delete(&a).unwrap_err(),
    ];
    for failure in failures {
        assert!(matches!(failure, DiskError::Remote { .. }) && said(&failure).contains("503"), "{}", said(&failure));
    }
    assert!(bucket.requests(Act::Put) <= 18, "two puts of three tries, each with two retries of the client");
    assert!(bucket.objects().is_empty());
    bucket.heal();
    disk.put(&a, b"bytes", PutMode::Create).unwrap();
}

#[test]
fn a_conflict_with_nothing_there_is_tried_again_and_is_never_an_object() {
    let (bucket, disk) = open(Wire::Tls);
    bucket.next(Act::Put, Fault::Refuse(409, "ConditionalRequestConflict"));
    disk.put(&path("a"), b"bytes", PutMode::Create).unwrap();
    assert_eq!(bucket.objects(), [("house/a".to_owned(), b"bytes".to_vec())]);
    bucket.always(&[Act::Put], Fault::Refuse(409, "ConditionalRequestConflict"));
    let put = disk.put(&path("b"), b"bytes", PutMode::Create);
    assert!(matches!(put, Err(DiskError::Remote { .. })), "{put:?}");
    assert!(bucket.requests(Act::Put) <= 2 + CHANGE_TRIES_MAX as usize);
}

#[test]
fn an_answer_that_was_cut_is_read_to_its_end_or_is_an_error() {
    let (bucket, disk) = open(Wire::Tls);
    let bytes = pattern(300_000);
    disk.put(&path("a"), &bytes, PutMode::Create).unwrap();
    bucket.next(Act::Get, Fault::CutBody);
    assert!(disk.read(&path("a"), 5..300_000).unwrap() == bytes[5..]);
    assert_eq!((bucket.requests(Act::Get), bucket.waiting()), (2, 0));
    for fault in [Fault::CutBody, Fault::ShortBody] {
        bucket.always(&[Act::Get], fault);
        let read = disk.read(&path("a"), 5..300_000);
        assert!(matches!(read, Err(DiskError::Remote { .. } | DiskError::Io(_))), "{fault:?}");
        bucket.heal();
    }
}

#[test]
fn a_spoiled_answer_is_never_wrong_data_and_never_damage_of_the_object() {
    let spoiled = [
        Fault::CutBody,
        Fault::ShortBody,
        Fault::FlipBit,
        Fault::LoseAnswer,
        Fault::Refuse(404, "NoSuchBucket"),
        Fault::Refuse(404, ""),
        Fault::Refuse(403, "AccessDenied"),
        Fault::Refuse(503, "SlowDown"),
    ];
    let (bucket, disk) = open(Wire::Tls);
    let (store, name, plaintext) = sealed_in(disk);
    for fault in spoiled {
        for acts in [[Act::Get].as_slice(), &[Act::Head, Act::Get]] {
            bucket.always(acts, fault);
            match open_all(&store, &name) {
                Ok(read) => assert!(read == plaintext, "{fault:?}"),
                // The bytes are what is sealed; no server can be told from a changed object.
                Err(error) if fault == Fault::FlipBit => assert!(matches!(error, OpenError::NotAuthentic { .. }), "{error:?}"),
                Err(error) => assert!(!error.is_damage(), "{fault:?} {acts:?}: {error:?}"),
            }
            bucket.heal();
        }
    }
    let reader = store.open(&name).unwrap();
    bucket.next(Act::Get, Fault::FlipBit);
    assert!(matches!(reader.read(0..reader.len()), Err(OpenError::NotAuthentic { segment: 1 })));
    assert!(reader.read(0..reader.len()).unwrap() == plaintext);
}

#[test]
fn a_missing_object_has_its_own_error() {
    let (_bucket, disk) = open(Wire::Tls);
    assert!(matches!(disk.size(&path("a")), Err(DiskError::NotFound)));
    assert!(matches!(disk.sync(&path("a")), Err(DiskError::NotFound)));
    assert!(matches!(disk.read(&path("a"), 0..1), Err(DiskError::NotFound)));
    assert!(matches!(disk.read(&path("a"), 0..0), Err(DiskError::NotFound)));
    let (store, name, _) = sealed_in(disk);
    store.delete(&name).unwrap();
    assert!(matches!(store.open(&name), Err(OpenError::Missing)));
}

#[test]
fn a_bucket_that_does_not_exist_is_named_and_nothing_in_it_is_missing() {
    let bucket = Bucket::open(Wire::Tls);
    let nowhere = S3Disk::open_with(&S3Config { bucket: "nowhere".to_owned(), ..config(&bucket) }, &patience()).unwrap();
    let listed = nowhere.list("").unwrap_err();
    assert!(said(&listed).contains("the bucket does not exist"), "{}", said(&listed));
    // This server makes a bucket of any name on a put, and misses the object rather than the bucket: S3 itself does not.
    let disk = S3Disk::open_with(&config(&bucket), &patience()).unwrap();
    bucket.always(&[Act::Put, Act::Head, Act::Get, Act::List, Act::Delete], Fault::Refuse(404, "NoSuchBucket"));
    let a = path("a");
    let failures = [
        disk.put(&a, b"bytes", PutMode::Create).unwrap_err(),
        disk.put(&a, b"bytes", PutMode::Replace).unwrap_err(),
        disk.size(&a).unwrap_err(),
        disk.sync(&a).unwrap_err(),
        disk.read(&a, 0..5).unwrap_err(),
        disk.list("").unwrap_err(),
        disk.delete(&a).unwrap_err(),
    ];
    for failure in failures {
        assert!(matches!(failure, DiskError::Remote { .. }), "{failure:?}");
        assert!(said(&failure).contains("the bucket does not exist"), "{}", said(&failure));
    }
    assert_eq!(bucket.requests(Act::Put), 2, "trying again does not make a bucket");
}

#[test]
fn wrong_credentials_are_named_and_not_tried_again() {
    let bucket = Bucket::open(Wire::Tls);
    let wrong = [("unknown-user", bucket::SECRET_ACCESS_KEY), (bucket::ACCESS_KEY_ID, "wrong-secret-never-printed")];
    for (access_key_id, secret) in wrong {
        let credentials = S3Credentials {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: Zeroizing::new(secret.to_owned()),
            session_token: Some(Zeroizing::new("token-never-printed".to_owned())),
        };
        let disk = S3Disk::open_with(&S3Config { credentials, ..config(&bucket) }, &patience()).unwrap();
        let before = bucket.requests(Act::Put);
        let failures = [
            disk.put(&path("a"), b"bytes", PutMode::Create).unwrap_err(),
            disk.size(&path("a")).unwrap_err(),
            disk.read(&path("a"), 0..5).unwrap_err(),
            disk.list("").unwrap_err(),
            disk.delete(&path("a")).unwrap_err(),
        ];
        assert_eq!(bucket.requests(Act::Put), before + 1);
        for failure in failures {
            let said = said(&failure);
            assert!(matches!(failure, DiskError::Remote { .. }) && said.contains("refuses these credentials"), "{said}");
            assert!(!said.contains("never-printed") && !said.contains("<Error>"), "{said}");
        }
    }
    assert!(bucket.objects().is_empty());
}

#[test]
fn a_list_is_complete_or_an_error() {
    let bucket = Bucket::open(Wire::Tls);
    let disk = S3Disk::open(&config(&bucket)).unwrap();
    let expected: Vec<_> = (0..1_100).map(|i| (path(&format!("a/{i:04}")), 1)).collect();
    for (path, _) in &expected {
        bucket.place(&format!("house/{path}"), b"x");
    }
    assert_eq!(disk.list("").unwrap(), expected);
    assert!(bucket.requests(Act::List) >= 2, "a page holds a thousand");
    for fault in [Fault::CutBody, Fault::ShortBody, Fault::LoseAnswer, Fault::Refuse(503, "SlowDown")] {
        for skipped in 0..2 {
            (0..skipped).for_each(|_| bucket.next(Act::List, Fault::Refuse(500, "InternalError")));
            bucket.next(Act::List, fault);
            match disk.list("a") {
                Ok(found) => assert_eq!(found, expected, "{fault:?}"),
                Err(error) => assert!(matches!(error, DiskError::Remote { .. }), "{error:?}"),
            }
            assert_eq!(bucket.waiting(), 0);
        }
    }
}

#[test]
fn another_authority_s_server_is_not_spoken_to() {
    let (bucket, another) = (Bucket::open(Wire::Tls), Bucket::open(Wire::Tls));
    for authority in [config(&another).authority, None] {
        let disk = S3Disk::open_with(&S3Config { authority, ..config(&bucket) }, &patience()).unwrap();
        let listed = disk.list("").unwrap_err();
        assert!(matches!(listed, DiskError::Remote { .. }), "{listed:?}");
        assert!(said(&listed).to_lowercase().contains("certificate"), "{}", said(&listed));
    }
    assert_eq!(bucket.requests(Act::List), 0);
}

#[test]
fn plaintext_must_be_asked_for_by_its_name() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bucket = Bucket::open(Wire::Plaintext);
    let endpoint = Some(format!("http://{}", listener.local_addr().unwrap()));
    let config = S3Config { endpoint, dangerous_plaintext: false, ..config(&bucket) };
    match S3Disk::open_with(&config, &patience()) {
        Err(_) => {}
        Ok(disk) => assert!(matches!(disk.put(&path("a"), b"x", PutMode::Replace), Err(DiskError::Remote { .. }))),
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
fn a_log_is_refused() {
    let (_bucket, disk) = open(Wire::Tls);
    assert!(matches!(disk.create_log(&path("a")), Err(DiskError::Remote { .. })));
}

#[test]
fn credentials_are_not_printed() {
    let bucket = Bucket::open(Wire::Tls);
    let config = config(&bucket);
    let disk = S3Disk::open(&config).unwrap();
    assert!(!format!("{config:?} {disk:?}").contains(bucket::SECRET_ACCESS_KEY));
}

#[test]
fn the_disk_works_and_drops_inside_another_runtime() {
    let outer = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (_bucket, disk) = open(Wire::Tls);
    outer.block_on(async move {
        disk.put(&path("a"), b"x", PutMode::Create).unwrap();
        drop(disk);
    });
}
