//! Receives syslog over TLS (RFC 5425) on a port of its own.
//!
//! Always holds: a message goes to the source of the key in it, or of the certificate that its sender presented; where there
//! are both they name the same source. One with neither, or with one that does not count, ends its connection, and nothing
//! of it is kept. What cannot be stored now is held, and the connection is not read on, so that the sender queues.

use std::sync::Arc;
use std::time::Duration;

use audit::Actor;
use futures_util::FutureExt;
use guard::{Stream, TlsFloor, TlsProfile};
use identity::{Credential, Permit, Refused, Write};
use ingest::syslog::{self, Element, FramingError};
use ingest::text::LineParser;
use model::{SourceId, limits};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use crate::app::App;
use crate::bodies::BodyShare;
use crate::caller::Caller;
use crate::receiving::{self, Protocol, Unstored};

/// Bytes of one read.
const READ_BYTES: usize = 16 << 10;
/// Of one key's messages, among those that came last: whoever gives each message a key of its own is not compared with all.
const GROUPS_LOOKED_AT: usize = 16;

/// One sender.
struct Connection {
    app: Arc<App>,
    stream: Stream,
    caller: Caller,
    /// What one read fills.
    chunk: Box<[u8]>,
    /// What was read and is no whole message yet.
    read: Vec<u8>,
    /// Of what all bodies hold, for what was read beyond a little.
    share: BodyShare,
    /// Whether a message of it was stored.
    known: bool,
}

/// Messages of one key, as records.
struct Group {
    element: Option<Element>,
    records: Vec<u8>,
    messages: usize,
}

/// Why a connection is closed by this side.
enum Ended {
    Framing(FramingError),
    Refused(Refused),
    /// A key and a certificate that name two sources.
    Contradiction,
    /// The server stops.
    Stopping,
}

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "syslog",
    // Its senders are old and many.
    profile: TlsProfile { floor: TlsFloor::Tls12 },
    connections_max: limits::SYSLOG_CONNECTIONS_MAX,
    connections_per_address_max: limits::SYSLOG_CONNECTIONS_PER_ADDRESS_MAX,
};

/// Receives from one sender until something ends it.
pub(crate) async fn receive(app: Arc<App>, stream: Stream) {
    Connection::new(app, stream).run().await;
}

// === impl Connection ===

impl Connection {
    fn new(app: Arc<App>, stream: Stream) -> Self {
        let caller = Caller::new(Some(&stream.peer), &app.request_id());
        let (chunk, share) = (vec![0; READ_BYTES].into(), app.bodies.share());
        Self { app, stream, caller, chunk, read: Vec::new(), share, known: false }
    }

    async fn run(mut self) {
        loop {
            let more = self.receive().await;
            let stored = self.take(more).await;
            if let Err(ended) = stored {
                return self.tell(&ended);
            }
            if !more {
                return;
            }
        }
    }

    /// Reads what is there, and waits where that is nothing; false once nothing more comes.
    async fn receive(&mut self) -> bool {
        let seconds = if self.known { limits::SYSLOG_IDLE_SECONDS_MAX } else { limits::SYSLOG_FIRST_SECONDS_MAX };
        let mut stopping = self.stream.stopping.clone();
        let before = self.read.len();
        if *stopping.borrow() || !self.receive_ready() {
            return false;
        }
        if self.read.len() > before {
            return true;
        }
        self.give_back();
        let read = tokio::select! {
            read = timeout(Duration::from_secs(seconds), self.stream.read(&mut self.chunk)) => read,
            _ = stopping.wait_for(|stop| *stop) => return false,
        };
        let Ok(Ok(bytes @ 1..)) = read else { return false };
        self.read.extend_from_slice(&self.chunk[..bytes]);
        self.receive_ready()
    }

    /// Reads what has come already: a read gives a message or a few, and to store a group costs as much as many of them.
    /// More than a little is gathered where all bodies together leave room for it.
    fn receive_ready(&mut self) -> bool {
        while self.read.len() < limits::SYSLOG_GATHERED_BYTES_MAX {
            if self.read.len() >= limits::SYSLOG_READ_BYTES && !self.share.try_reach(self.read.len() + READ_BYTES) {
                break;
            }
            match self.stream.read(&mut self.chunk).now_or_never() {
                Some(Ok(0) | Err(_)) => return false,
                Some(Ok(bytes)) => self.read.extend_from_slice(&self.chunk[..bytes]),
                None => break,
            }
        }
        true
    }

