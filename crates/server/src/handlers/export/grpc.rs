//! The one call of gRPC that there is. Its framing is ours: tonic reads and decompresses a whole message before anything of
//! ours is asked.
//!
//! Always holds: no byte of a message is read before its key is known to count, and what is read and decompressed is bounded
//! and budgeted as any other body. A message is handed on as bytes: the generated types would take a hundred times its size
//! in memory for a message of empty records.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Full};
use identity::{Permit, Write};
use ingest::encoding::ContentEncoding;
use ingest::otlp::{self, OtlpFormat};
use model::limits;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;
use tonic::Status;
use tonic::metadata::MetadataValue;

use super::super::frames::{Incoming, noted, store, write_permit};
use super::status;
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::refusals::Knock;

const ENCODING: &str = "grpc-encoding";
const ACCEPT_ENCODING: &str = "grpc-accept-encoding";
const ENCODINGS: &str = "gzip,zstd,deflate,snappy,identity";
/// Before each message: whether it is compressed, and its length.
const PREFIX_BYTES: usize = 5;

/// `LogsService/Export`
pub(crate) async fn export(State(app): State<Arc<App>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match take(&app, &head, body).await {
        Ok(answer) => answered(&answer),
        Err(status) => status.into_http(),
    }
}

async fn take(app: &Arc<App>, head: &Parts, body: Body) -> Result<ExportLogsServiceResponse, Status> {
    let headers = &head.headers;
    let caller = head.extensions.get::<Caller>().ok_or_else(|| Status::internal("a request of nobody's"))?;
    let permit = write_permit(app, (headers, caller), None).map_err(|problem| status::over_grpc(&problem))?;
    let encoding = encoding(headers)?;
    let knock = Knock { source: permit.scope().source, headers, caller };
    let received = receive(app, permit, (headers, encoding), body).await;
    noted(app, &knock, received).map_err(|problem| status::over_grpc(&problem))
}

async fn receive(
    app: &Arc<App>,
    permit: Permit<Write>,
    (headers, encoding): (&HeaderMap, ContentEncoding),
    body: Body,
) -> Result<ExportLogsServiceResponse, Problem> {
    let mut share = app.bodies.share();
    let framed = body::read_up_to(body, headers, limits::BODY_WIRE_BYTES_MAX + PREFIX_BYTES, &mut share).await?;
    let (compressed, wire) = message(framed)?;
    let encoding = match (compressed, encoding) {
        (false, _) => ContentEncoding::Identity,
        (true, ContentEncoding::Identity) => return Err(misframed("a message is compressed, and no grpc-encoding says how")),
        (true, encoding) => encoding,
    };
    let incoming = Incoming { wire, encoding, delivery: None, share };
    let (_, refused) = store(app, permit, incoming, |plain| Ok(OtlpFormat::Protobuf.decode(&plain)?.into())).await?;
    Ok(otlp::response(&refused))
}

/// A call of another service, such as that of traces.
pub(crate) fn unknown(uri: &Uri) -> Response {
    Status::unimplemented(format!("not_found: there is no call at {}", uri.path())).into_http()
}

pub(crate) fn is_call(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

fn encoding(headers: &HeaderMap) -> Result<ContentEncoding, Status> {
    let named = headers.get(ENCODING).map_or(Ok(""), HeaderValue::to_str);
    named.ok().and_then(|name| ContentEncoding::parse(name).ok()).ok_or_else(|| {
        // As the protocol has it, with what the client may send instead.
        let mut status = Status::unimplemented(format!("unsupported_encoding: {ENCODING} must be one of {ENCODINGS}"));
        status.metadata_mut().insert(ACCEPT_ENCODING, MetadataValue::from_static(ENCODINGS));
        status
    })
}

/// The one message of a call, and whether it is compressed.
fn message(mut framed: Bytes) -> Result<(bool, Bytes), Problem> {
    let truncated = || Problem::bad_request("truncated_body", "the call ended before its message was complete");
    let [compressed, length @ ..] = *framed.first_chunk::<PREFIX_BYTES>().ok_or_else(truncated)?;
    framed.advance(PREFIX_BYTES);
    let length = u32::from_be_bytes(length) as usize;
    match framed.len() {
        sent if sent < length => Err(truncated()),
        sent if sent > length => Err(misframed("a call has one message")),
        _ if compressed > 1 => Err(misframed("a message is compressed or not")),
        _ => Ok((compressed == 1, framed)),
    }
}

fn misframed(detail: &str) -> Problem {
    Problem::bad_request("invalid_grpc", detail)
}

fn answered(answer: &ExportLogsServiceResponse) -> Response {
    let length = u32::try_from(answer.encoded_len()).unwrap_or(u32::MAX);
    let framed = [&[0], length.to_be_bytes().as_slice(), &answer.encode_to_vec()].concat();
    let mut trailers = HeaderMap::new();
    trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from(framed)).with_trailers(async { Some(Ok(trailers)) });
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"))], Body::new(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_one_whole_message() {
        let read = |framed: &[u8]| message(Bytes::copy_from_slice(framed)).map_err(|problem| problem.code);
        assert_eq!(read(b"\0\0\0\0\0"), Ok((false, Bytes::new())));
        assert_eq!(read(b"\x01\0\0\0\x02ab"), Ok((true, Bytes::from_static(b"ab"))));
        for cut in [b"".as_slice(), b"\0\0\0\0", b"\0\0\0\0\x02a", b"\0\xff\xff\xff\xffab"] {
            assert_eq!(read(cut), Err("truncated_body"));
        }
        for wrong in [b"\x02\0\0\0\0".as_slice(), b"\0\0\0\0\x01ab", b"\0\0\0\0\0\0\0\0\0\0"] {
            assert_eq!(read(wrong), Err("invalid_grpc"));
        }
    }

    #[test]
    fn an_encoding_that_is_not_known_is_answered_with_those_that_are() {
        let of =
            |name: &'static str| encoding(&HeaderMap::from_iter([(ENCODING.parse().unwrap(), HeaderValue::from_static(name))]));
        assert_eq!(of("zstd").unwrap(), ContentEncoding::Zstd);
        assert_eq!(encoding(&HeaderMap::new()).unwrap(), ContentEncoding::Identity);
        let refused = of("br").unwrap_err().into_http::<Body>();
        assert_eq!(refused.headers()[ACCEPT_ENCODING], ENCODINGS);
        assert_eq!(refused.headers()[Status::GRPC_STATUS], "12");
    }
}
