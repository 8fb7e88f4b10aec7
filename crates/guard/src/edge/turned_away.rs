//! Connections that end before TLS is there: why, for whoever set up a client and sees nothing of it arrive.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use rustls::{AlertDescription, Error};

use crate::counters::Event;

/// A connection that was turned away before anything could be asked on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnedAway {
    /// An IPv4 address that came mapped into IPv6 is unmapped.
    pub peer: SocketAddr,
    pub reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    PlainHttp,
    /// It began with something that is neither TLS nor HTTP.
    NotTls,
    /// No common version, group or suite.
    Incompatible,
    /// The client says that it does not trust the certificate, with this alert of TLS.
    Distrusted(Alert),
    /// The client gave up with another alert.
    GaveUp(Alert),
    /// It ended, or broke, without a word.
    Broken,
}

/// An alert of TLS (RFC 8446, section 6.2), by its number; shown by its name where it is of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert(u8);

/// Is told of each; must not block.
pub type Tell = dyn Fn(TurnedAway) + Send + Sync;

// === impl Reason ===

impl Reason {
    pub(super) fn of(error: &io::Error) -> Self {
        match error.get_ref().and_then(|error| error.downcast_ref()) {
            Some(Error::PeerIncompatible(_) | Error::AlertReceived(AlertDescription::ProtocolVersion)) => Self::Incompatible,
            Some(Error::AlertReceived(alert)) => {
                let told = Alert(u8::from(*alert));
                if told.name().is_some() { Self::Distrusted(told) } else { Self::GaveUp(told) }
            }
            Some(Error::InvalidMessage(_)) => Self::NotTls,
            Some(_) => Self::Broken,
            None if error.kind() == io::ErrorKind::InvalidData => Self::NotTls,
            None => Self::Broken,
        }
    }

    pub(super) fn event(self) -> Event {
        match self {
            Self::PlainHttp => Event::PlainHttp,
            Self::Incompatible => Event::TlsIncompatible,
            Self::NotTls | Self::Distrusted(_) | Self::GaveUp(_) | Self::Broken => Event::HandshakeFailed,
        }
    }
}

// === impl Alert ===

impl Alert {
    /// Of those with which clients refuse a certificate.
    fn name(self) -> Option<&'static str> {
        Some(match AlertDescription::from(self.0) {
            AlertDescription::BadCertificate => "bad_certificate",
            AlertDescription::UnsupportedCertificate => "unsupported_certificate",
            AlertDescription::CertificateRevoked => "certificate_revoked",
            AlertDescription::CertificateExpired => "certificate_expired",
            AlertDescription::CertificateUnknown => "certificate_unknown",
            AlertDescription::UnknownCA => "unknown_ca",
            _ => return None,
        })
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "alert {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests;