    /// Whoever waits for more holds no more than a little.
    fn give_back(&mut self) {
        self.share = self.app.bodies.share();
        self.read.shrink_to(limits::SYSLOG_READ_BYTES);
    }

    /// Stores every whole message that was read. What comes before one that is at fault is stored all the same.
    async fn take(&mut self, more: bool) -> Result<(), Ended> {
        let parser = LineParser::new(self.app.clock.now());
        let (mut groups, mut at) = (Vec::<Group>::new(), 0);
        let framed = loop {
            match syslog::next_message(&self.read[at..]) {
                Ok(Some((message, bytes))) => {
                    Group::add(&mut groups, &parser, message);
                    at += bytes;
                }
                Ok(None) => break Ok(()),
                Err(error) => break Err(Ended::Framing(error)),
            }
        };
        if let (false, Ok(()), Some(message)) = (more, &framed, syslog::last_message(&self.read[at..])) {
            Group::add(&mut groups, &parser, message);
        }
        self.read.drain(..at);
        for group in groups.into_iter().filter(|group| group.messages > 0) {
            self.store(group).await?;
        }
        framed
    }

    async fn store(&mut self, group: Group) -> Result<(), Ended> {
        let Group { element, records, messages } = group;
        let permit = || self.permit(element.as_ref());
        match receiving::store((&self.app, &self.stream.stopping), permit, records.into(), None).await {
            Ok(()) => self.known = true,
            Err(Unstored::Denied(ended)) => return Err(ended),
            Err(Unstored::Stopping) => return Err(Ended::Stopping),
            Err(Unstored::Refused(problem)) => {
                let app = &self.app;
                if let Ok(permit) = permit() {
                    app.refusals.note_of(permit.scope().source, (&self.caller, || None), &problem, app.clock.now());
                }
                tracing::warn!(code = problem.code, messages, "syslog messages cannot be stored and are dropped");
            }
        }
        Ok(())
    }

    /// Asked for each group: a key that is revoked opens nothing from then on.
    fn permit(&self, element: Option<&Element>) -> Result<Permit<Write>, Ended> {
        let deed = self.caller.deed(Actor::Stranger, self.app.clock.now());
        let authorize = |credential: Option<&Credential>, source: Option<SourceId>| {
            self.app.identity.authorize_write(credential, source, &deed).map_err(Ended::Refused)
        };
        let certificate = self.stream.certificate.as_ref().map(|certificate| certificate.fingerprint());
        let certificate = certificate.map(Credential::from_certificate);
        let Some(element) = element else { return authorize(certificate.as_ref(), None) };
        let key =
            Credential::from_key(&element.key).inspect_err(|_| self.app.identity.note_stranger()).map_err(Ended::Refused)?;
        let source = element.source.as_deref().map(SourceId::parse).transpose();
        let source = source.map_err(|_| Ended::Refused(Refused::WrongSource))?;
        let permit = authorize(Some(&key), source)?;
        match certificate.map(|certificate| authorize(Some(&certificate), None)) {
            // A certificate that is of no source says nothing: senders have them for other servers too.
            None | Some(Err(_)) => Ok(permit),
            Some(Ok(other)) if other.scope() == permit.scope() => Ok(permit),
            Some(Ok(_)) => Err(Ended::Contradiction),
        }
    }

    fn tell(&self, ended: &Ended) {
        let peer = self.stream.peer.addr;
        if let Ended::Refused(refused) = ended
            && self.app.is_one_too_many(peer.ip(), refused)
        {
            return;
        }
        let code = match ended {
            Ended::Framing(error) => error.code(),
            Ended::Refused(refused) => refused.code(),
            Ended::Contradiction => "key_and_certificate_disagree",
            Ended::Stopping => "stopping",
        };
        tracing::warn!(request.id = %self.caller.request, peer.address = %peer, code, "a syslog connection was closed");
    }
}

// === impl Group ===

impl Group {
    /// Adds a message to those of the same key.
    fn add(groups: &mut Vec<Self>, parser: &LineParser, message: &[u8]) {
        let element = syslog::element(parser, message);
        let looked_at = groups.len().saturating_sub(GROUPS_LOOKED_AT);
        let place = groups[looked_at..].iter().position(|group| group.element == element).map(|place| looked_at + place);
        let place = place.unwrap_or_else(|| {
            groups.push(Self { element, records: Vec::new(), messages: 0 });
            groups.len() - 1
        });
        let group = &mut groups[place];
        let before = group.records.len();
        syslog::write(parser, message, &mut group.records);
        group.messages += usize::from(group.records.len() > before);
    }
}
