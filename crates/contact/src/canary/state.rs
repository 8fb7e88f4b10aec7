//! The canary between two runs: one JSON document, sealed. An older one that is put back is not noticed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Email, Timestamp, limits};
use seal::{Field, FieldError, FieldSealer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::code::Digest;
use super::{Address, Canary, Proven, Round, Waiting};

const VERSION: u32 = 1;
const PLACE: Field<'static> = Field { table: "contact", column: "canary", row: b"", scope: b"" };

#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("the sealed state of the canary does not open")]
    Sealed(#[source] FieldError),
    #[error("the state of the canary is not one of this version")]
    Version,
}

/// Times are nanoseconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    watched: Vec<Watched>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Watched {
    email: String,
    since: i64,
    next: i64,
    waiting: Option<Message>,
    /// Since and until.
    proven: Option<(i64, i64)>,
    /// When each was sent and acknowledged.
    rounds: Vec<(i64, Option<i64>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    digest: String,
    made: i64,
    sent: Option<i64>,
}

// === impl Canary ===

impl Canary {
    /// For the caller to keep.
    pub fn seal(&self, sealer: &FieldSealer) -> Result<Vec<u8>, StateError> {
        let watched = self.watched.iter().map(Watched::of).collect();
        let text = serde_json::to_vec(&Document { version: VERSION, watched }).map_err(|_| StateError::Version)?;
        sealer.seal(&PLACE, &Zeroizing::new(text)).map_err(StateError::Sealed)
    }

    pub fn open(sealer: &FieldSealer, sealed: &[u8]) -> Result<Self, StateError> {
        let text = sealer.open(&PLACE, sealed).map_err(StateError::Sealed)?;
        let document: Document = serde_json::from_slice(&text).map_err(|_| StateError::Version)?;
        if document.version != VERSION {
            return Err(StateError::Version);
        }
        let watched = document.watched.into_iter().map(Watched::read).collect::<Option<Vec<_>>>();
        Ok(Self { watched: watched.ok_or(StateError::Version)? })
    }
}

// === impl Watched ===

impl Watched {
    fn of(address: &Address) -> Self {
        let message = |waiting: &Waiting| Message {
            digest: STANDARD.encode(waiting.digest.0),
            made: waiting.made.nanos(),
            sent: waiting.sent.map(Timestamp::nanos),
        };
        let round = |round: &Round| (round.sent.nanos(), round.acknowledged.map(Timestamp::nanos));
        Self {
            email: address.email.to_string(),
            since: address.since.nanos(),
            next: address.next.nanos(),
            waiting: address.waiting.as_ref().map(message),
            proven: address.proven.map(|proven| (proven.since.nanos(), proven.until.nanos())),
            rounds: address.rounds.iter().map(round).collect(),
        }
    }

    fn read(self) -> Option<Address> {
        let at = Timestamp::from_nanos;
        let waiting = match self.waiting {
            Some(message) => Some(Waiting {
                digest: Digest(STANDARD.decode(message.digest).ok()?.try_into().ok()?),
                made: at(message.made),
                sent: message.sent.map(at),
            }),
            None => None,
        };
        let rounds =
            self.rounds.into_iter().map(|(sent, acknowledged)| Round { sent: at(sent), acknowledged: acknowledged.map(at) });
        Some(Address {
            email: Email::parse(&self.email).ok()?,
            since: at(self.since),
            next: at(self.next),
            waiting,
            proven: self.proven.map(|(since, until)| Proven { since: at(since), until: at(until) }),
            rounds: rounds.take(limits::CANARY_ROUNDS_KEPT).collect(),
        })
    }
}
