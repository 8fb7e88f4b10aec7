//! `POST /upload`: a journal of systemd, as `systemd-journal-upload` sends it.
//!
//! Always holds: a request of any length is stored piece by piece, each once it is durable before the next is read on; nothing
//! but a piece is held. Who may write is asked for each piece.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ingest::encoding::{BodyLimits, ContentEncoding};
use ingest::journal::Decoder;
use model::limits;

use super::frames::{content_encoding, enriched, keep};
use super::receiver::Received;
use crate::body;
use crate::problem::Problem;

pub(crate) async fn upload(request: Received, body: Body) -> Result<Response, Problem> {
    // Before a byte is read.
    let source = request.permit()?.scope().source;
    let mut decoder = Decoder::default();
    match content_encoding(&request.headers)? {
        ContentEncoding::Identity => take_as_it_comes(&request, body, &mut decoder).await?,
        encoding => {
            let mut share = request.app.bodies.share();
            let wire = body::read(body, &request.headers, &mut share).await?;
            let limits = BodyLimits::default();
            let (plain, _share) = body::decompressed((&request.app, Some(source)), (encoding, wire), limits, share).await?;
            decoder.feed(&plain)?;
        }
    }
    decoder.finish()?;
    store(&request, &mut decoder).await?;
    if decoder.left_out() > 0 {
        tracing::warn!(entries = decoder.left_out(), code = "record_too_large", "entries of a journal were left out");
    }
    Ok((StatusCode::ACCEPTED, "OK.\n").into_response())
}

async fn take_as_it_comes(request: &Received, mut body: Body, decoder: &mut Decoder) -> Result<(), Problem> {
    while let Some(data) = body::next(&mut body).await? {
        decoder.feed(&data)?;
        if decoder.ready_bytes() >= limits::JOURNAL_UPLOAD_PIECE_BYTES {
            store(request, decoder).await?;
        }
    }
    Ok(())
}

async fn store(request: &Received, decoder: &mut Decoder) -> Result<(), Problem> {
    let (permit, entries) = (request.permit()?, decoder.take());
    let mut share = request.app.bodies.share();
    share.take(entries.bytes.len())?;
    let records = Arc::new(enriched(&request.app, permit, entries).await?);
    keep(&request.app, &records, None).await?;
    Ok(())
}
