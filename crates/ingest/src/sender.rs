//! Who sent records, as it is kept with them: sealed in their journal and their part, and gone with them.

use std::net::IpAddr;

use audit::{Actor, Deed};
use serde::{Deserialize, Serialize};
use store::Sender;

/// Who sent records, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentBy {
    pub by: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// Version of the TLS that the records came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
}

// === impl SentBy ===

impl SentBy {
    /// Of a source whose records keep no addresses, neither does this.
    pub(crate) fn of(deed: &Deed, keeps_address: bool) -> Option<Sender> {
        let address = deed.address.filter(|_| keeps_address);
        let sent = Self { by: deed.actor.clone(), address, tls: deed.tls.map(str::to_owned) };
        Sender::new(&serde_json::to_string(&sent).ok()?)
    }

    /// `None` of words that are none of these.
    #[must_use]
    pub fn read(sender: &Sender) -> Option<Self> {
        serde_json::from_str(sender.as_str()).ok()
    }
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    #[test]
    fn a_sender_is_read_as_it_was_kept() {
        let deed = Deed::by(Actor::ApiKey { id: "a".repeat(64) }, Timestamp::from_nanos(0));
        let kept = SentBy::of(&deed, true).unwrap();
        assert_eq!(SentBy::read(&kept), Some(SentBy { by: deed.actor.clone(), address: None, tls: None }));
        let deed = Deed { address: Some(IpAddr::from([0xfd; 16])), tls: Some("1.3"), ..deed };
        let kept = SentBy::of(&deed, true).unwrap();
        assert_eq!(SentBy::read(&SentBy::of(&deed, false).unwrap()).unwrap().address, None);
        let sent = SentBy { by: deed.actor, address: deed.address, tls: Some("1.3".to_owned()) };
        assert_eq!(SentBy::read(&kept), Some(sent));
        assert_eq!(SentBy::read(&Sender::new("{}").unwrap()), None);
    }
}
