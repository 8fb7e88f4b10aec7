//! The server's own log, on standard error. Never holds a body, a key or a name that a customer chose.

use tracing_subscriber::EnvFilter;

/// `BLOCKHOUSE_LOG` sets what is logged, in the syntax of tracing's filters; default: `info`.
pub(crate) fn start(json: bool) {
    let filter = EnvFilter::try_from_env("BLOCKHOUSE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,blockhouse=info,store=info,guard=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start in one process, as in tests, keeps the first subscriber.
    let _ = if json { log.json().try_init() } else { log.try_init() };
}
