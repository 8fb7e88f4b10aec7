//! How somebody outside reaches whoever answers for the installation: security.txt, its signature, and the canary.
//!
//! Always holds: a file of ours has a contact and one expiry that lies ahead, is signed, and its expiry moves on only while
//! people acknowledge what is sent to each address in it, so that a mailbox which nobody reads ends the file by itself.
//! Does no I/O: whoever serves the file, sends the messages and keeps the sealed documents is elsewhere.

mod canary;
mod checks;
mod field;
mod judge;
mod openpgp;
mod security_txt;
mod uri;

pub use canary::{AcknowledgeError, Acknowledged, Canary, Code, Measured, Proven, SendTo, StateError, renewal};
pub use checks::{Watched, checks};
pub use judge::{Expected, Finding, judge};
pub use openpgp::cleartext::SignatureError;
pub use openpgp::key::{KeyError, PublicKey, SigningKey};
pub use security_txt::{Fields, SecurityTxt, SecurityTxtError};
pub use uri::{Contact, Language, Uri, UriError};
