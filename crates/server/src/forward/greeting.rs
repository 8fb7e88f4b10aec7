//! The greeting of Fluent's forward protocol: HELO, PING, PONG.
//!
//! Always holds: each side shows with a digest over the other's fresh bytes that it holds the shared key, which is not sent; a
//! sender is told of its key only once it has shown that; time and bytes are bounded.

use std::time::Duration;

use audit::Actor;
use bytes::Bytes;
use identity::{Credential, Refused, SharedKeyHolder};
use ingest::forward::{Ping, helo, pong};
use model::limits;
use tokio::time::timeout;

use super::{Connection, Ended, Sender};
use crate::problem::Problem;

/// What the server calls itself. No host can be called so, and senders refuse a server that has their own name.
const SERVER: &str = "blockhouse forward";
const NONCE_BYTES: usize = 16;

// === impl Connection ===

impl Connection {
    /// Finds out who sends. Whoever presents a certificate that is of a source is not greeted: it has no shared key to show.
    pub(super) async fn greet(&mut self) -> Result<Sender, Ended> {
        if let Some(certificate) = &self.stream.certificate {
            let sender = Sender::Certificate(Credential::from_certificate(certificate.fingerprint()));
            if self.permit(&sender).is_ok() {
                return Ok(sender);
            }
        }
        let time = Duration::from_secs(limits::FORWARD_GREETING_SECONDS_MAX);
        timeout(time, self.ask()).await.unwrap_or(Err(Ended::Late))
    }

    async fn ask(&mut self) -> Result<Sender, Ended> {
        let mut random = [0; 2 * NONCE_BYTES];
        self.app.entropy.fill(&mut random);
        let (nonce, auth) = random.split_at(NONCE_BYTES);
        self.send(&helo(nonce, auth)).await?;
        let answer = self.answer().await?;
        let ping = Ping::parse(&answer).map_err(|error| Ended::Refused(error.into()))?;
        match self.prove(&ping, nonce) {
            Ok((holder, proof)) => {
                self.send(&pong(SERVER, Ok(&proof))).await?;
                Ok(Sender::Holder(holder, ping.hostname.escape_ascii().to_string()))
            }
            Err(refused) => {
                let problem = self.app.refused_key(&self.caller, refused.into());
                self.tell(ping.username, &problem);
                self.send(&pong(SERVER, Err(problem.code))).await?;
                Err(Ended::Refused(problem))
            }
        }
    }

    /// One whole value; `greet` bounds the time of the whole.
    async fn answer(&mut self) -> Result<Bytes, Ended> {
        loop {
            match self.framer.whole(&self.read) {
                Ok(Some(bytes)) => return Ok(self.read.split_to(bytes).freeze()),
                Ok(None) => self.read_more(Duration::from_secs(limits::FORWARD_STALL_SECONDS_MAX)).await?,
                Err(error) => return Err(Ended::Refused(error.into())),
            }
        }
    }

    /// The holder of a key that counts now, and the server's own proof.
    fn prove(&self, ping: &Ping<'_>, nonce: &[u8]) -> Result<(SharedKeyHolder, String), Refused> {
        let named = std::str::from_utf8(ping.username).unwrap_or_default();
        let proves = |shared: &seal::SharedKey| shared.is_proved(ping.proof, ping.salt, ping.hostname, nonce);
        let (holder, shared) = self.app.identity.prove_shared_key(named, proves)?;
        let deed = self.caller.deed(Actor::Stranger, self.app.clock.now());
        let _counts = self.app.identity.authorize_holder(&holder, &deed)?;
        Ok((holder, shared.proof(ping.salt, SERVER.as_bytes(), nonce)))
    }

    /// Tells whoever looks at the source of the key that was named.
    fn tell(&self, username: &[u8], problem: &Problem) {
        let named = std::str::from_utf8(username).unwrap_or_default();
        if let Ok(Some(source)) = self.app.identity.source_of_named_key(named) {
            let key = || Some(format!("shared key of {named}"));
            self.app.refusals.note_of(source, (&self.caller, key), problem, self.app.clock.now());
        }
    }
}
