//! Entries as streams carry them: records for a source, or signed lines for an address.
//!
//! | header of a request to an address | what |
//! |---|---|
//! | `blockhouse-stream` | the stream's id |
//! | `blockhouse-signature` | `t=SECONDS,v1=HEX`: when it was sent, and HMAC-SHA-256 of `SECONDS.BODY` under the stream's secret |
//!
//! Always holds: each entry names its log and its sequence, so whoever gets one twice can tell; the time is signed, so that
//! a request which is played again later can be told from a new one. Sends nothing and knows no address.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Entropy, Timestamp};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::deed::Outcome;
use crate::download::{Download, Form};
use crate::trail::Recorded;

const SECRET_BYTES: usize = 32;
const PREFIX: &str = "bh_stream_";
const WEBHOOK_PREFIX: &str = "bh_webhook_";

/// What a stream signs with, and a webhook of alerts. The receiver has the same text, to the letter.
pub struct StreamSecret(Zeroizing<String>);

// === impl StreamSecret ===

impl StreamSecret {
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::random(PREFIX, entropy)
    }

    #[must_use]
    pub fn for_webhook(entropy: &dyn Entropy) -> Self {
        Self::random(WEBHOOK_PREFIX, entropy)
    }

    fn random(prefix: &str, entropy: &dyn Entropy) -> Self {
        let mut random = Zeroizing::new([0; SECRET_BYTES]);
        entropy.fill(random.as_mut());
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_slice()));
        Self(Zeroizing::new(format!("{prefix}{}", *text)))
    }

    /// One that was stored.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }

    /// The secret itself, to show it once and to store it sealed.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The value of `blockhouse-signature`.
    #[must_use]
    pub fn sign(&self, body: &[u8], now: Timestamp) -> String {
        let seconds = now.seconds_since(Timestamp::from_nanos(0));
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes()));
        context.update(format!("{seconds}.").as_bytes());
        context.update(body);
        let signature: String = context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={seconds},v1={signature}")
    }
}

impl fmt::Debug for StreamSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamSecret(..)")
    }
}

/// The entries' own JSON with the addresses, a line each.
#[must_use]
pub fn stream_lines(entries: &[Recorded]) -> Vec<u8> {
    let written = Download::new(Form::Ndjson, Vec::new()).and_then(|mut lines| {
        entries.iter().try_for_each(|entry| lines.entry(entry))?;
        Ok(lines.into_inner())
    });
    written.expect("a line is written into memory")
}

/// A record for each entry, in the normal form of records: the entry is under `audit`.
#[must_use]
pub fn stream_records(entries: &[Recorded]) -> Vec<u8> {
    entries.iter().flat_map(|entry| record(entry).to_string().into_bytes()).collect()
}

fn record(recorded: &Recorded) -> Value {
    let entry = &recorded.entry;
    let mut audit = serde_json::to_value(entry).unwrap_or_default();
    if let Some(fields) = audit.as_object_mut() {
        // They are for proofs, which need the entry as it is.
        for name in ["format", "salt", "personal", "time"] {
            fields.remove(name);
        }
        fields.insert("address".to_owned(), json!(recorded.address));
    }
    let (event, actor) = (entry.event.name(), audit["actor"]["kind"].as_str().unwrap_or_default());
    let (level, ended) = match &entry.outcome {
        Outcome::Done => ("info", "done".to_owned()),
        Outcome::Refused { code } => ("warn", format!("refused: {code}")),
    };
    let message = format!("{event} by {actor}, {ended}");
    json!({"timestamp": entry.time, "level": level, "service": "blockhouse-audit", "message": message, "audit": audit})
}
