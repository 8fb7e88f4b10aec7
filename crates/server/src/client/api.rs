//! `blockhouse api`: any call of the HTTP API, as `blockhouse openapi` describes them.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use model::limits;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use serde_json::Value;

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::server::ServerArgs;
use super::tenant::{Hints, KEY_HINT};

const PATH_HINT: &str = "a path such as /v1/me; `blockhouse openapi` describes them all";
const BODY_HINT: &str = "--body is JSON, @FILE for that of a file, or - for that of standard input";
const HINTS: Hints = Hints {
    permission: "the key does not permit it; docs/people.md says which permission each call needs",
    list: "`blockhouse openapi` describes all calls; what is not there for a key is not told from what is not there at all",
};

/// Call the HTTP API
///
/// For what has no command of its own; `blockhouse openapi` describes all calls. Prints the answer: JSON indented for a
/// person, everything as it is for a pipe.
///
///   blockhouse api GET /v1/tenants
///   blockhouse api PUT /v1/tenants/$TENANT/sign-in --body '{"second_factor":"required"}'
///   blockhouse api PUT /v1/tenants/$TENANT/overview/template --body-file answers.md --content-type text/markdown
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// GET, POST, PUT, PATCH or DELETE
    #[arg(value_parser = method)]
    method: Method,
    /// Below the server's address, such as /v1/me
    path: String,
    /// A parameter; may be given again
    #[arg(long = "query", short = 'q', value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// JSON to send, @FILE for that of a file, or - for that of standard input
    #[arg(long, value_name = "JSON", conflicts_with = "body_file")]
    body: Option<String>,
    /// A file to send as it is, or - for standard input; --content-type says what it is
    #[arg(long, value_name = "FILE", requires = "content_type")]
    body_file: Option<PathBuf>,
    /// What the file is, such as text/markdown
    #[arg(long, value_name = "TYPE", requires = "body_file", value_parser = content_type)]
    content_type: Option<HeaderValue>,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let path = segments(&args.path)?;
    let body = match (&args.body, &args.body_file) {
        (Some(text), _) => Some((HeaderValue::from_static("application/json"), body(text)?)),
        (None, Some(file)) => args.content_type.zip(Some(contents(file)?)),
        (None, None) => None,
    };
    let server = args.server.open(KEY_HINT)?;
    let parameters: Vec<(&str, String)> = args.parameters.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let mut request = server.request(args.method, &path, &parameters);
    if let Some((kind, body)) = body {
        request = request.header(CONTENT_TYPE, kind).body(body);
    }
    let answer = server.bytes(request).await.map_err(|failure| HINTS.hinted(failure))?;
    let answer = String::from_utf8_lossy(&answer);
    if answer.is_empty() {
        return Ok(());
    }
    if !output.is_terminal() {
        return if answer.ends_with('\n') { output.text(&answer) } else { output.line(&answer) };
    }
    let indented = serde_json::from_str::<Value>(&answer).ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    let shown = indented.as_deref().unwrap_or(&answer);
    shown.lines().try_for_each(|line| output.line(&printable(line)))
}

fn method(text: &str) -> Result<Method, &'static str> {
    match text.to_ascii_uppercase().as_str() {
        "GET" => Ok(Method::GET),
        "POST" => Ok(Method::POST),
        "PUT" => Ok(Method::PUT),
        "PATCH" => Ok(Method::PATCH),
        "DELETE" => Ok(Method::DELETE),
        _ => Err("one of GET, POST, PUT, PATCH, DELETE"),
    }
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The path's pieces, of which none leads upwards.
fn segments(path: &str) -> Result<Vec<&str>, Failure> {
    let wrong = |what: &str| Failure::usage(format!("{path:?}: {what}"), PATH_HINT);
    if path.contains(['?', '#']) {
        return Err(wrong("parameters are given with --query"));
    }
    let pieces: Vec<&str> = path.strip_prefix('/').ok_or_else(|| wrong("a path begins with /"))?.split('/').collect();
    match pieces.iter().any(|piece| matches!(*piece, "" | "." | "..")) {
        true => Err(wrong("a piece of the path is empty or leads upwards")),
        false => Ok(pieces),
    }
}

fn content_type(text: &str) -> Result<HeaderValue, &'static str> {
    let kind = text.contains('/').then(|| HeaderValue::from_str(text).ok()).flatten();
    kind.ok_or("a type such as text/markdown")
}

fn body(text: &str) -> Result<Vec<u8>, Failure> {
    let bytes = match text.strip_prefix('@') {
        _ if text == "-" => contents(Path::new(text))?,
        Some(file) => contents(Path::new(file))?,
        None => text.as_bytes().to_vec(),
    };
    match serde_json::from_slice::<serde::de::IgnoredAny>(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::usage(format!("the body is no JSON: {error}"), BODY_HINT)),
    }
}

/// Of a file, or of standard input.
fn contents(file: &Path) -> Result<Vec<u8>, Failure> {
    let most = limits::BODY_WIRE_BYTES_MAX as u64;
    match file == Path::new("-") {
        true => read(io::stdin().lock(), Path::new("standard input"), most),
        false => read(fs::File::open(file).map_err(Failure::file("open", file))?, file, most),
    }
}

/// No more than the server takes.
fn read(from: impl Read, path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let done = from.take(most + 1).read_to_end(&mut bytes);
    done.map_err(|source| Failure::File { doing: "read", path: path.to_owned(), source })?;
    match bytes.len() as u64 > most {
        true => Err(Failure::usage(format!("the body has more than {most} bytes"), BODY_HINT)),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_down_only() {
        assert_eq!(segments("/v1/me").unwrap(), ["v1", "me"]);
        for path in ["", "v1/me", "/", "/v1//me", "/v1/../me", "/v1/.", "/v1/me?a=b", "/v1/me#a"] {
            assert!(segments(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_body_is_json() {
        assert_eq!(body("{\"a\":1}").unwrap(), b"{\"a\":1}");
        for text in ["", "a", "{", "@/nowhere/at/all"] {
            assert!(body(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_type_has_two_parts() {
        assert_eq!(content_type("text/markdown; charset=utf-8").unwrap(), "text/markdown; charset=utf-8");
        for text in ["", "markdown", "text/mark\ndown"] {
            assert!(content_type(text).is_err(), "{text}");
        }
    }
}
