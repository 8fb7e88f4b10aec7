//! Receives Fluent's forward protocol over TLS on a port of its own.
//!
//! Always holds: nothing is read of a sender but its answer to the greeting before it has shown that it holds the shared key
//! of a write key, or a registered certificate; records go to that key's source, and the key is asked again before each
//! commit; a chunk is acknowledged after it is durable, and only then. What cannot be stored now is held, and the connection is
//! not read on, so that the sender queues.

mod greeting;

use std::sync::Arc;
use std::time::Duration;

use audit::Actor;
use bytes::{Bytes, BytesMut};
use guard::{Stream, TlsFloor, TlsProfile};
use identity::{Credential, Permit, Refused, SharedKeyHolder, Write};
use ingest::DecodeError;
use ingest::forward::{self, Delivery, Framer};
use model::limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::app::App;
use crate::bodies::BodyShare;
use crate::caller::Caller;
use crate::failed_keys::TOO_MANY_FAILED_KEYS;
use crate::problem::Problem;
use crate::receiving::{self, BUSY_WAIT, Protocol, Unstored};

/// What messages hold, those that were not looked at, and what is wrong with one.
type Decoded = (Vec<Delivery>, Vec<Bytes>, Option<DecodeError>);

/// How often there may be no room for more of a message before its connection is closed.
const ROOM_WAITS: usize = 100;

/// Who sends, once it is known.
enum Sender {
    /// With what its host calls itself.
    Holder(SharedKeyHolder, String),
    Certificate(Credential),
}

/// One connection.
struct Connection {
    app: Arc<App>,
    stream: Stream,
    caller: Caller,
    framer: Framer,
    read: BytesMut,
}

/// Why a connection is closed by this side.
enum Ended {
    /// What came is at fault, or its sender is refused.
    Refused(Problem),
    /// The greeting was not answered in time.
    Late,
    /// There was no room for what came.
    Crowded,
    /// The other side ended it, or said nothing for too long.
    Gone,
    Stopping,
}

impl From<receiving::Stopping> for Ended {
    fn from(_: receiving::Stopping) -> Self {
        Self::Stopping
    }
}

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "Fluent's forward protocol",
    profile: TlsProfile { floor: TlsFloor::Tls13 },
    connections_max: limits::FORWARD_CONNECTIONS_MAX,
    connections_per_address_max: limits::FORWARD_CONNECTIONS_PER_ADDRESS_MAX,
};

/// Receives from one sender until something ends it.
pub(crate) async fn receive(app: Arc<App>, stream: Stream) {
    Connection::new(app, stream).run().await;
}

// === impl Sender ===

impl Sender {
    /// What names a chunk among all of a source: some name theirs by the content alone, which two hosts may share.
    fn delivery(&self, chunk: &str) -> String {
        match self {
            Self::Holder(_, host) => format!("{chunk}\n{host}"),
            Self::Certificate(_) => chunk.to_owned(),
        }
    }
}

// === impl Connection ===

impl Connection {
    fn new(app: Arc<App>, stream: Stream) -> Self {
        let caller = Caller::new(Some(&stream.peer), &app.request_id());
        let framer = Framer::new(limits::FORWARD_GREETING_BYTES_MAX);
        Self { app, stream, caller, framer, read: BytesMut::new() }
    }

    async fn run(mut self) {
        let ended = match self.greet().await {
            Ok(sender) => self.receive(&sender).await,
            Err(ended) => ended,
        };
        // Says that nothing follows; whoever does not take it is not waited for.
        let _ = timeout(BUSY_WAIT, self.stream.shutdown()).await;
        let code = match ended {
            Ended::Refused(problem) if problem.code == TOO_MANY_FAILED_KEYS => return,
            Ended::Refused(problem) => problem.code,
            Ended::Late => "forward_greeting_late",
            Ended::Crowded => "busy",
            Ended::Gone | Ended::Stopping => return,
        };
        tracing::warn!(request.id = %self.caller.request, peer.address = %self.stream.peer.addr, code, "a forward connection was closed");
    }

    /// Takes messages until something ends it.
    async fn receive(&mut self, sender: &Sender) -> Ended {
        self.framer = Framer::new(limits::FORWARD_MESSAGE_BYTES_MAX);
        let app = Arc::clone(&self.app);
        let source = self.permit(sender).ok().map(|permit| permit.scope().source);
        loop {
            let mut share = app.bodies.share();
            let taken = match self.messages(&mut share).await {
                Ok(messages) => self.take(sender, messages, &mut share).await,
                Err(ended) => Err(ended),
            };
            if let Err(ended) = taken {
                if let (Ended::Refused(problem), Some(source)) = (&ended, source) {
                    app.refusals.note_of(source, (&self.caller, || None), problem, app.clock.now());
                }
                return ended;
            }
        }
    }

