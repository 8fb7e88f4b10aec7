//! A body that is made once and answered many times: packed once, and not sent again to whoever has it.
//!
//! Always holds: the tag is of the body as it is before it is packed, and weak, since both forms have it (RFC 9110, 8.8).

use std::io::Write;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

const TAG_CHARS: usize = 32;

#[derive(Clone)]
pub(super) struct Cached {
    plain: Bytes,
    /// `None` where packing failed, which leaves the plain one.
    gzip: Option<Bytes>,
    tag: String,
}

// === impl Cached ===

impl Cached {
    pub(super) fn new(body: impl Into<Bytes>) -> Self {
        let plain = body.into();
        let digest = trust::sha256(&plain).sha256;
        let tag = format!("W/\"{}\"", digest.get(..TAG_CHARS).unwrap_or(&digest));
        Self { gzip: packed(&plain).ok(), plain, tag }
    }

    /// With `headers` beside those of the cache; 304 without a body to whoever has it.
    pub(super) fn answer(&self, asked: &HeaderMap, headers: [(header::HeaderName, HeaderValue); 3]) -> Response {
        let mut response = match &self.gzip {
            _ if self.is_known(asked) => StatusCode::NOT_MODIFIED.into_response(),
            Some(gzip) if takes(asked, "gzip") => ([(header::CONTENT_ENCODING, "gzip")], gzip.clone()).into_response(),
            Some(_) | None => self.plain.clone().into_response(),
        };
        let of_cache = [(header::VARY, HeaderValue::from_static("accept-encoding"))];
        let tag = HeaderValue::from_str(&self.tag).map(|tag| (header::ETAG, tag));
        // Over those that a body of bytes has by itself.
        for (name, value) in headers.into_iter().chain(of_cache).chain(tag) {
            response.headers_mut().insert(name, value);
        }
        response
    }

    fn is_known(&self, asked: &HeaderMap) -> bool {
        let tags = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        tags.flat_map(|value| value.split(',')).any(|tag| tag.trim() == "*" || bare(tag) == bare(&self.tag))
    }
}

fn packed(body: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::default());
    encoder.write_all(body)?;
    Ok(encoder.finish()?.into())
}

/// Whether a packing is accepted by name, and not with a weight of nothing.
pub(super) fn takes(asked: &HeaderMap, packing: &str) -> bool {
    let accepted = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").map(|weight| weight.trim().parse::<f32>());
        name.trim().eq_ignore_ascii_case(packing) && !matches!(weight, Some(Ok(0.0) | Err(_)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn gzip_is_sent_to_whoever_names_it() {
        for (accepts, packed) in [("gzip, br", true), ("br, GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false), ("*", false)]
        {
            assert_eq!(takes(&asked(header::ACCEPT_ENCODING, accepts), "gzip"), packed, "{accepts}");
        }
        assert!(!takes(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn whoever_has_the_body_is_not_sent_it_again() {
        let headers = || {
            [header::CONTENT_TYPE, header::CACHE_CONTROL, header::CONTENT_SECURITY_POLICY]
                .map(|name| (name, HeaderValue::from_static("x")))
        };
        let cached = Cached::new("a body");
        let first = cached.answer(&HeaderMap::new(), headers());
        assert_eq!(first.headers().get_all(header::CONTENT_TYPE).iter().collect::<Vec<_>>(), ["x"]);
        let tag = first.headers()[header::ETAG].clone();
        let mut again = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        assert_eq!(cached.answer(&again, headers()).status(), StatusCode::NOT_MODIFIED);
        again.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"another\""));
        assert_eq!(cached.answer(&again, headers()).status(), StatusCode::OK);
    }
}
