use std::sync::Arc;

use parking_lot::Mutex;
use rustls::version::{TLS12, TLS13};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;
use crate::edge::{Edge, EdgeLimits};
use crate::testing::{client, localhost, now, trusted};
use crate::tls::{ALPN_HTTP1, TlsFloor, TlsProfile};
use crate::{Certificates, Stream};

/// What is told of one connection, and how it is shown.
async fn check<F: Future<Output = ()>>(expected: &str, connect: impl FnOnce(TcpStream) -> F) {
    let (trusted, told) = (trusted(), Arc::new(Mutex::new(Vec::new())));
    let certificates = Certificates::new(trusted.authority.issue(&[], now()).unwrap());
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let profile = TlsProfile { floor: TlsFloor::Tls13 };
    let edge = Edge::bind_streams(loopback, certificates, profile, EdgeLimits::default()).await.unwrap();
    let kept = Arc::clone(&told);
    let edge = edge.telling(move |one| kept.lock().push(one));
    let (address, counters) = (edge.local_addr(), edge.counters());
    let serving = tokio::spawn(edge.serve_streams(|_: Stream| async {}, std::future::pending()));
    let socket = TcpStream::connect(address).await.unwrap();
    let from = socket.local_addr().unwrap();
    connect(socket).await;
    while told.lock().is_empty() {
        tokio::task::yield_now().await;
    }
    serving.abort();
    let one = told.lock()[0];
    assert_eq!((one.peer, format!("{:?}", one.reason).as_str()), (from, expected));
    let counts = counters.counts();
    assert_eq!(counts.handshake_failed + counts.tls_incompatible, 1);
}

#[tokio::test]
async fn whoever_does_not_trust_the_certificate_is_told_apart() {
    let other = trusted();
    let config = client(other.authority.certificate(), &TLS13, ALPN_HTTP1);
    check("Distrusted(Alert(48))", |socket| async move {
        assert!(TlsConnector::from(config).connect(localhost(), socket).await.is_err());
    })
    .await;
    assert_eq!(Alert(48).to_string(), "unknown_ca");
    assert_eq!(Alert(80).to_string(), "alert 80");
}

#[tokio::test]
async fn an_old_version_is_told_apart() {
    let config = client(trusted().authority.certificate(), &TLS12, ALPN_HTTP1);
    check("Incompatible", |socket| async move {
        assert!(TlsConnector::from(config).connect(localhost(), socket).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn what_is_no_tls_is_told_apart() {
    check("NotTls", |mut socket| async move { socket.write_all(b"<14>1 - - - - - - in clear\n").await.unwrap() }).await;
    check("Broken", |mut socket| async move { socket.write_all(&[0x16, 3, 1]).await.unwrap() }).await;
}
