//! Reads a request's body within its limits: size, time between bytes, and what all requests together may hold.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use model::limits;

use crate::app::BodyShare;
use crate::problem::Problem;

pub(crate) async fn read(body: Body, headers: &HeaderMap, share: &mut BodyShare<'_>) -> Result<Bytes, Problem> {
    read_up_to(body, headers, limits::BODY_WIRE_BYTES_MAX, share).await
}

pub(crate) async fn read_up_to(
    mut body: Body,
    headers: &HeaderMap,
    most: usize,
    share: &mut BodyShare<'_>,
) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let mut read = BytesMut::with_capacity(announced.unwrap_or(0).min(limits::BODY_FIRST_BYTES));
    let stall = Duration::from_secs(limits::BODY_STALL_SECONDS_MAX);
    loop {
        let frame = match tokio::time::timeout(stall, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => return Ok(read.freeze()),
            Ok(Some(Err(_))) => return Err(Problem::bad_request("truncated_body", "the body ended before it was complete")),
            Err(_) => {
                let detail = format!("no byte of the body came for {} seconds", limits::BODY_STALL_SECONDS_MAX);
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_stalled", detail));
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.len() > most {
            return Err(too_large(most));
        }
        share.take(data.len())?;
        read.extend_from_slice(&data);
    }
}

fn too_large(most: usize) -> Problem {
    let detail = format!("a body has at most {most} bytes on the wire; send it in several requests");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
}
