//! What listeners of streams have in common: where a request would be told to come again, they hold what came and wait, and
//! read nothing more, so that the sender queues.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::store::AppendError;
use anyhow::Context;
use axum::http::StatusCode;
use bytes::Bytes;
use guard::{Certificates, Drained, Edge, EdgeLimits, Stream, TlsProfile};
use identity::{Permit, Write};
use ingest::{Name, NormalBody};
use tokio::sync::watch;

use crate::app::App;
use crate::handlers::frames;
use crate::problem::{Chain, Problem};

/// Between two tries to store what waits, and to find room for what comes.
pub(crate) const BUSY_WAIT: Duration = Duration::from_millis(50);
const TROUBLE_WAIT: Duration = Duration::from_secs(1);

/// What such a listener receives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Protocol {
    /// As it is called in the server's own log.
    pub(crate) name: &'static str,
    pub(crate) profile: TlsProfile,
    pub(crate) connections_max: usize,
    pub(crate) connections_per_address_max: usize,
}

/// Why records are not stored, and not waited for either.
pub(crate) enum Unstored<E> {
    /// What was asked for a permit refused.
    Denied(E),
    /// The records are at fault.
    Refused(Problem),
    Stopping,
}

/// The server stops.
#[derive(Debug)]
pub(crate) struct Stopping;

/// Listens, if there is an address for it.
pub(crate) async fn bind(
    protocol: &Protocol,
    address: Option<SocketAddr>,
    certificates: &Arc<Certificates>,
) -> anyhow::Result<Option<Edge>> {
    let Some(address) = address else { return Ok(None) };
    let limits = EdgeLimits {
        connections: protocol.connections_max,
        connections_per_address: protocol.connections_per_address_max,
        ..EdgeLimits::default()
    };
    let edge = Edge::bind_streams(address, Arc::clone(certificates), protocol.profile, limits).await;
    edge.map(Some).with_context(|| format!("could not listen for {}", protocol.name))
}

/// Receives until the server stops.
pub(crate) async fn serve<R>(protocol: &Protocol, edge: Edge, app: Arc<App>, receive: fn(Arc<App>, Stream) -> R)
where
    R: Future<Output = ()> + Send + 'static,
{
    tracing::info!(address = %edge.local_addr(), "listening for {} over TLS", protocol.name);
    let mut stopping = app.stopping.clone();
    let handle = move |stream: Stream| receive(Arc::clone(&app), stream);
    let stop = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    match edge.serve_streams(handle, stop).await {
        Drained::Complete => {}
        Drained::Cut(connections) => {
            tracing::warn!(connections, "connections were cut with messages of {} under way", protocol.name);
        }
    }
}

/// Comes back when the records are durable. The permit is asked for anew after each wait: a key that ended meanwhile opens
/// nothing.
pub(crate) async fn store<E>(
    (app, stopping): (&Arc<App>, &watch::Receiver<bool>),
    permit: impl Fn() -> Result<Permit<Write>, E>,
    records: Bytes,
    delivery: Option<&str>,
) -> Result<(), Unstored<E>> {
    let body = NormalBody { bytes: records, ..NormalBody::default() };
    let records = loop {
        match frames::enriched(app, permit().map_err(Unstored::Denied)?, body.clone()).await {
            Ok(records) => break Arc::new(records),
            Err(problem) if problem.status() == StatusCode::SERVICE_UNAVAILABLE => {
                tracing::warn!(code = problem.code, "records wait until it is known what is to be masked in them");
            }
            Err(problem) => return Err(Unstored::Refused(problem)),
        }
        wait(stopping, TROUBLE_WAIT).await?;
    };
    loop {
        let name = delivery.map(|name| Name { name: name.to_owned(), content: None });
        let again = match frames::commit(app, &records, name).await {
            Ok(durable) => match durable.await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) => {
                    tracing::warn!(code = error.code(), "records wait until they can be stored");
                    TROUBLE_WAIT
                }
                Err(_) => TROUBLE_WAIT,
            },
            Err(AppendError::Busy | AppendError::DeliveryPending) => BUSY_WAIT,
            Err(error @ (AppendError::Refused(_) | AppendError::DeliveryReused)) => return Err(Unstored::Refused(error.into())),
            Err(AppendError::Source(error)) => {
                tracing::error!(error = %Chain(&error), "records wait until their source can be opened");
                TROUBLE_WAIT
            }
        };
        wait(stopping, again).await?;
        drop(permit().map_err(Unstored::Denied)?);
    }
}

impl<E> From<Stopping> for Unstored<E> {
    fn from(_: Stopping) -> Self {
        Self::Stopping
    }
}

/// For a while, unless the server stops.
pub(crate) async fn wait(stopping: &watch::Receiver<bool>, time: Duration) -> Result<(), Stopping> {
    let mut stopping = stopping.clone();
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        _ = stopping.wait_for(|stop| *stop) => Err(Stopping),
    }
}
