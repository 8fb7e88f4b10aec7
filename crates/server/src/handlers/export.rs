//! OpenTelemetry logs: `POST /v1/logs` (OTLP/HTTP) and `LogsService/Export` (OTLP/gRPC).

use std::pin::Pin;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::{Buf, Bytes};
use identity::{Permit, Write};
use ingest::encoding::ContentEncoding;
use ingest::otlp::{self, OtlpFormat};
use model::limits;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::{Grpc, UnaryService};
use tonic::{Code, Status};

use super::frames::{Incoming, content_encoding, delivery, noted, store, write_permit};
use crate::api::{Media, Sent, Typed};
use crate::app::App;
use crate::body;
use crate::caller::Caller;
use crate::problem::{Problem, QUOTA_EXCEEDED};
use crate::refusals::Knock;

/// A message of OTLP, which has a description of its own.
pub(crate) enum Otlp {}

// === impl Otlp ===

impl Media for Otlp {
    const KINDS: &'static [&'static str] = &["application/x-protobuf", "application/json"];
}

pub(crate) async fn http(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Sent<Otlp>,
) -> Result<Typed<Otlp>, Problem> {
    let permit = write_permit(&app, (&headers, &caller), None)?;
    let knock = Knock { source: permit.scope().source, headers: &headers, caller: &caller };
    let received = receive(&app, permit, &headers, body.0).await;
    noted(&app, &knock, received).map_err(Problem::for_senders_that_wait)
}

async fn receive(app: &Arc<App>, permit: Permit<Write>, headers: &HeaderMap, body: Body) -> Result<Typed<Otlp>, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let format = OtlpFormat::parse(content_type)?;
    let mut share = app.bodies.share();
    let wire = body::read(body, headers, &mut share).await?;
    let incoming = Incoming { wire, encoding: content_encoding(headers)?, delivery: delivery(headers)? };
    let (_, refused) = store(app, permit, incoming, move |plain| Ok(format.decode(&plain)?.into())).await?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()))];
    Ok(Typed::new((StatusCode::OK, kind, format.answer(&refused)).into_response()))
}

/// `LogsService/Export`. The message is handed on as bytes: the generated types would take a hundred times its size in
/// memory for a message of empty records.
pub(crate) async fn grpc(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut grpc = Grpc::new(RawCodec)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(limits::BODY_WIRE_BYTES_MAX);
    grpc.unary(Export(app), request).await.map(Body::new)
}

struct Export(Arc<App>);

impl UnaryService<Bytes> for Export {
    type Response = ExportLogsServiceResponse;
    type Future = Pin<Box<dyn Future<Output = Result<tonic::Response<Self::Response>, Status>> + Send>>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let app = Arc::clone(&self.0);
        Box::pin(async move {
            let (metadata, extensions, message) = request.into_parts();
            let caller = extensions.get::<Caller>().ok_or_else(|| Status::internal("a request of nobody's"))?;
            let permit = write_permit(&app, (metadata.as_ref(), caller), None).map_err(|problem| status(&problem))?;
            let knock = Knock { source: permit.scope().source, headers: metadata.as_ref(), caller };
            let incoming = Incoming { wire: message, encoding: ContentEncoding::Identity, delivery: None };
            let stored = store(&app, permit, incoming, |plain| Ok(OtlpFormat::Protobuf.decode(&plain)?.into())).await;
            let (_, refused) = noted(&app, &knock, stored).map_err(|problem| status(&problem))?;
            Ok(tonic::Response::new(otlp::response(&refused)))
        })
    }
}

/// Takes a message as it is; writes answers as protobuf.
#[derive(Default)]
struct RawCodec;
struct RawDecoder;
struct ResponseEncoder;

impl Codec for RawCodec {
    type Encode = ExportLogsServiceResponse;
    type Decode = Bytes;
    type Encoder = ResponseEncoder;
    type Decoder = RawDecoder;

    fn encoder(&mut self) -> ResponseEncoder {
        ResponseEncoder
    }

    fn decoder(&mut self) -> RawDecoder {
        RawDecoder
    }
}

impl Decoder for RawDecoder {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, message: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(message.copy_to_bytes(message.remaining())))
    }
}

impl Encoder for ResponseEncoder {
    type Item = ExportLogsServiceResponse;
    type Error = Status;

    fn encode(&mut self, answer: ExportLogsServiceResponse, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        answer.encode(out).map_err(|error| Status::internal(error.to_string()))
    }
}

/// `google.rpc.Status`, as far as it is needed.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<RpcDetail>,
}

/// `google.protobuf.Any` that holds a `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RpcDetail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(message, optional, tag = "2")]
    value: Option<RetryInfo>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<RetryDelay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, Message)]
struct RetryDelay {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

/// The gRPC code that tells a client the same as the HTTP status would; OTLP retries `UNAVAILABLE`, and `RESOURCE_EXHAUSTED`
/// where it says when.
fn status(problem: &Problem) -> Status {
    let message = format!("{}: {}", problem.code, problem.detail());
    if problem.code == QUOTA_EXCEEDED {
        let retry_delay = RetryDelay { seconds: problem.seconds_to_wait().unwrap_or(1).into() };
        let value = Some(RetryInfo { retry_delay: Some(retry_delay) });
        let details = vec![RpcDetail { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value }];
        let code = Code::ResourceExhausted;
        let told = RpcStatus { code: code.into(), message: message.clone(), details };
        return Status::with_details(code, message, told.encode_to_vec().into());
    }
    let code = match problem.status() {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::InvalidArgument,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::Internal,
    };
    Status::new(code, message)
}
