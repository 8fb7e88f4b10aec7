//! For tests: a bucket of a real S3 server on loopback, whose answers are spoiled on command.
//!
//! Always holds: what no fault spoils is the answer of `s3s-fs`, which verifies every signature; a fault that was planned
//! and not met is counted (`waiting`), so that no test passes because nothing went wrong. Knows nothing of the product.
#![expect(clippy::unwrap_used, reason = "a bucket for tests: what it cannot do ends the test")]

mod front;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

use front::Front;

pub const NAME: &str = "logs";
pub const ACCESS_KEY_ID: &str = "bucket-user";
pub const SECRET_ACCESS_KEY: &str = "bucket-secret-never-printed";

/// Gone, with what it holds, when dropped.
pub struct Bucket {
    folder: tempfile::TempDir,
    front: Arc<Front>,
    wire: Wire,
    address: SocketAddr,
    /// Taken only by `drop`.
    runtime: Option<Runtime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Tls,
    Plaintext,
}

/// What a request wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Put,
    Get,
    Head,
    List,
    Delete,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// None: done and answered, so that the fault after it meets the request after it.
    Pass,
    /// Not done; answered with this status and S3 error code.
    Refuse(u16, &'static str),
    /// Done, and answered with this status and S3 error code all the same.
    Deny(u16, &'static str),
    /// Not done: the connection is cut while the request is read.
    CutBefore,
    /// Done: the connection is cut instead of an answer.
    LoseAnswer,
    /// Done, and never answered.
    Silence,
    /// Half of the answer's body, then the connection is cut.
    CutBody,
    /// Half of the answer's body, as if it were all of it.
    ShortBody,
    /// The answer with one bit in the middle of its body turned.
    FlipBit,
}

// === impl Bucket ===

impl Bucket {
    #[must_use]
    pub fn open(wire: Wire) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("buckets").join(NAME)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path().join("buckets")).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        let front = Arc::new(Front::before(builder.build()));
        let acceptor = match wire {
            Wire::Tls => Some(acceptor(&folder.path().join("authority.pem"))),
            Wire::Plaintext => None,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(listen(listener, acceptor, Arc::clone(&front)));
        Self { folder, front, wire, address, runtime: Some(runtime) }
    }

    #[must_use]
    pub fn endpoint(&self) -> String {
        let scheme = match self.wire {
            Wire::Tls => "https",
            Wire::Plaintext => "http",
        };
        format!("{scheme}://{}", self.address)
    }

    /// What a client has to trust, in PEM. Not there on a plaintext wire.
    #[must_use]
    pub fn authority_file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Every object with its bytes, in the order of their keys, as they lie on the server's disk.
    #[must_use]
    pub fn objects(&self) -> Vec<(String, Vec<u8>)> {
        let root = self.folder.path().join("buckets").join(NAME);
        let mut objects = Vec::new();
        collect(&root, &root, &mut objects);
        objects.sort();
        objects
    }

    /// Puts an object into the bucket that no request brought.
    pub fn place(&self, key: &str, bytes: &[u8]) {
        let path = self.folder.path().join("buckets").join(NAME).join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The next request of this kind meets this fault, after those that were planned before.
    pub fn next(&self, act: Act, fault: Fault) {
        self.front.plan(act, fault);
    }

    /// Until `heal`, every request of these kinds meets this fault.
    pub fn always(&self, acts: &[Act], fault: Fault) {
        self.front.always(acts, fault);
    }

    /// Ends every fault, planned ones too.
    pub fn heal(&self) {
        self.front.heal();
    }

    /// Planned faults that no request has met.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.front.waiting()
    }

    /// Requests of this kind since the bucket was opened.
    #[must_use]
    pub fn requests(&self, act: Act) -> usize {
        self.front.requests(act)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // Answers that are held back for ever must not hold up the test.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Makes a certificate for loopback, and leaves it where a client finds it.
fn acceptor(authority_file: &Path) -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    fs::write(authority_file, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![made.cert.der().clone()], key).unwrap()))
}

async fn listen(listener: TcpListener, acceptor: Option<TlsAcceptor>, front: Arc<Front>) {
    while let Ok((socket, _)) = listener.accept().await {
        let (acceptor, front) = (acceptor.clone(), Arc::clone(&front));
        tokio::spawn(async move {
            match acceptor {
                // A client that does not trust the certificate hangs up.
                Some(acceptor) => {
                    if let Ok(socket) = acceptor.accept(socket).await {
                        serve(socket, front).await;
                    }
                }
                None => serve(socket, front).await,
            }
        });
    }
}

async fn serve(socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, front: Arc<Front>) {
    let service = hyper::service::service_fn(move |request| Arc::clone(&front).answer(request));
    // A connection that was cut on purpose ends with an error.
    drop(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).await);
}

fn collect(root: &Path, folder: &Path, objects: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, objects);
        } else {
            let key = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            objects.push((key, fs::read(&path).unwrap()));
        }
    }
}
