//! What a client gets that speaks HTTP without TLS: one fixed answer, for nothing that it sent is looked at.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

const BODY: &str = r#"{"type":"about:blank","title":"Bad Request","status":400,"code":"plain_http","detail":"this port speaks TLS only; use https://"}"#;
/// How long, and for how many bytes, the client may go on sending. A connection closed on unread bytes is reset, and
/// the client would never see the answer.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 256 << 10;

/// Whether a connection's first byte is of a method's name; a TLS handshake begins with 0x16.
pub(super) fn looks_like_http(first: u8) -> bool {
    first.is_ascii_alphabetic()
}

/// Answers and closes. What else the client sends is thrown away.
pub(super) async fn answer<IO: AsyncRead + AsyncWrite + Unpin>(mut io: IO) {
    let length = BODY.len();
    let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nConnection: close";
    let answer = format!("{head}\r\nContent-Length: {length}\r\n\r\n{BODY}");
    let exchange = async {
        io.write_all(answer.as_bytes()).await?;
        io.shutdown().await?;
        tokio::io::copy(&mut (&mut io).take(LINGER_BYTES), &mut tokio::io::sink()).await
    };
    // Whether the client took the answer changes nothing here.
    let _ = timeout(LINGER, exchange).await;
}
