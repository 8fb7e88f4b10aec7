//! What a client is told when something is refused: RFC 9457 problem details, with a stable code.
//!
//! The one place where errors of other crates become HTTP. Always holds: a problem's text quotes no log, key or path.

mod archive;
mod jobs;
mod own_page;
mod people;
mod root_key;
mod sso;
mod statements;
mod template;
mod watch;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Refused, SetupError};
use ingest::{DecodeError, EnrichError, Refusal};
use schemars::JsonSchema;
use search::{Cancelled, OriginError, QueryError, ScanError, SqlError, SqlRefused};
use serde::Serialize;
use store::{AppendError, CommitError};

/// The header with a refusal's code, whatever form the refusal has.
const CODE: HeaderName = HeaderName::from_static("blockhouse-code");

/// What a quota refuses.
pub(crate) const QUOTA_EXCEEDED: &str = "quota_exceeded";

/// Something else came under the same `Idempotency-Key`.
pub(crate) const KEY_REUSED: &str = "idempotency_key_reused";

/// A refusal. `status` and `code` are stable.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    pub(crate) code: &'static str,
    #[serde(skip)]
    retry_after: Option<u32>,
    /// Boxed, so that the way of success does not carry its size.
    #[serde(flatten)]
    about: Box<About>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "ProblemDetail")]
struct About {
    /// For people.
    detail: String,
    /// The record, counted from 0 in the order of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<usize>,
    /// The byte, counted from 0 in the body (decompressed) or the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Bytes of an upload that were received: it goes on there.
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<u64>,
}

// === impl Problem ===

impl Problem {
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
    }

    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let about = Box::new(About { detail: detail.into(), ..About::default() });
        Self { kind: "about:blank", title, status: status.as_u16(), code, retry_after: None, about }
    }

    /// Says where in the request the trouble is.
    fn located(mut self, record: Option<usize>, at: Option<usize>) -> Self {
        self.about.record = record;
        self.about.at = at;
        self
    }

    pub(crate) fn detail(&self) -> &str {
        &self.about.detail
    }

    /// The record that is at fault, where one is known.
    pub(crate) fn record(&self) -> Option<usize> {
        self.about.record
    }

    /// The detail with where in the request it is, in one sentence, for whatever has no other place for that.
    pub(crate) fn told(&self) -> String {
        let About { detail, record, at, .. } = &*self.about;
        // Some say it themselves.
        let place = |what: &str, place: Option<usize>| {
            let place = place.map(|place| format!("{what} {place}")).filter(|place| !detail.contains(place));
            place.map(|place| format!(", {place}")).unwrap_or_default()
        };
        format!("{detail}{}{}", place("record", *record), place("byte", *at))
    }

    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).retry_after(1)
    }

    /// Something of ours failed; what, is in the server's own log under the request's id.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %Chain(error), "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server could not do this; its log says why")
    }

    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same for senders that keep what is refused with 429, and drop what is refused with 402.
    pub(crate) fn for_senders_that_wait(mut self) -> Self {
        if self.code == QUOTA_EXCEEDED {
            self = self.with_status(StatusCode::TOO_MANY_REQUESTS);
        }
        self
    }

    /// The same for a protocol that has another status for it.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self.title = status.canonical_reason().unwrap_or("Error");
        self
    }

    pub(crate) fn seconds_to_wait(&self) -> Option<u32> {
        self.retry_after
    }

    /// The same refusal in another protocol's words. The code is in a header: not every protocol has a place for it.
    pub(crate) fn in_form(self, content_type: &'static str, body: Vec<u8>) -> Response {
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CODE, HeaderValue::from_static(self.code));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED.as_u16() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"blockhouse\""));
        }
        response
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        self.in_form("application/problem+json", body)
    }
}

/// An error and its sources on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(source) = next {
            write!(f, ": {source}")?;
            next = source.source();
        }
        Ok(())
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = StatusCode::from_u16(refused.class().status()).unwrap_or(StatusCode::UNAUTHORIZED);
        let code = refused.code();
        match &refused {
            Refused::Unavailable(error) => {
                tracing::error!(error = %Chain(error), "a key could not be checked");
                Self::new(status, code, "keys cannot be checked now; try again later").retry_after(5)
            }
            refused => Self::new(status, code, refused.to_string()),
        }
    }
}

impl From<DecodeError> for Problem {
    fn from(error: DecodeError) -> Self {
        let status = match error.status {
            Refusal::BadRequest => StatusCode::BAD_REQUEST,
            Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Busy => return Self::busy(error.detail),
        };
        Self::new(status, error.code, error.detail).located(error.record, error.at)
    }
}

impl From<EnrichError> for Problem {
    fn from(error: EnrichError) -> Self {
        match error {
            EnrichError::Decode(error) => error.into(),
            EnrichError::Quota(exceeded) => {
                Self::new(StatusCode::PAYMENT_REQUIRED, QUOTA_EXCEEDED, exceeded.to_string()).retry_after(exceeded.seconds)
            }
            EnrichError::Catalog(error) => error.into(),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Refused(refused) => {
                let code = refused.reason.code();
                let status = match code {
                    "record_too_large" | "too_many_records" => StatusCode::PAYLOAD_TOO_LARGE,
                    _ => StatusCode::BAD_REQUEST,
                };
                Self::new(status, code, refused.to_string()).located(Some(refused.record), Some(refused.at))
            }
            AppendError::Busy | AppendError::DeliveryPending => Self::busy(error.to_string()),
            AppendError::DeliveryReused => Self::new(StatusCode::UNPROCESSABLE_ENTITY, KEY_REUSED, error.to_string()),
            AppendError::Source(error) => Self::internal(&error),
        }
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.code(), error.to_string()).retry_after(10)
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let mut problem = Self::bad_request(error.code, error.message).located(None, Some(error.at));
        problem.about.length = Some(error.len);
        problem.about.hint = error.hint;
        problem
    }
}

impl From<Cancelled> for Problem {
    fn from(cancelled: Cancelled) -> Self {
        let code = match cancelled {
            Cancelled::TimedOut => "query_timeout",
            Cancelled::Abandoned => "query_cancelled",
        };
        Self::new(StatusCode::REQUEST_TIMEOUT, code, cancelled.to_string())
    }
}

impl From<ScanError> for Problem {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Cancelled(cancelled) => cancelled.into(),
            ScanError::Source(error) => Self::internal(&error),
        }
    }
}

impl From<OriginError> for Problem {
    fn from(error: OriginError) -> Self {
        match error {
            OriginError::Scan(error) => error.into(),
            OriginError::Part(error) => Self::internal(&error),
        }
    }
}

impl From<SqlError> for Problem {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Refused(refused) => {
                let at = match &refused {
                    SqlRefused::Syntax { at, .. } => *at,
                    _ => None,
                };
                Self::bad_request("sql_refused", refused.to_string()).located(None, at)
            }
            SqlError::Statement(what) => Self::bad_request("sql_invalid", what),
            SqlError::Memory => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "query_memory", error.to_string()),
            SqlError::Cancelled(cancelled) => cancelled.into(),
            SqlError::Source(error) => Self::internal(&error),
        }
    }
}

impl From<SetupError> for Problem {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Closed => Self::not_found(),
            SetupError::EmailTaken => Self::new(StatusCode::CONFLICT, "email_taken", error.to_string()),
            SetupError::WrongOrExpired { .. } => Self::new(StatusCode::UNAUTHORIZED, "setup_token_wrong", error.to_string()),
            SetupError::Bootstrap(_) | SetupError::Catalog(_) => Self::internal(&error),
        }
    }
}
