//! What happened at the edge since it was bound, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts up while the edge runs. Read through `counts`.
#[derive(Debug, Default)]
pub struct EdgeCounters {
    accepted: AtomicU64,
    refused_over_cap: AtomicU64,
    handshake_failed: AtomicU64,
    handshake_timeout: AtomicU64,
    tls_incompatible: AtomicU64,
    plain_http: AtomicU64,
    tls13: AtomicU64,
    tls12: AtomicU64,
    http1: AtomicU64,
    http2: AtomicU64,
    slow_headers: AtomicU64,
    idle_closed: AtomicU64,
    write_stalled: AtomicU64,
    open: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EdgeCounts {
    /// Connections taken from the system.
    pub accepted: u64,
    /// Of these, closed at once because the node or their address had too many.
    pub refused_over_cap: u64,
    /// Handshakes that failed for another reason than the next two.
    pub handshake_failed: u64,
    pub handshake_timeout: u64,
    /// Handshakes without a common protocol version, group or suite: mostly clients that are too old.
    pub tls_incompatible: u64,
    /// Plain HTTP sent to the TLS port.
    pub plain_http: u64,
    /// Handshakes that succeeded, by TLS version.
    pub tls13: u64,
    pub tls12: u64,
    /// The same by HTTP version.
    pub http1: u64,
    pub http2: u64,
    /// Connections cut because a request's headers took too long.
    pub slow_headers: u64,
    /// Connections closed because nothing was under way on them.
    pub idle_closed: u64,
    /// Connections cut because their client did not take an answer.
    pub write_stalled: u64,
    /// Connections that are open now.
    pub open: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Accepted,
    RefusedOverCap,
    HandshakeFailed,
    HandshakeTimeout,
    TlsIncompatible,
    PlainHttp,
    Tls13,
    Tls12,
    Http1,
    Http2,
    SlowHeaders,
    IdleClosed,
    WriteStalled,
}

// === impl EdgeCounters ===

impl EdgeCounters {
    #[must_use]
    pub fn counts(&self) -> EdgeCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        EdgeCounts {
            accepted: read(&self.accepted),
            refused_over_cap: read(&self.refused_over_cap),
            handshake_failed: read(&self.handshake_failed),
            handshake_timeout: read(&self.handshake_timeout),
            tls_incompatible: read(&self.tls_incompatible),
            plain_http: read(&self.plain_http),
            tls13: read(&self.tls13),
            tls12: read(&self.tls12),
            http1: read(&self.http1),
            http2: read(&self.http2),
            slow_headers: read(&self.slow_headers),
            idle_closed: read(&self.idle_closed),
            write_stalled: read(&self.write_stalled),
            open: read(&self.open),
        }
    }

    pub(crate) fn count(&self, event: Event) {
        let counter = match event {
            Event::Accepted => &self.accepted,
            Event::RefusedOverCap => &self.refused_over_cap,
            Event::HandshakeFailed => &self.handshake_failed,
            Event::HandshakeTimeout => &self.handshake_timeout,
            Event::TlsIncompatible => &self.tls_incompatible,
            Event::PlainHttp => &self.plain_http,
            Event::Tls13 => &self.tls13,
            Event::Tls12 => &self.tls12,
            Event::Http1 => &self.http1,
            Event::Http2 => &self.http2,
            Event::SlowHeaders => &self.slow_headers,
            Event::IdleClosed => &self.idle_closed,
            Event::WriteStalled => &self.write_stalled,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn opened(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn closed(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}