    /// The messages that came whole, one at least.
    async fn messages(&mut self, share: &mut BodyShare) -> Result<Vec<Bytes>, Ended> {
        let mut messages = Vec::new();
        loop {
            let trouble = loop {
                match self.framer.whole(&self.read) {
                    Ok(Some(bytes)) => messages.push(self.read.split_to(bytes).freeze()),
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            match trouble {
                _ if !messages.is_empty() => return Ok(messages),
                Some(error) => return Err(Ended::Refused(error.into())),
                None => self.make_room(share).await?,
            }
            let idle = if self.read.is_empty() { limits::FORWARD_IDLE_SECONDS_MAX } else { limits::FORWARD_STALL_SECONDS_MAX };
            self.read_more(Duration::from_secs(idle)).await?;
        }
    }

    /// A place for the next bytes among all that is held.
    async fn make_room(&mut self, share: &mut BodyShare) -> Result<(), Ended> {
        match self.read.len() {
            0 => Ok(()),
            held => self.reach(share, held + limits::FORWARD_READ_BYTES).await,
        }
    }

    /// Room for so many bytes; whoever gets none for a while has to come again.
    async fn reach(&self, share: &mut BodyShare, bytes: usize) -> Result<(), Ended> {
        let mut waits = 0;
        while !share.try_reach(bytes) {
            waits += 1;
            if waits > ROOM_WAITS {
                return Err(Ended::Crowded);
            }
            receiving::wait(&self.stream.stopping, BUSY_WAIT).await?;
        }
        Ok(())
    }

    async fn read_more(&mut self, within: Duration) -> Result<(), Ended> {
        let mut stopping = self.stream.stopping.clone();
        self.read.reserve(limits::FORWARD_READ_BYTES);
        // No more at once than there is room for.
        let mut some = (&mut self.stream).take(limits::FORWARD_READ_BYTES as u64);
        tokio::select! {
            read = timeout(within, some.read_buf(&mut self.read)) => match read {
                Ok(Ok(bytes)) if bytes > 0 => Ok(()),
                Ok(_) | Err(_) => Err(Ended::Gone),
            },
            _ = stopping.wait_for(|stop| *stop) => Err(Ended::Stopping),
        }
    }

    async fn take(&mut self, sender: &Sender, mut messages: Vec<Bytes>, share: &mut BodyShare) -> Result<(), Ended> {
        while !messages.is_empty() {
            messages = self.take_some(sender, messages, share).await?;
        }
        Ok(())
    }

    async fn decode_some(&self, sender: &Sender, messages: Vec<Bytes>) -> Result<Decoded, Ended> {
        let source = self.permit(sender).map_err(|refused| Ended::Refused(refused.into()))?.scope().source;
        let place = self.app.bodies.decoder_in_turn(Some(source)).await.map_err(Ended::Refused)?;
        let decoding = tokio::task::spawn_blocking(move || {
            let _place = place;
            let (deliveries, read, trouble) = forward::decode_some(&messages);
            (deliveries, messages.get(read..).unwrap_or_default().to_vec(), trouble)
        });
        decoding.await.map_err(|error| Ended::Refused(Problem::internal(&error)))
    }

    /// Stores what the first messages hold, and gives the others back: they may be small, and what they become large.
    async fn take_some(&mut self, sender: &Sender, messages: Vec<Bytes>, share: &mut BodyShare) -> Result<Vec<Bytes>, Ended> {
        let (deliveries, rest, trouble) = loop {
            let decoded = self.decode_some(sender, messages.clone()).await?;
            let bytes = self.read.len() + decoded.0.iter().map(|delivery| delivery.records.len()).sum::<usize>();
            if share.try_reach(bytes) {
                break decoded;
            }
            // What came whole is not given up. While it waits it is not held decoded, nor a place: whoever has a place waits
            // for nothing, or two might wait for each other.
            drop(decoded);
            while !share.try_reach(bytes) {
                receiving::wait(&self.stream.stopping, BUSY_WAIT).await?;
            }
        };
        for delivery in deliveries {
            let Delivery { records, ack, name, .. } = delivery;
            let name = name.map(|name| sender.delivery(&name));
            self.store(sender, records.into(), name.as_deref()).await?;
            if let Some(ack) = ack {
                self.send(&ack).await?;
            }
        }
        trouble.map_or(Ok(rest), |error| Err(Ended::Refused(error.into())))
    }

    /// Comes back when the records are durable.
    async fn store(&self, sender: &Sender, records: Bytes, name: Option<&str>) -> Result<(), Ended> {
        if records.is_empty() {
            return Ok(());
        }
        let permit = || self.permit(sender);
        let stored = receiving::store((&self.app, &self.stream.stopping), permit, records, name).await;
        stored.map_err(|unstored| match unstored {
            Unstored::Denied(refused) => Ended::Refused(refused.into()),
            Unstored::Refused(problem) => Ended::Refused(problem),
            Unstored::Stopping => Ended::Stopping,
        })
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        let sending = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(Duration::from_secs(limits::WRITE_STALL_SECONDS_MAX), sending).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended::Gone),
        }
    }

    fn permit(&self, sender: &Sender) -> Result<Permit<Write>, Refused> {
        let deed = self.caller.deed(Actor::Stranger, self.app.clock.now());
        match sender {
            Sender::Holder(holder, _) => self.app.identity.authorize_holder(holder, &deed),
            Sender::Certificate(certificate) => self.app.identity.authorize_write(Some(certificate), None, &deed),
        }
    }
}
