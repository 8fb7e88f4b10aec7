//! Headers that tell a browser how little an answer may do.
//!
//! Always holds: every answer has them; what an answer says itself of its policy is kept, and one that says nothing may load
//! and reach nothing.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
/// Everything a browser could be asked for that no page of ours needs. Passkeys are not in it.
const NO_POWERS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), \
     gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=()",
);
/// Two years, as browsers' lists ask for.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

/// Whether browsers are told to speak TLS only to this name from now on. On `localhost` that would break whatever else
/// somebody runs there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hsts {
    Sent,
    Local,
}

// === impl Hsts ===

impl Hsts {
    pub(crate) fn of(name: &str) -> Self {
        if name == "localhost" || name.ends_with(".localhost") { Self::Local } else { Self::Sent }
    }
}

pub(crate) fn restrict(headers: &mut HeaderMap, hsts: Hsts) {
    let all = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (HeaderName::from_static("permissions-policy"), NO_POWERS),
        (HeaderName::from_static("cross-origin-opener-policy"), SAME_ORIGIN),
    ];
    for (name, value) in all {
        headers.insert(name, value);
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    headers.entry(HeaderName::from_static("cross-origin-resource-policy")).or_insert(SAME_ORIGIN);
    match hsts {
        Hsts::Sent => {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
        }
        Hsts::Local => {}
    }
}
