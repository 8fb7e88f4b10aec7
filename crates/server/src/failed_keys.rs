//! What receivers of logs answer to a key that does not count: why, and to an address that sent too many of them, to wait.
//!
//! Always holds: a key that counts is never looked at here, so it is taken whatever others send from its address; a request
//! without any key is no failed key. Of those that are told to wait, whoever looks at the source sees one refusal for each
//! address, and the server's log one line a minute. What the server's own checks send over the loopback is answered alike, and
//! counted apart: operators are told of others.

use std::net::IpAddr;

use axum::http::StatusCode;
use factor::Wait;
use identity::{RefusalClass, Refused};
use model::limits;

use crate::app::App;
use crate::caller::Caller;
use crate::checks::OWN_ADDRESS;
use crate::problem::Problem;

pub(crate) const TOO_MANY_FAILED_KEYS: &str = "too_many_failed_keys";

// === impl App ===

impl App {
    /// The answer to somebody whose key was refused so.
    pub(crate) fn refused_key(&self, caller: &Caller, problem: Problem) -> Problem {
        let of_key = matches!(problem.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
        if !of_key || problem.code == Refused::Missing.code() {
            return problem;
        }
        let Some(wait) = caller.address.and_then(|address| self.count_failed_key(address)) else { return problem };
        let (most, seconds) = (limits::FAILED_KEYS_PER_ADDRESS_MAX, limits::FAILED_KEYS_SECONDS);
        let detail = format!(
            "more than {most} keys from this address did not count within {seconds} seconds, and this one does not either: {}",
            problem.told()
        );
        Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY_FAILED_KEYS, detail).retry_after(wait.seconds)
    }

    /// The same of a stream that ends without an answer, where a message without a key is one as well: says whether there
    /// were too many.
    pub(crate) fn is_one_too_many(&self, address: IpAddr, refused: &Refused) -> bool {
        match refused.class() {
            RefusalClass::Unauthenticated | RefusalClass::Forbidden | RefusalClass::NotFound => {
                self.count_failed_key(address).is_some()
            }
            RefusalClass::Unavailable => false,
        }
    }

    fn count_failed_key(&self, address: IpAddr) -> Option<Wait> {
        if address == OWN_ADDRESS {
            return self.refusals.failed_keys_of_checks.lock().count(address, self.clock.now());
        }
        let wait = self.refusals.failed_keys.lock().count(address, self.clock.now())?;
        if wait.is_first {
            tracing::warn!(peer.address = %address, code = TOO_MANY_FAILED_KEYS, "keys from an address do not count, one after another");
        }
        Some(wait)
    }
}
