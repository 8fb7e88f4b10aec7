//! Reads a request's body within its limits: size, time between bytes, and what all requests together may hold.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use ingest::encoding::{BodyLimits, ContentEncoding, decompress_within};
use model::{SourceId, limits};

use crate::app::App;
use crate::bodies::BodyShare;
use crate::problem::Problem;

pub(crate) async fn read(body: Body, headers: &HeaderMap, share: &mut BodyShare) -> Result<Bytes, Problem> {
    read_up_to(body, headers, limits::BODY_WIRE_BYTES_MAX, share).await
}

pub(crate) async fn read_up_to(
    mut body: Body,
    headers: &HeaderMap,
    most: usize,
    share: &mut BodyShare,
) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let mut read = BytesMut::with_capacity(announced.unwrap_or(0).min(limits::BODY_FIRST_BYTES));
    while let Some(data) = next(&mut body).await? {
        if read.len() + data.len() > most {
            return Err(too_large(most));
        }
        share.take(data.len())?;
        read.extend_from_slice(&data);
    }
    Ok(read.freeze())
}

/// What its client compressed, within the same share.
pub(crate) async fn decompressed(
    (app, source): (&App, Option<SourceId>),
    (encoding, wire): (ContentEncoding, Bytes),
    limits: BodyLimits,
    mut share: BodyShare,
) -> Result<(Bytes, BodyShare), Problem> {
    let place = app.bodies.decoder(source).await?;
    let decompressing = tokio::task::spawn_blocking(move || {
        let _place = place;
        let plain = decompress_within(encoding, wire, limits, &mut |bytes| share.take(bytes).is_ok())?;
        Ok((plain, share))
    });
    decompressing.await.map_err(|error| Problem::internal(&error))?
}

/// The next bytes of a body, in time; `None` at its end.
pub(crate) async fn next(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    let stall = Duration::from_secs(limits::BODY_STALL_SECONDS_MAX);
    loop {
        match tokio::time::timeout(stall, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                // Trailers say nothing here.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(Problem::bad_request("truncated_body", "the body ended before it was complete")),
            Err(_) => {
                let detail = format!("no byte of the body came for {} seconds", limits::BODY_STALL_SECONDS_MAX);
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_stalled", detail));
            }
        }
    }
}

fn too_large(most: usize) -> Problem {
    let detail = format!("a body has at most {most} bytes on the wire; send it in several requests");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}
