//! What can happen of views, short links and alerts: a part of the trail's vocabulary, and as stable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "AuditWatched")]
pub enum Watched {
    ViewCreated {
        view: String,
    },
    ViewChanged {
        view: String,
    },
    ViewRemoved {
        view: String,
    },
    /// It ends at `until` by itself, and no entry says so.
    LinkCreated {
        link: String,
        until: String,
    },
    LinkRemoved {
        link: String,
    },
    AlertCreated {
        alert: String,
        destinations: Vec<String>,
    },
    AlertChanged {
        alert: String,
        destinations: Vec<String>,
    },
    AlertRemoved {
        alert: String,
    },
    /// Records of the source are counted for this alert from now on, each minute, until then at the latest. It is written
    /// before the first of those looks; whoever keeps the alert is who they are on behalf of.
    SourceWatched {
        alert: String,
        until: String,
    },
    /// So many records within its window: the alert told it to so many destinations. This and the one below.
    AlertFired {
        alert: String,
        count: u64,
        told: u64,
    },
    AlertRecovered {
        alert: String,
        count: u64,
        told: u64,
    },
    /// Nobody looks any more, because of this.
    AlertStopped {
        alert: String,
        code: String,
    },
    /// Somebody had a message sent that tells nothing.
    AlertDestinationTested {
        destination: String,
    },
    /// Alerts can tell this: `mail:` and a member, or the scheme, host and port of an address.
    AlertDestinationCreated {
        destination: String,
        to: String,
    },
    /// The member answered from the address.
    AlertDestinationApproved {
        destination: String,
    },
    AlertDestinationRotated {
        destination: String,
    },
    AlertDestinationRemoved {
        destination: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[test]
    fn an_event_of_an_alert_is_told_as_any_other() {
        let event = Event::Watched(Watched::AlertFired { alert: "0a".to_owned(), count: 3, told: 1 });
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(text, r#"{"type":"alert_fired","alert":"0a","count":3,"told":1}"#);
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        assert_eq!(event.name(), "alert_fired");
        for wrong in [r#"{"type":"alert_fired","alert":"0a","count":3,"told":1,"more":1}"#, r#"{"type":"unheard_of"}"#] {
            assert!(serde_json::from_str::<Event>(wrong).is_err(), "{wrong}");
        }
        let other = r#"{"type":"member_removed","user":"0u","more":1}"#;
        assert!(serde_json::from_str::<Event>(other).is_err(), "{other}");
    }
}
