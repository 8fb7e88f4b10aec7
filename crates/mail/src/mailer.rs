//! The way to the mail server: connect, encrypt, sign in, hand over.

use std::error::Error;
use std::time::Duration;
use std::{io, iter};

use lettre::Address;
use lettre::address::Envelope;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use model::limits;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::clear::Clear;
use crate::config::{Encryption, MailConfig};
use crate::message::{Message, MessageError, address};

const CONNECT: Duration = Duration::from_secs(limits::MAIL_CONNECT_SECONDS_MAX);
const ALL: Duration = Duration::from_secs(limits::MAIL_SECONDS_MAX);
const PEM_START: &str = "-----BEGIN CERTIFICATE-----";

/// Hands messages to one mail server. Each goes over a connection of its own.
pub struct Mailer {
    config: MailConfig,
    from: Address,
    tls: TlsParameters,
}

/// The server has the message, and answers for it from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What the server said, which mostly names the message in its queue.
    pub answer: String,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("not the name of a mail server")]
    Host,
    #[error("an address that mail does not come from")]
    From,
    #[error("a user with control characters")]
    User,
    #[error("the mail server's authority holds no certificate")]
    NoAuthority,
    #[error("the mail server's authority cannot be used")]
    Authority(#[source] Box<dyn Error + Send + Sync>),
}

#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("the mail server was not reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    #[error("the mail server did not answer in time")]
    Slow,
    #[error("the mail server does not show that it is the one")]
    NotTrusted(#[source] Box<dyn Error + Send + Sync>),
    #[error("the mail server offers no encryption")]
    NoStartTls,
    #[error("the mail server offers no way to sign in that is known here")]
    NoWayToSignIn,
    #[error("the mail server let nobody sign in: {0}")]
    SignIn(u16),
    #[error("the mail server does not take the message: {0}")]
    Refused(u16),
    #[error("the message cannot be written down")]
    Message(#[source] MessageError),
}

/// Whether a message is worth sending again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Later: it may go then.
    Later,
    /// Not as it is, and not with this configuration.
    Never,
}

// === impl Mailer ===

impl Mailer {
    pub fn new(config: MailConfig) -> Result<Self, ConfigError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
        if config.host.is_empty() || !config.host.bytes().all(plain) {
            return Err(ConfigError::Host);
        }
        if config.sign_in.as_ref().is_some_and(|sign_in| sign_in.user.contains(char::is_control)) {
            return Err(ConfigError::User);
        }
        let from = address(&config.from).ok_or(ConfigError::From)?;
        let mut tls = TlsParameters::builder(config.host.clone());
        if let Some(pem) = &config.authority {
            if !pem.contains(PEM_START) {
                return Err(ConfigError::NoAuthority);
            }
            let authority = Certificate::from_pem(pem.as_bytes()).map_err(|error| ConfigError::Authority(error.into()))?;
            tls = tls.certificate_store(CertificateStore::None).add_root_certificate(authority);
        }
        let tls = tls.build().map_err(|error| ConfigError::Authority(error.into()))?;
        Ok(Self { config, from, tls })
    }

    /// Hands one message over. When this is given up in between, the server may have it all the same.
    pub async fn send(&self, message: &Message) -> Result<Accepted, MailError> {
        let bytes = message.bytes(&self.from).map_err(MailError::Message)?;
        let envelope = Envelope::new(Some(self.from.clone()), vec![message.to.clone()])
            .map_err(|_| MailError::Message(MessageError::Address))?;
        let deliver = async {
            let mut connection = self.connect().await?;
            self.sign_in(&mut connection).await?;
            let answer = connection.send(&envelope, &bytes).await.map_err(failure_of)?;
            Ok((connection, answer))
        };
        let (mut connection, answer) = timeout(ALL, deliver).await.map_err(|_| MailError::Slow)??;
        // The message is accepted: a goodbye that fails or takes long changes nothing.
        let _ = timeout(CONNECT, connection.quit()).await;
        Ok(Accepted { answer: printable(&answer) })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, MailError> {
        let server = (self.config.host.as_str(), self.config.port.unwrap_or(self.config.encryption.port()));
        let hello = ClientId::Domain(self.config.from.domain().to_owned());
        let connection = match self.config.encryption {
            Encryption::Implicit => {
                let tls = Some(self.tls.clone());
                AsyncSmtpConnection::connect_tokio1(server, Some(CONNECT), &hello, tls, None).await.map_err(failure_of)?
            }
            Encryption::StartTls => {
                let stream = timeout(CONNECT, TcpStream::connect(server)).await.map_err(|_| MailError::Slow)?;
                let stream = Box::new(Clear::new(stream.map_err(|error| MailError::Unreachable(error.into()))?));
                let mut connection = AsyncSmtpConnection::connect_with_transport(stream, &hello).await.map_err(failure_of)?;
                if !connection.can_starttls() {
                    return Err(MailError::NoStartTls);
                }
                connection.starttls(self.tls.clone(), &hello).await.map_err(failure_of)?;
                connection
            }
        };
        if connection.is_encrypted() { Ok(connection) } else { Err(MailError::NoStartTls) }
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection) -> Result<(), MailError> {
        let Some(sign_in) = &self.config.sign_in else { return Ok(()) };
        let credentials = Credentials::new(sign_in.user.clone(), sign_in.password.expose().to_owned());
        match connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_client() => Err(MailError::NoWayToSignIn),
            Err(error) => Err(match failure_of(error) {
                MailError::Refused(code) => MailError::SignIn(code),
                other => other,
            }),
        }
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("config", &self.config).finish_non_exhaustive()
    }
}

// === impl MailError ===

impl MailError {
    #[must_use]
    pub fn again(&self) -> Again {
        match self {
            // Whoever takes encryption away, or shows another certificate, may be gone later. Until then nothing is sent.
            Self::Unreachable(_) | Self::Slow | Self::NotTrusted(_) | Self::NoStartTls => Again::Later,
            Self::SignIn(code) | Self::Refused(code) if (400..500).contains(code) => Again::Later,
            Self::SignIn(_) | Self::Refused(_) | Self::NoWayToSignIn | Self::Message(_) => Again::Never,
        }
    }
}

/// What the server said in words may name people, so that only its number is kept.
fn failure_of(error: smtp::Error) -> MailError {
    if let Some(code) = error.status() {
        return MailError::Refused(code.into());
    }
    if error.is_timeout() {
        return MailError::Slow;
    }
    // TLS that fails comes as an error of reading.
    let mut causes = iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    let garbled = |cause: &io::Error| cause.kind() == io::ErrorKind::InvalidData;
    let untrusted = error.is_tls() || causes.any(|cause| cause.downcast_ref().is_some_and(garbled));
    if untrusted { MailError::NotTrusted(error.into()) } else { MailError::Unreachable(error.into()) }
}

fn printable(answer: &Response) -> String {
    let text = answer.message().collect::<Vec<_>>().join(" ");
    text.chars().filter(|c| !c.is_control()).take(limits::MAIL_ANSWER_CHARS_MAX).collect()
}
