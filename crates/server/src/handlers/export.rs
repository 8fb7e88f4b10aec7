//! OpenTelemetry logs: `POST /v1/logs` (OTLP/HTTP) and `LogsService/Export` (OTLP/gRPC).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use ingest::encoding::ContentEncoding;
use ingest::otlp::{self, OtlpFormat};
use model::limits;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use tonic::codec::CompressionEncoding;
use tonic::{Code, Status};

use super::frames::{Incoming, content_encoding, delivery, store, write_permit};
use crate::app::App;
use crate::body;
use crate::problem::Problem;

pub(crate) async fn http(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    let permit = write_permit(&app, &headers, None)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let format = OtlpFormat::parse(content_type)?;
    let mut share = app.bodies.share();
    let wire = body::read(body, &headers, &mut share).await?;
    let incoming = Incoming { wire, encoding: content_encoding(&headers)?, delivery: delivery(&headers)? };
    let normal = store(&app, permit, incoming, move |plain| Ok(format.decode(&plain)?)).await?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()))];
    Ok((StatusCode::OK, kind, format.answer(&normal.refused)).into_response())
}

/// The gRPC service of one node.
pub(crate) struct Export(pub(crate) Arc<App>);

pub(crate) fn grpc(app: Arc<App>) -> LogsServiceServer<Export> {
    LogsServiceServer::new(Export(app))
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(limits::BODY_WIRE_BYTES_MAX)
}

#[tonic::async_trait]
impl LogsService for Export {
    async fn export(
        &self,
        request: tonic::Request<ExportLogsServiceRequest>,
    ) -> Result<tonic::Response<ExportLogsServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let permit = write_permit(&self.0, metadata.as_ref(), None).map_err(status)?;
        let incoming = Incoming { wire: Bytes::new(), encoding: ContentEncoding::Identity, delivery: None };
        let normal = store(&self.0, permit, incoming, move |_| Ok(otlp::from_request(&message)?)).await.map_err(status)?;
        Ok(tonic::Response::new(otlp::response(&normal.refused)))
    }
}

/// The gRPC code that tells a client the same as the HTTP status would; OTLP retries `UNAVAILABLE`.
fn status(problem: Problem) -> Status {
    let code = match problem.status() {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::InvalidArgument,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::Internal,
    };
    Status::new(code, format!("{}: {}", problem.code, problem.detail))
}
