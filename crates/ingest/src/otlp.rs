//! OpenTelemetry logs (OTLP): protobuf and JSON requests in, one JSON object per log record out.
//!
//! | OTLP | record |
//! |---|---|
//! | `time_unix_nano`, else `observed_time_unix_nano` | `timestamp` |
//! | `severity_number`, else `severity_text` | `level`; `severity_text` stays where it says more |
//! | `body` | `message` if it is a string, else `body` |
//! | attributes | top level, keys as sent; under `attributes` where the key is reserved |
//! | resource attributes | under `resource` |
//! | scope | `scope.name`, `scope.version`, `scope.attributes` |
//! | `trace_id`, `span_id` | lower-case hexadecimal |
//! | `event_name`, `flags`, `dropped_attributes_count` | as they are, unless empty |
//!
//! Always holds: a request is read where it lies; no length or count in it allocates. A record over a limit is refused
//! alone; a request that is malformed is refused whole. Bytes are base 64, numbers that JSON lacks are text.

mod from_json;
mod record;
mod wire;

use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use prost::Message;

use crate::{DecodeError, NormalBody, RefusedRecord, json};

pub use from_json::decode_json;
pub use wire::decode_protobuf;

/// The two forms of OTLP over HTTP; the answer takes the form of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtlpFormat {
    Protobuf,
    Json,
}

// === impl OtlpFormat ===

impl OtlpFormat {
    /// Reads a `Content-Type` header.
    pub fn parse(content_type: &str) -> Result<Self, DecodeError> {
        let name = content_type.split(';').next().unwrap_or("").trim();
        if name.eq_ignore_ascii_case("application/x-protobuf") || name.eq_ignore_ascii_case("application/protobuf") {
            Ok(Self::Protobuf)
        } else if name.eq_ignore_ascii_case("application/json") {
            Ok(Self::Json)
        } else {
            let detail = "content-type must be application/x-protobuf or application/json";
            Err(DecodeError::unsupported("unsupported_content_type", detail))
        }
    }

    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }

    pub fn decode(self, body: &[u8]) -> Result<NormalBody, DecodeError> {
        match self {
            Self::Protobuf => decode_protobuf(body),
            Self::Json => decode_json(body),
        }
    }

    /// The body of a 200, which says how many records were left out, and why the first.
    #[must_use]
    pub fn answer(self, refused: &[RefusedRecord]) -> Vec<u8> {
        let answer = response(refused);
        match (self, answer.partial_success) {
            (Self::Protobuf, _) => response(refused).encode_to_vec(),
            (Self::Json, None) => b"{}".to_vec(),
            (Self::Json, Some(partial)) => {
                let mut out = Vec::new();
                // Protobuf's JSON writes 64-bit integers as text.
                let count = partial.rejected_log_records;
                json::plain(
                    &mut out,
                    format_args!("{{\"partialSuccess\":{{\"rejectedLogRecords\":\"{count}\",\"errorMessage\":"),
                );
                json::string(&mut out, &partial.error_message);
                out.extend_from_slice(b"}}");
                out
            }
        }
    }
}

/// The answer over gRPC.
#[must_use]
pub fn response(refused: &[RefusedRecord]) -> ExportLogsServiceResponse {
    let partial_success = refused.first().map(|first| ExportLogsPartialSuccess {
        rejected_log_records: refused.len() as i64,
        error_message: format!("record {}: {} ({})", first.index, first.reason, first.code),
    });
    ExportLogsServiceResponse { partial_success }
}

/// Decodes a request that a gRPC library has read already. Reading its bytes with `decode_protobuf` costs less.
pub fn from_request(request: &ExportLogsServiceRequest) -> Result<NormalBody, DecodeError> {
    decode_protobuf(&request.encode_to_vec())
}

#[cfg(test)]
mod tests;
