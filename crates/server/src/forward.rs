//! Receives Fluent's forward protocol over TLS on a port of its own.
//!
//! Always holds: nothing is read of a sender but its answer to the greeting before it has shown that it holds the shared key
//! of a write key, or a registered certificate; records go to that key's source, and the key is asked again before each
//! commit; a chunk is acknowledged after it is durable, and only then. What cannot be stored now is held, and the connection is
//! not read on, so that the sender queues.

mod greeting;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::store::AppendError;
use anyhow::Context;
use audit::Actor;
use axum::http::StatusCode;
use bytes::{Bytes, BytesMut};
use guard::{Certificates, Drained, Edge, EdgeLimits, Stream, TlsFloor, TlsProfile};
use identity::{Credential, Permit, Refused, SharedKeyHolder, Write};
use ingest::forward::{self, Delivery, Framer};
use ingest::{Enriched, NormalBody};
use model::limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::app::{App, BodyShare};
use crate::caller::Caller;
use crate::handlers::frames;
use crate::problem::{Chain, Problem};

/// Between two tries to store what waits, and to find room for what comes.
const BUSY_WAIT: Duration = Duration::from_millis(50);
const TROUBLE_WAIT: Duration = Duration::from_secs(1);
/// How often there may be no room for more of a message before its connection is closed.
const ROOM_WAITS: usize = 100;

/// Who sends, once it is known.
enum Sender {
    Holder(SharedKeyHolder),
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

/// Listens, if there is an address for it.
pub(crate) async fn bind(address: Option<SocketAddr>, certificates: &Arc<Certificates>) -> anyhow::Result<Option<Edge>> {
    let Some(address) = address else { return Ok(None) };
    let limits = EdgeLimits {
        connections: limits::FORWARD_CONNECTIONS_MAX,
        connections_per_address: limits::FORWARD_CONNECTIONS_PER_ADDRESS_MAX,
        ..EdgeLimits::default()
    };
    let edge = Edge::bind_streams(address, Arc::clone(certificates), TlsProfile { floor: TlsFloor::Tls13 }, limits).await;
    edge.map(Some).context("could not listen for Fluent's forward protocol")
}

/// Receives until the server stops.
pub(crate) async fn serve(edge: Edge, app: Arc<App>) {
    tracing::info!(address = %edge.local_addr(), "listening for Fluent's forward protocol over TLS");
    let mut stopping = app.stopping.clone();
    let handle = move |stream: Stream| {
        let app = Arc::clone(&app);
        async move { Connection::new(app, stream).run().await }
    };
    let stop = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    match edge.serve_streams(handle, stop).await {
        Drained::Complete => {}
        Drained::Cut(connections) => tracing::warn!(connections, "forward connections were cut with messages under way"),
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
                Ok(messages) => self.take(sender, messages).await,
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
    async fn messages(&mut self, share: &mut BodyShare<'_>) -> Result<Vec<Bytes>, Ended> {
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

    /// A place for the next bytes among all that is held; whoever gets none for a while has to come again.
    async fn make_room(&mut self, share: &mut BodyShare<'_>) -> Result<(), Ended> {
        let mut waits = 0;
        while !self.read.is_empty() && !share.try_take(limits::FORWARD_READ_BYTES) {
            waits += 1;
            if waits > ROOM_WAITS {
                return Err(Ended::Crowded);
            }
            self.wait(BUSY_WAIT).await?;
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

    async fn take(&mut self, sender: &Sender, messages: Vec<Bytes>) -> Result<(), Ended> {
        let decoding = tokio::task::spawn_blocking(move || forward::decode_all(&messages));
        let (deliveries, trouble) = decoding.await.map_err(|error| Ended::Refused(Problem::internal(&error)))?;
        for delivery in deliveries {
            let Delivery { records, ack, name, .. } = delivery;
            self.store(sender, records.into(), name).await?;
            if let Some(ack) = ack {
                self.send(&ack).await?;
            }
        }
        trouble.map_or(Ok(()), |error| Err(Ended::Refused(error.into())))
    }

    /// Read and masked as the source says; waits while that cannot be asked.
    async fn enriched(&self, sender: &Sender, records: Bytes) -> Result<Enriched, Ended> {
        let body = NormalBody { bytes: records, ..NormalBody::default() };
        loop {
            let permit = self.permit(sender).map_err(|refused| Ended::Refused(refused.into()))?;
            match frames::enriched(&self.app, permit, body.clone()).await {
                Ok(records) => return Ok(records),
                Err(problem) if problem.status() == StatusCode::SERVICE_UNAVAILABLE => {
                    tracing::warn!(code = problem.code, "forwarded records wait until it is known what is to be masked in them");
                    self.wait(TROUBLE_WAIT).await?;
                }
                Err(problem) => return Err(Ended::Refused(problem)),
            }
        }
    }

    /// Comes back when the records are durable.
    async fn store(&mut self, sender: &Sender, records: Bytes, name: Option<String>) -> Result<(), Ended> {
        if records.is_empty() {
            return Ok(());
        }
        let records = Arc::new(self.enriched(sender, records).await?);
        loop {
            // It may have ended while they waited.
            drop(self.permit(sender).map_err(|refused| Ended::Refused(refused.into()))?);
            let wait = match frames::commit(&self.app, &records, name.clone()).await {
                Ok(durable) => match durable.await {
                    Ok(Ok(_)) => return Ok(()),
                    Ok(Err(error)) => {
                        tracing::warn!(code = error.code(), "forwarded records wait until they can be stored");
                        TROUBLE_WAIT
                    }
                    Err(_) => TROUBLE_WAIT,
                },
                Err(AppendError::Busy | AppendError::DeliveryPending) => BUSY_WAIT,
                Err(error @ AppendError::Refused(_)) => return Err(Ended::Refused(error.into())),
                Err(AppendError::Source(error)) => {
                    tracing::error!(error = %Chain(&error), "forwarded records wait until their source can be opened");
                    TROUBLE_WAIT
                }
            };
            self.wait(wait).await?;
        }
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

    async fn wait(&self, time: Duration) -> Result<(), Ended> {
        let mut stopping = self.stream.stopping.clone();
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            _ = stopping.wait_for(|stop| *stop) => Err(Ended::Stopping),
        }
    }

    fn permit(&self, sender: &Sender) -> Result<Permit<Write>, Refused> {
        let deed = self.caller.deed(Actor::Stranger, self.app.clock.now());
        match sender {
            Sender::Holder(holder) => self.app.identity.authorize_holder(holder, &deed),
            Sender::Certificate(certificate) => self.app.identity.authorize_write(Some(certificate), None, &deed),
        }
    }
}
