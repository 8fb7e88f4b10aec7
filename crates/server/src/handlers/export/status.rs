//! `google.rpc.Status`: what is refused in OTLP's words, as the status of a call over gRPC and as the body over HTTP.
//!
//! Always holds: over HTTP it is in the form of the request, protobuf or JSON, and its status is one of those after which a
//! sender sends again (429, 502, 503, 504) where sending again may help, with the seconds to wait.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use ingest::otlp::OtlpFormat;
use prost::Message;
use serde_json::json;
use tonic::{Code, Status};

use crate::problem::{Problem, QUOTA_EXCEEDED};

/// As far as it is needed.
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

/// OTLP retries `UNAVAILABLE`, and `RESOURCE_EXHAUSTED` where it says when.
pub(super) fn over_grpc(problem: &Problem) -> Status {
    let (code, message) = (code(problem), message(problem));
    if code != Code::ResourceExhausted {
        return Status::new(code, message);
    }
    let retry_delay = RetryDelay { seconds: problem.seconds_to_wait().unwrap_or(1).into() };
    let value = Some(RetryInfo { retry_delay: Some(retry_delay) });
    let details = vec![RpcDetail { type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(), value }];
    let told = RpcStatus { code: code.into(), message: message.clone(), details };
    Status::with_details(code, message, told.encode_to_vec().into())
}

/// A request in neither form is told in JSON, which people can read.
pub(crate) fn over_http(headers: &HeaderMap, problem: Problem) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let format = OtlpFormat::parse(kind).unwrap_or(OtlpFormat::Json);
    let problem = retried(problem.for_senders_that_wait());
    let (code, message) = (code(&problem), message(&problem));
    let body = match format {
        OtlpFormat::Protobuf => RpcStatus { code: code.into(), message, details: Vec::new() }.encode_to_vec(),
        OtlpFormat::Json => json!({"code": i32::from(code), "message": message}).to_string().into_bytes(),
    };
    problem.in_form(format.content_type(), body)
}

/// A body that stalled on its way is sent again after this, and dropped after 408.
fn retried(problem: Problem) -> Problem {
    match problem.status() {
        StatusCode::REQUEST_TIMEOUT => problem.with_status(StatusCode::SERVICE_UNAVAILABLE).retry_after(1),
        _ => problem,
    }
}

fn message(problem: &Problem) -> String {
    format!("{}: {}", problem.code, problem.told())
}

/// The code that tells a client the same as the HTTP status would.
fn code(problem: &Problem) -> Code {
    if problem.code == QUOTA_EXCEEDED {
        return Code::ResourceExhausted;
    }
    match problem.status() {
        StatusCode::TOO_MANY_REQUESTS => Code::ResourceExhausted,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::Unimplemented,
        StatusCode::BAD_REQUEST
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Code::InvalidArgument,
        StatusCode::REQUEST_TIMEOUT => Code::DeadlineExceeded,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use http_body_util::BodyExt;

    use super::*;

    fn refused(kind: &'static str, problem: Problem) -> (StatusCode, HeaderMap, Vec<u8>) {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
        let (head, body) = over_http(&headers, problem).into_parts();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let body = runtime.block_on(body.collect()).unwrap().to_bytes().to_vec();
        (head.status, head.headers, body)
    }

    #[test]
    fn a_refusal_is_a_status_in_the_form_of_the_request() {
        let problem = || Problem::bad_request("invalid_protobuf", "cut off");
        let message = "invalid_protobuf: cut off";
        let (status, headers, body) = refused("application/x-protobuf", problem());
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(headers[header::CONTENT_TYPE], "application/x-protobuf");
        let told = RpcStatus::decode(body.as_slice()).unwrap();
        assert_eq!((told.code, told.message.as_str()), (3, message));
        for kind in ["application/json; charset=utf-8", "text/plain", ""] {
            let (_, headers, body) = refused(kind, problem());
            assert_eq!(headers[header::CONTENT_TYPE], "application/json");
            assert_eq!(headers["blockhouse-code"], "invalid_protobuf");
            let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(told, json!({"code": 3, "message": message}), "{kind}");
        }
    }

    #[test]
    fn what_may_be_sent_again_has_a_status_that_says_so_and_a_time() {
        let cases = [
            (Problem::busy("full"), StatusCode::SERVICE_UNAVAILABLE, Some("1")),
            (Problem::new(StatusCode::REQUEST_TIMEOUT, "body_stalled", "x"), StatusCode::SERVICE_UNAVAILABLE, Some("1")),
            (
                Problem::new(StatusCode::PAYMENT_REQUIRED, QUOTA_EXCEEDED, "x").retry_after(7),
                StatusCode::TOO_MANY_REQUESTS,
                Some("7"),
            ),
            (Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "x"), StatusCode::PAYLOAD_TOO_LARGE, None),
        ];
        for (problem, expected, after) in cases {
            let code = problem.code;
            let (status, headers, _) = refused("application/json", problem);
            let told = headers.get(header::RETRY_AFTER).map(|after| after.to_str().unwrap());
            assert_eq!((status, told), (expected, after), "{code}");
        }
    }
}
