//! What an operator can set: flags, each with an environment variable. There is no setting that turns TLS off.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use guard::TlsFloor;
use seal::{ObjectPath, S3Config, S3Credentials};
use zeroize::Zeroizing;

use crate::contacts::ContactArgs;

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// The data folder; made when it is not there
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data")]
    pub(crate) data: PathBuf,
    /// Where to listen, as HOST:PORT
    #[arg(long, env = "BLOCKHOUSE_LISTEN", default_value = "localhost:8443", value_parser = listen_address)]
    pub(crate) listen: SocketAddr,
    /// Where to listen for syslog over TLS, as HOST:PORT, mostly with port 6514. Default: nowhere
    #[arg(long, env = "BLOCKHOUSE_SYSLOG_LISTEN", value_parser = listen_address)]
    pub(crate) syslog_listen: Option<SocketAddr>,
    /// Where to listen for Fluent's forward protocol over TLS, as HOST:PORT, mostly with port 24224. Default: nowhere
    #[arg(long, env = "BLOCKHOUSE_FORWARD_LISTEN", value_parser = listen_address)]
    pub(crate) forward_listen: Option<SocketAddr>,
    /// Where people reach this server, as https://NAME:PORT or https://NAME; passkeys are bound to the name. Default: localhost
    #[arg(long, env = "BLOCKHOUSE_URL", value_parser = origin)]
    pub(crate) url: Option<String>,
    /// A host at a private address that tenants may have their audit trails carried to and alerts told to, and looked at for
    /// their own pages; with an address, that is where pages find it. Several times, or with commas
    #[arg(
        long = "private-host",
        env = "BLOCKHOUSE_PRIVATE_HOSTS",
        value_delimiter = ',',
        value_name = "HOST[=ADDRESS:PORT]",
        value_parser = PrivateHost::parse
    )]
    pub(crate) private_hosts: Vec<PrivateHost>,
    /// Certificates (PEM) of the authorities that vouch for private hosts on tenants' pages. Default: those that this machine
    /// trusts
    #[arg(long, env = "BLOCKHOUSE_PRIVATE_CA", value_name = "FILE")]
    pub(crate) private_ca: Option<PathBuf>,
    /// A folder outside of the data folder that tenants may have daily archives written to, encrypted to a key of theirs, each
    /// below a folder of its own. Default: none
    #[arg(long, env = "BLOCKHOUSE_ARCHIVE_FOLDER", value_name = "DIR")]
    pub(crate) archive_folder: Option<PathBuf>,
    /// Who speaks on the security page at /security
    #[arg(long, env = "BLOCKHOUSE_PUBLISHER", default_value = "this installation")]
    pub(crate) publisher: String,
    /// A TOML file that says which claims are published: `claims`, `withheld`, `embargo-hours`. Default: all that are checked
    #[arg(long, env = "BLOCKHOUSE_OVERVIEW", value_name = "FILE")]
    pub(crate) overview: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) contact: ContactArgs,
    #[command(flatten)]
    pub(crate) tls: TlsConfig,
    #[command(flatten)]
    pub(crate) objects: ObjectsConfig,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TlsConfig {
    /// Your own certificate chain in PEM; reloaded when the file changes. Default: a local authority's, for localhost only
    #[arg(long, env = "BLOCKHOUSE_TLS_CERTIFICATE", requires = "tls_key")]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key of the certificate in PEM
    #[arg(long, env = "BLOCKHOUSE_TLS_KEY", requires = "tls_certificate")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Also speak TLS 1.2, for clients that cannot do better
    #[arg(long, env = "BLOCKHOUSE_TLS12")]
    pub(crate) tls12: bool,
}

/// Where sealed objects lie: the data folder, or a bucket.
#[derive(Debug, Args)]
pub(crate) struct ObjectsConfig {
    /// Keep sealed objects in this S3 bucket instead of the data folder
    #[arg(long, env = "BLOCKHOUSE_S3_BUCKET")]
    s3_bucket: Option<String>,
    /// The S3 service, as https://host; default: AWS
    #[arg(long, env = "BLOCKHOUSE_S3_ENDPOINT", requires = "s3_bucket")]
    s3_endpoint: Option<String>,
    #[arg(long, env = "BLOCKHOUSE_S3_REGION", default_value = "us-east-1")]
    s3_region: String,
    /// A folder in the bucket
    #[arg(long, env = "BLOCKHOUSE_S3_PREFIX", requires = "s3_bucket")]
    s3_prefix: Option<String>,
    #[arg(long, env = "AWS_ACCESS_KEY_ID", hide_env_values = true, hide = true)]
    s3_access_key_id: Option<String>,
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true, hide = true)]
    s3_secret_access_key: Option<String>,
    #[arg(long, env = "AWS_SESSION_TOKEN", hide_env_values = true, hide = true)]
    s3_session_token: Option<String>,
    /// A certificate authority to trust for the bucket, in PEM
    #[arg(long, env = "BLOCKHOUSE_S3_CA", requires = "s3_endpoint")]
    s3_ca_file: Option<PathBuf>,
    /// Speak plain HTTP to the bucket: what is stored is sealed, but who stores when can be seen
    #[arg(long, requires = "s3_endpoint")]
    dangerous_s3_plaintext: bool,
}

