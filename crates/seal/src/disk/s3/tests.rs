//! Against a small object store of our own on loopback that fails on command.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use parking_lot::Mutex;

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Status(u16),
    /// The request is carried out, but its answer never comes.
    LostAnswer,
    Slow,
}

#[derive(Default)]
struct Bucket {
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    faults: Mutex<VecDeque<Fault>>,
    requests: Mutex<Vec<String>>,
}

struct Request {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn serve() -> (Arc<Bucket>, S3Disk) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let bucket = Arc::new(Bucket::default());
    let shared = Arc::clone(&bucket);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let bucket = Arc::clone(&shared);
            thread::spawn(move || while answer(&bucket, &stream).is_some() {});
        }
    });
    (bucket, S3Disk::open(&config(&endpoint, true)).unwrap())
}

fn config(endpoint: &str, dangerous_plaintext: bool) -> S3Config {
    S3Config {
        endpoint: Some(endpoint.to_owned()),
        region: "us-east-1".to_owned(),
        bucket: "logs".to_owned(),
        folder: Some(ObjectPath::parse("house").unwrap()),
        credentials: S3Credentials {
            access_key_id: "id".to_owned(),
            secret_access_key: Zeroizing::new("not-to-be-printed".to_owned()),
            session_token: None,
        },
        authority: None,
        dangerous_plaintext,
    }
}

/// Answers one request; `None` closes the connection.
fn answer(bucket: &Bucket, stream: &TcpStream) -> Option<()> {
    let request = read_request(stream)?;
    assert!(request.headers["authorization"].starts_with("AWS4-HMAC-SHA256 "));
    bucket.requests.lock().push(format!("{} {}", request.method, request.target));
    let fault = bucket.faults.lock().pop_front();
    let (status, headers, body) = match fault {
        Some(Fault::Status(status)) => (status, String::new(), Vec::new()),
        Some(Fault::LostAnswer) => {
            carry_out(bucket, &request);
            return None;
        }
        Some(Fault::Slow) | None => carry_out(bucket, &request),
    };
    let mut stream = stream;
    let length = if request.method == "HEAD" { headers.clone() } else { format!("content-length: {}\r\n{headers}", body.len()) };
    write!(stream, "HTTP/1.1 {status} x\r\nlast-modified: Sun, 22 Nov 2026 12:00:00 GMT\r\netag: \"e\"\r\n{length}\r\n").ok()?;
    if fault == Some(Fault::Slow) {
        let (first, rest) = body.split_at(body.len() / 2);
        stream.write_all(first).ok()?;
        stream.flush().ok()?;
        thread::park_timeout(Duration::from_millis(300));
        return stream.write_all(rest).ok();
    }
    if request.method == "HEAD" { Some(()) } else { stream.write_all(&body).ok() }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&n| n > 0)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, target, headers, body })
}

fn carry_out(bucket: &Bucket, request: &Request) -> (u16, String, Vec<u8>) {
    let mut objects = bucket.objects.lock();
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let key = path.strip_prefix("/logs").unwrap().trim_start_matches('/').to_owned();
    let found = objects.get(&key).cloned();
    match (request.method.as_str(), found) {
        ("GET", _) if query.contains("list-type=2") => (200, String::new(), listing(&objects, query)),
        ("PUT", Some(_)) if request.headers.contains_key("if-none-match") => (412, String::new(), Vec::new()),
        ("PUT", _) => {
            objects.insert(key, request.body.clone());
            (200, String::new(), Vec::new())
        }
        ("DELETE", _) => {
            objects.remove(&key);
            (204, String::new(), Vec::new())
        }
        ("HEAD", Some(bytes)) => (200, format!("content-length: {}\r\n", bytes.len()), Vec::new()),
        ("GET", Some(bytes)) => {
            let (from, to) = request.headers["range"].strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            let (from, to) = (from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap().min(bytes.len() - 1));
            if from >= bytes.len() {
                return (416, String::new(), Vec::new());
            }
            (206, format!("content-range: bytes {from}-{to}/{}\r\n", bytes.len()), bytes[from..=to].to_vec())
        }
        _ => (404, "content-length: 0\r\n".repeat(usize::from(request.method == "HEAD")), Vec::new()),
    }
}

fn listing(objects: &BTreeMap<String, Vec<u8>>, query: &str) -> Vec<u8> {
    let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or("").replace("%2F", "/");
    let mut xml = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
    for (key, bytes) in objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
        let size = bytes.len();
        xml +=
            &format!("<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>2026-11-22T12:00:00Z</LastModified></Contents>");
    }
    (xml + "</ListBucketResult>").into_bytes()
}

fn path(text: &str) -> ObjectPath {
    ObjectPath::parse(text).unwrap()
}

#[test]
fn an_object_is_stored_in_its_folder_read_listed_and_deleted() {
    let (bucket, disk) = serve();
    disk.put(&path("a/b"), b"0123456789", PutMode::Create).unwrap();
    disk.put(&path("ab"), b"x", PutMode::Replace).unwrap();
    assert_eq!(bucket.objects.lock().keys().collect::<Vec<_>>(), ["house/a/b", "house/ab"]);
    bucket.objects.lock().insert("another/a/b".to_owned(), vec![]);
    assert_eq!(disk.size(&path("a/b")).unwrap(), 10);
    assert_eq!(disk.read(&path("a/b"), 2..5).unwrap(), b"234");
    assert_eq!(disk.read(&path("a/b"), 0..0).unwrap(), b"");
    assert!(disk.read(&path("a/b"), 8..11).is_err());
    assert!(disk.read(&path("a/b"), 11..12).is_err());
    assert_eq!(disk.list("").unwrap(), [(path("a/b"), 10), (path("ab"), 1)]);
    assert_eq!(disk.list("a").unwrap(), [(path("a/b"), 10)]);
    disk.delete(&path("a/b")).unwrap();
    disk.delete(&path("a/b")).unwrap();
    assert!(matches!(disk.size(&path("a/b")), Err(DiskError::NotFound)));
    assert!(matches!(disk.read(&path("a/b"), 0..1), Err(DiskError::NotFound)));
}

