//! A bucket of any S3-compatible object store.
//!
//! Always holds: requests are signed and go over TLS, unless the configuration says `dangerous_plaintext`; tries and
//! times are bounded. Only sealed bytes are sent. Logs are refused: a journal needs a disk that can append.

use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt;
use model::limits;
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path as RemotePath;
use object_store::{BackoffConfig, Certificate, ClientOptions, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use super::{Disk, DiskError, Foreign, LogFile, PutMode};
use crate::path::ObjectPath;

mod answer;

use answer::{DELETE, FIND, LIST, READ, Refusal, STORE};

/// Tries of a change, each with the client's own retries of what it may repeat.
const CHANGE_TRIES_MAX: u32 = 3;

pub struct S3Disk {
    store: Arc<AmazonS3>,
    folder: Option<ObjectPath>,
    /// Before a change is tried again; longer each time.
    pause: Duration,
    /// Taken only by `drop`.
    runtime: Option<Runtime>,
}

#[derive(Debug)]
pub struct S3Config {
    /// `https://…`; none means Amazon's own for the region.
    pub endpoint: Option<String>,
    pub region: String,
    pub bucket: String,
    /// The folder in the bucket that this disk is.
    pub folder: Option<ObjectPath>,
    pub credentials: S3Credentials,
    /// A certificate authority to trust besides the system's, as PEM.
    pub authority: Option<Vec<u8>>,
    /// Lets an endpoint be `http://`. Then anyone on the way sees names and sealed bytes, and can replay requests.
    pub dangerous_plaintext: bool,
}

/// How long the disk waits, and how often it tries.
#[derive(Debug, Clone)]
struct Patience {
    connect: Duration,
    request: Duration,
    retries: usize,
    retry_for: Duration,
    backoff: BackoffConfig,
}

pub struct S3Credentials {
    pub access_key_id: String,
    pub secret_access_key: Zeroizing<String>,
    pub session_token: Option<Zeroizing<String>>,
}

// === impl S3Disk ===

impl S3Disk {
    pub fn open(config: &S3Config) -> Result<Self, DiskError> {
        Self::open_with(config, &Patience::default())
    }

    fn open_with(config: &S3Config, patience: &Patience) -> Result<Self, DiskError> {
        let mut client = ClientOptions::new()
            .with_allow_http(config.dangerous_plaintext)
            .with_connect_timeout(patience.connect)
            .with_timeout(patience.request);
        if let Some(authority) = &config.authority {
            client = client.with_root_certificate(Certificate::from_pem(authority).map_err(|e| remote("be set up", e))?);
        }
        let mut builder = AmazonS3Builder::new()
            .with_region(&config.region)
            .with_bucket_name(&config.bucket)
            .with_access_key_id(&config.credentials.access_key_id)
            .with_secret_access_key(config.credentials.secret_access_key.as_str())
            .with_client_options(client)
            // One object at a time is deleted; the bulk request is not known to every store.
            .with_disable_bulk_delete(true)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_retry(RetryConfig {
                backoff: patience.backoff.clone(),
                max_retries: patience.retries,
                retry_timeout: patience.retry_for,
            });
        if let Some(endpoint) = &config.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(token) = &config.credentials.session_token {
            builder = builder.with_token(token.as_str());
        }
        let store = Arc::new(builder.build().map_err(|e| remote("be set up", e))?);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("s3").enable_all().build()?;
        Ok(Self { store, folder: config.folder.clone(), pause: patience.backoff.init_backoff, runtime: Some(runtime) })
    }

    /// Runs a request on the disk's own runtime and waits for it. Unlike `block_on`, this may be called anywhere.
    fn wait<T: Send + 'static>(
        &self,
        operation: &'static str,
        request: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<T, DiskError> {
        let (done, answer) = mpsc::sync_channel(1);
        let runtime = self.runtime.as_ref().ok_or_else(|| remote(operation, "it is shut down"))?;
        runtime.spawn(async move {
            // Whoever waited has gone only if it panicked.
            let _ = done.send(request.await);
        });
        match answer.recv() {
            Ok(result) => result.map_err(|error| answer::meaning(operation, &error)),
            Err(_) => Err(remote(operation, "the request was dropped")),
        }
    }

    /// Repeats a change whose answer was lost: made twice it is the same, which the client does not know.
    fn insist(&self, operation: &'static str, mut change: impl FnMut() -> Result<(), DiskError>) -> Result<(), DiskError> {
        let mut tries = 1;
        loop {
            match change() {
                Err(DiskError::Remote { source, .. }) if tries < CHANGE_TRIES_MAX && !source.is::<Refusal>() => {}
                done => return done,
            }
            let pause = self.pause * (1 << tries);
            self.wait(operation, async move {
                tokio::time::sleep(pause).await;
                Ok(())
            })?;
            tries += 1;
        }
    }

    fn put_once(&self, path: &ObjectPath, payload: Bytes, mode: PutMode) -> Result<(), DiskError> {
        let (store, location) = (Arc::clone(&self.store), self.locate(path.as_str()));
        self.wait(STORE, async move { store.put_opts(&location, payload.into(), mode.of_store().into()).await }).map(drop)
    }

    /// Whether the object is these bytes; none if there is no object.
    fn holds(&self, path: &ObjectPath, bytes: &[u8]) -> Result<Option<bool>, DiskError> {
        let length = bytes.len() as u64;
        match self.size(path).and_then(|size| Ok(size == length && self.read(path, 0..length)? == bytes)) {
            Err(DiskError::NotFound) => Ok(None),
            same => same.map(Some),
        }
    }

    fn list_raw(&self, prefix: &str) -> Result<Vec<ObjectMeta>, DiskError> {
        let (store, folder) = (Arc::clone(&self.store), self.locate(prefix));
        self.wait(LIST, async move { store.list(Some(&folder)).try_collect::<Vec<_>>().await })
    }

    fn locate(&self, path: &str) -> RemotePath {
        match &self.folder {
            Some(folder) => RemotePath::from(format!("{folder}/{path}")),
            None => RemotePath::from(path),
        }
    }

    /// The path of a listed object, unless it is foreign.
    fn relative(&self, location: &RemotePath) -> Option<ObjectPath> {
        let text = location.as_ref();
        let text = match &self.folder {
            Some(folder) => text.strip_prefix(folder.as_str())?.strip_prefix('/')?,
            None => text,
        };
        ObjectPath::parse(text).ok()
    }
}

impl Disk for S3Disk {
    fn put(&self, path: &ObjectPath, bytes: &[u8], mode: PutMode) -> Result<(), DiskError> {
        let payload = Bytes::copy_from_slice(bytes);
        self.insist(STORE, || match self.put_once(path, payload.clone(), mode) {
            Err(DiskError::AlreadyExists) => match self.holds(path, bytes)? {
                // A try whose answer was lost makes the next one find its own object. The salt makes equal bytes a proof.
                Some(true) => Ok(()),
                Some(false) => Err(DiskError::AlreadyExists),
                // S3 refuses one of two writes under way with a conflict before either has won.
                None => Err(remote(STORE, "another write of it was under way")),
            },
            stored => stored,
        })
    }

    fn read(&self, path: &ObjectPath, range: Range<u64>) -> Result<Vec<u8>, DiskError> {
        let length = range.end.checked_sub(range.start).ok_or_else(DiskError::past_end)?;
        if length == 0 {
            return if range.end <= self.size(path)? { Ok(Vec::new()) } else { Err(DiskError::past_end()) };
        }
        let (store, location) = (Arc::clone(&self.store), self.locate(path.as_str()));
        let bytes = self.wait(READ, async move { store.get_range(&location, range).await })?;
        if bytes.len() as u64 != length {
            return Err(DiskError::past_end());
        }
        Ok(Vec::from(bytes))
    }

    fn size(&self, path: &ObjectPath) -> Result<u64, DiskError> {
        let (store, location) = (Arc::clone(&self.store), self.locate(path.as_str()));
        match self.wait(FIND, async move { store.head(&location).await }) {
            // Only the answer to a GET says whether it is the object that is missing, or the bucket.
            Err(DiskError::NotFound) => {
                let (store, location) = (Arc::clone(&self.store), self.locate(path.as_str()));
                let first_byte = GetOptions::new().with_range(Some(0..1));
                Ok(self.wait(READ, async move { store.get_opts(&location, first_byte).await })?.meta.size)
            }
            found => Ok(found?.size),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<(ObjectPath, u64)>, DiskError> {
        if !prefix.is_empty() && ObjectPath::parse(prefix).is_err() {
            return Err(DiskError::invalid_prefix());
        }
        let listed = self.list_raw(prefix)?;
        let mut found: Vec<_> = listed.iter().filter_map(|o| Some((self.relative(&o.location)?, o.size))).collect();
        found.sort();
        Ok(found)
    }

    fn foreign(&self) -> Result<Vec<Foreign>, DiskError> {
        let listed = self.list_raw("")?;
        let foreign = listed.iter().filter(|object| self.relative(&object.location).is_none());
        Ok(foreign.map(|object| Foreign { path: object.location.to_string(), written: None }).collect())
    }

    fn delete(&self, path: &ObjectPath) -> Result<(), DiskError> {
        self.insist(DELETE, || {
            let (store, location) = (Arc::clone(&self.store), self.locate(path.as_str()));
            match self.wait(DELETE, async move { store.delete(&location).await }) {
                Err(DiskError::NotFound) => Ok(()),
                deleted => deleted,
            }
        })
    }

    /// What an object store shows is stored.
    fn sync(&self, path: &ObjectPath) -> Result<(), DiskError> {
        self.size(path).map(drop)
    }

    fn create_log(&self, _path: &ObjectPath) -> Result<Box<dyn LogFile>, DiskError> {
        Err(remote("open a log", "an object store cannot append; journals need a local disk"))
    }
}

impl Drop for S3Disk {
    fn drop(&mut self) {
        // A runtime dropped on another runtime's thread would panic while it waits for its own.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for S3Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Disk").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S3Credentials(..)")
    }
}

// === impl Patience ===

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(limits::REMOTE_CONNECT_SECONDS_MAX),
            request: Duration::from_secs(limits::REMOTE_REQUEST_SECONDS_MAX),
            retries: limits::REMOTE_RETRIES_MAX,
            retry_for: Duration::from_secs(limits::REMOTE_RETRY_SECONDS_MAX),
            backoff: BackoffConfig::default(),
        }
    }
}

// === impl PutMode ===

impl PutMode {
    fn of_store(self) -> object_store::PutMode {
        match self {
            Self::Create => object_store::PutMode::Create,
            Self::Replace => object_store::PutMode::Overwrite,
        }
    }
}

fn remote(operation: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> DiskError {
    DiskError::Remote { operation, source: source.into() }
}

#[cfg(test)]
mod tests;