/// A host that may lie at a private address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PrivateHost {
    pub(crate) name: String,
    /// Where pages find it, if its name does not lead there.
    pub(crate) placed: Option<SocketAddr>,
}

/// What people call this server.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// Such as `https://logs.example:8443`.
    pub(crate) origin: String,
    pub(crate) name: String,
}

// === impl Site ===

impl Site {
    pub(crate) fn local(port: u16) -> Self {
        Self { origin: format!("https://localhost:{port}"), name: "localhost".to_owned() }
    }
}

// === impl PrivateHost ===

impl PrivateHost {
    fn parse(text: &str) -> Result<Self, String> {
        let (name, placed) = match text.split_once('=') {
            None => (text, None),
            Some((name, address)) => {
                let placed = address.parse().map_err(|_| "expected HOST=ADDRESS:PORT, such as app.example.com=10.0.0.5:443")?;
                (name, Some(placed))
            }
        };
        if name.is_empty() || name.contains([':', '/']) {
            return Err("a host is a name, without scheme and port".to_owned());
        }
        Ok(Self { name: name.to_owned(), placed })
    }
}

// === impl UpArgs ===

impl UpArgs {
    pub(crate) fn site(&self) -> Site {
        let Some(origin) = &self.url else { return Site::local(self.listen.port()) };
        let host = origin.trim_start_matches("https://");
        Site { origin: origin.clone(), name: host.split(':').next().unwrap_or(host).to_owned() }
    }
}

impl UpArgs {
    /// The folder for archives, made where it is missing. Nothing that is not sealed lies in the data folder.
    pub(crate) fn archive_folder(&self) -> anyhow::Result<Option<PathBuf>> {
        let Some(folder) = &self.archive_folder else { return Ok(None) };
        let shown = folder.display();
        fs::create_dir_all(folder).with_context(|| format!("could not make the folder for archives {shown}"))?;
        let folder = folder.canonicalize().with_context(|| format!("could not use the folder for archives {shown}"))?;
        let data = self.data.canonicalize().with_context(|| format!("could not use {}", self.data.display()))?;
        if folder.starts_with(&data) || data.starts_with(&folder) {
            anyhow::bail!("the folder for archives and the data folder may not lie in each other");
        }
        Ok(Some(folder))
    }
}

// === impl TlsConfig ===

impl TlsConfig {
    pub(crate) fn floor(&self) -> TlsFloor {
        if self.tls12 { TlsFloor::Tls12 } else { TlsFloor::Tls13 }
    }
}

// === impl ObjectsConfig ===

impl ObjectsConfig {
    /// The bucket, if objects lie in one.
    pub(crate) fn s3(&self) -> Option<anyhow::Result<S3Config>> {
        self.s3_bucket.as_ref().map(|bucket| self.bucket(bucket))
    }

    /// Whether the bucket is spoken to in clear.
    pub(crate) fn is_plaintext(&self) -> bool {
        self.dangerous_s3_plaintext
    }

    fn bucket(&self, bucket: &str) -> anyhow::Result<S3Config> {
        let access_key_id = self.s3_access_key_id.clone().context("a bucket needs AWS_ACCESS_KEY_ID in the environment")?;
        let secret = self.s3_secret_access_key.clone().context("a bucket needs AWS_SECRET_ACCESS_KEY in the environment")?;
        let folder = self.s3_prefix.as_deref().map(ObjectPath::parse).transpose().context("the folder in the bucket")?;
        let authority = self.s3_ca_file.as_ref().map(fs::read).transpose().context("the certificate authority of the bucket")?;
        Ok(S3Config {
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            bucket: bucket.to_owned(),
            folder,
            credentials: S3Credentials {
                access_key_id,
                secret_access_key: Zeroizing::new(secret),
                session_token: self.s3_session_token.clone().map(Zeroizing::new),
            },
            authority,
            dangerous_plaintext: self.dangerous_s3_plaintext,
        })
    }
}

fn origin(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").map(|rest| rest.trim_end_matches('/'));
    let named = host.filter(|host| !host.is_empty() && !host.contains('/') && host.parse::<SocketAddr>().is_err());
    named.map(|host| format!("https://{host}")).ok_or_else(|| "expected https://NAME or https://NAME:PORT".to_owned())
}

fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<SocketAddr> = text.to_socket_addrs().map_err(|error| format!("expected HOST:PORT: {error}"))?.collect();
    // A name such as localhost has two addresses; clients try both, so the one that every machine has is taken.
    let preferred = found.iter().find(|address| address.is_ipv4()).or(found.first());
    preferred.copied().ok_or_else(|| "the host has no address".to_owned())
}
