//! What clients of Loki ask: to push, with Loki's statuses (204, and refusals as a line of text), and below, to read.

mod answer;
pub(crate) mod ask;
pub(crate) mod asked;
pub(crate) mod detected;
pub(crate) mod labels;
mod lines;
pub(crate) mod tail;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ingest::encoding::ContentEncoding;
use ingest::loki::PushFormat;

use super::frames::content_encoding;
use super::receiver::Received;
use crate::problem::Problem;

const VERSION: &str = "3.0.0";

/// `POST /loki/api/v1/push`
pub(crate) async fn push(request: Received, body: Body) -> Response {
    match take(&request, body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => {
            let problem = problem.for_senders_that_wait();
            let line = format!("{} ({})\n", problem.told(), problem.code);
            problem.in_form("text/plain; charset=utf-8", line.into_bytes())
        }
    }
}

async fn take(request: &Received, body: Body) -> Result<(), Problem> {
    let permit = request.permit()?;
    let format = PushFormat::of(request.content_type(), request.header(header::CONTENT_ENCODING.as_str()));
    let encoding = match format {
        PushFormat::Protobuf => ContentEncoding::Snappy,
        PushFormat::Json => content_encoding(&request.headers)?,
    };
    let decode = move |plain: bytes::Bytes| Ok(format.decode(&plain)?.into());
    let (_, left_out) = request.store_encoded(permit, (encoding, body), decode).await?;
    // As Loki does it: the rest is stored, and the status says that something was not.
    match left_out.first() {
        None => Ok(()),
        Some(first) => {
            let (count, index, reason) = (left_out.len(), first.index, first.reason);
            let detail = format!("entries left out: {count}, the others are stored; the first is entry {index}: {reason}");
            Err(Problem::bad_request(first.code, detail))
        }
    }
}

/// `GET /loki/api/v1/status/buildinfo`: the version that clients are told, which decides what they ask for.
pub(crate) async fn build(asked: asked::Asked) -> Response {
    let answered = asked.permit(audit::Question::Fields).await.map(|_| {
        let absent = "";
        answer::plain(&serde_json::json!({
            "version": VERSION, "revision": absent, "branch": absent, "buildUser": absent, "buildDate": absent, "goVersion": absent,
        }))
    });
    answered.unwrap_or_else(answer::refused)
}

/// `GET`, `POST /loki/api/v1/format_query`: the query as it is understood.
pub(crate) async fn format_query(asked: asked::Asked, body: Body) -> Response {
    let answered = async {
        drop(asked.permit(audit::Question::Fields).await?);
        let params = asked.params(body).await?;
        let query = logql::Query::parse(params.query())?;
        Ok(answer::plain(&serde_json::json!({"status": "success", "data": query.to_string()})))
    };
    answered.await.unwrap_or_else(answer::refused)
}

/// `GET`, `POST /loki/api/v1/patterns`: as Loki answers where nothing gathers patterns.
pub(crate) async fn patterns(asked: asked::Asked) -> Response {
    let answered = asked.permit(audit::Question::Fields).await.and_then(|_| {
        let detail = "patterns of lines are not gathered here";
        Err(Problem::new(StatusCode::NOT_FOUND, "patterns_unsupported", detail))
    });
    answered.unwrap_or_else(answer::refused)
}

/// `GET /ready`: what senders ask before they begin.
pub(crate) async fn ready() -> &'static str {
    "ready\n"
}