#[test]
fn create_refuses_what_exists() {
    let (bucket, disk) = serve();
    disk.put(&path("a"), b"first", PutMode::Create).unwrap();
    assert!(matches!(disk.put(&path("a"), b"other", PutMode::Create), Err(DiskError::AlreadyExists)));
    assert_eq!(bucket.objects.lock()["house/a"], b"first");
    disk.put(&path("a"), b"third", PutMode::Replace).unwrap();
    assert_eq!(bucket.objects.lock()["house/a"], b"third");
}

#[test]
fn an_answer_that_was_lost_is_no_lost_object() {
    for mode in [PutMode::Create, PutMode::Replace] {
        let (bucket, disk) = serve();
        bucket.faults.lock().push_back(Fault::LostAnswer);
        disk.put(&path("a"), b"bytes", mode).unwrap();
        assert_eq!(bucket.objects.lock()["house/a"], b"bytes", "{mode:?}");
        bucket.faults.lock().extend([Fault::LostAnswer, Fault::Status(503)]);
        assert_eq!(disk.read(&path("a"), 0..5).unwrap(), b"bytes");
        bucket.faults.lock().push_back(Fault::LostAnswer);
        disk.delete(&path("a")).unwrap();
        assert!(bucket.objects.lock().is_empty());
    }
}

#[test]
fn errors_and_slow_answers_are_outlasted_within_bounds() {
    let (bucket, disk) = serve();
    bucket.faults.lock().extend([Fault::Status(500), Fault::Status(503)]);
    disk.put(&path("a"), &[7; 100_000], PutMode::Create).unwrap();
    bucket.faults.lock().push_back(Fault::Slow);
    assert_eq!(disk.read(&path("a"), 0..100_000).unwrap(), [7; 100_000]);
    bucket.faults.lock().extend([Fault::Status(403); 9]);
    bucket.requests.lock().clear();
    assert!(matches!(disk.put(&path("b"), b"x", PutMode::Create), Err(DiskError::Remote { .. })));
    assert!(bucket.requests.lock().len() <= CREATE_TRIES_MAX);
}

#[test]
fn plaintext_must_be_asked_for_by_its_name() {
    let (bucket, disk) = serve();
    drop(disk);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    match S3Disk::open(&config(&endpoint, false)) {
        Err(_) => {}
        Ok(disk) => assert!(matches!(disk.put(&path("a"), b"x", PutMode::Replace), Err(DiskError::Remote { .. }))),
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err() && bucket.requests.lock().is_empty());
}

#[test]
fn a_log_is_refused() {
    let (_bucket, disk) = serve();
    assert!(matches!(disk.create_log(&path("a")), Err(DiskError::Remote { .. })));
}

#[test]
fn credentials_are_not_printed() {
    assert!(!format!("{:?}", config("https://s3.example", false)).contains("not-to-be-printed"));
}

#[test]
fn the_disk_works_and_drops_inside_another_runtime() {
    let outer = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (_bucket, disk) = serve();
    outer.block_on(async move {
        disk.put(&path("a"), b"x", PutMode::Create).unwrap();
        drop(disk);
    });
}

/// Against a foreign implementation on loopback, such as moto or s3s-fs, with a bucket `logs`.
#[test]
#[ignore = "needs an object store at 127.0.0.1:5055"]
fn a_foreign_object_store_behaves_as_ours_does() {
    let disk = S3Disk::open(&config("http://127.0.0.1:5055", true)).unwrap();
    for (path, _) in disk.list("").unwrap() {
        disk.delete(&path).unwrap();
    }
    disk.put(&path("a/b"), b"0123456789", PutMode::Create).unwrap();
    disk.put(&path("a/b"), b"0123456789", PutMode::Create).unwrap();
    assert!(matches!(disk.put(&path("a/b"), b"other", PutMode::Create), Err(DiskError::AlreadyExists)));
    disk.put(&path("ab"), b"x", PutMode::Replace).unwrap();
    disk.put(&path("ab"), b"xy", PutMode::Replace).unwrap();
    assert_eq!(disk.read(&path("a/b"), 2..5).unwrap(), b"234");
    assert!(disk.read(&path("a/b"), 8..11).is_err());
    assert_eq!(disk.list("").unwrap(), [(path("a/b"), 10), (path("ab"), 2)]);
    assert_eq!(disk.list("a").unwrap(), [(path("a/b"), 10)]);
    let large = vec![7; 20 << 20];
    disk.put(&path("large"), &large, PutMode::Create).unwrap();
    assert!(disk.read(&path("large"), 0..20 << 20).unwrap() == large);
    disk.delete(&path("a/b")).unwrap();
    disk.delete(&path("a/b")).unwrap();
    assert!(matches!(disk.size(&path("a/b")), Err(DiskError::NotFound)));
}
