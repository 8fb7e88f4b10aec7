//! The connection of a client command about records: which server, which source, which key.

use std::time::Duration;

use bytes::Bytes;
use model::SourceId;
use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response};
use serde::de::DeserializeOwned;

use super::failure::{Failure, Problem};
use super::server::{ASK_TIME_MAX, Server, ServerArgs};

const SOURCE_HINT: &str = "--source (BLOCKHOUSE_SOURCE) names the source by its id, as `blockhouse bootstrap` prints it";
const KEY_HINT: &str = "--key-file or BLOCKHOUSE_KEY gives it; `blockhouse bootstrap` prints one for writing and one for reading";
const SEND_TIME_MAX: Duration = Duration::from_secs(120);

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionArgs {
    /// The source, by its id
    #[arg(long, env = "BLOCKHOUSE_SOURCE", value_name = "ID")]
    source: Option<SourceId>,
    #[command(flatten)]
    server: ServerArgs,
}

/// A server that was not asked yet, and what to tell it.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    server: Server,
    source: SourceId,
}

/// A batch on its way.
#[derive(Debug, Clone)]
pub(super) struct Frames {
    pub(super) body: Bytes,
    pub(super) encoding: Encoding,
    pub(super) idempotency_key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Zstd,
}

#[derive(Debug)]
pub(super) enum FramesAnswer {
    Accepted,
    Refused { problem: Problem, retry_after: Option<Duration> },
}

// === impl ConnectionArgs ===

impl ConnectionArgs {
    pub(super) fn open(&self) -> Result<Connection, Failure> {
        // What is wrong with the server's address is said before what is missing beside it.
        self.server.base()?;
        let source = self.source.ok_or_else(|| Failure::usage("which source is missing", SOURCE_HINT))?;
        Ok(Connection { server: self.server.open(KEY_HINT)?, source })
    }
}

// === impl Connection ===

impl Connection {
    pub(super) fn source(&self) -> SourceId {
        self.source
    }

    /// Asks `/v1/sources/{source}/{path}` and reads the answer.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &[&str], parameters: &[(&str, String)]) -> Result<T, Failure> {
        self.server.ask(self.about_records(Method::GET, path, parameters)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &[&str], body: &serde_json::Value) -> Result<T, Failure> {
        self.server.ask(self.about_records(Method::POST, path, &[]).json(body)).await
    }

    /// Opens a stream of server-sent events; only their arrival has no time limit.
    pub(super) async fn follow(&self, path: &[&str], parameters: &[(&str, String)]) -> Result<Response, Failure> {
        let request = self.about_records(Method::GET, path, parameters).header(ACCEPT, "text/event-stream");
        let answered = tokio::time::timeout(ASK_TIME_MAX, request.send()).await;
        let Ok(response) = answered else { return Err(self.server.unreachable("no answer in time".to_owned())) };
        let response = response.map_err(|error| self.failure_of(&error))?;
        if response.status().is_success() { Ok(response) } else { Err(self.server.problem(response).await) }
    }

    pub(super) async fn send(&self, frames: &Frames) -> Result<FramesAnswer, Failure> {
        let mut request = self
            .server
            .request(Method::POST, &["sources", &self.source.to_string(), "frames"], &[])
            .timeout(SEND_TIME_MAX)
            .header(CONTENT_TYPE, "application/ndjson")
            .header("idempotency-key", &frames.idempotency_key)
            .body(frames.body.clone());
        if frames.encoding == Encoding::Zstd {
            request = request.header(CONTENT_ENCODING, "zstd");
        }
        let response = request.send().await.map_err(|error| self.failure_of(&error))?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        let body = response.bytes().await.map_err(|error| self.failure_of(&error))?;
        if status.is_success() {
            return Ok(FramesAnswer::Accepted);
        }
        Ok(FramesAnswer::Refused { problem: Problem::read(status.as_u16(), &body), retry_after })
    }

    /// What kept a request from being answered.
    pub(super) fn failure_of(&self, error: &reqwest::Error) -> Failure {
        self.server.failure_of(error)
    }

    fn about_records(&self, method: Method, path: &[&str], parameters: &[(&str, String)]) -> RequestBuilder {
        let source = self.source.to_string();
        self.server.request(method, &[&["v1", "sources", &source], path].concat(), parameters)
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_wait_is_read_in_seconds() {
        let read = |value: &'static str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(value))]));
        assert_eq!(read("2"), Some(Duration::from_secs(2)));
        assert_eq!(read("Fri, 31 Dec 1999 23:59:59 GMT"), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
