//! Looks whether somebody reads what is sent to the published contacts.

use std::sync::Arc;

use model::{Check, Entropy, Observation, Timestamp, Vantage};

use crate::canary::{Canary, Measured};
use crate::security_txt::DAY_SECONDS;
use crate::uri::Contact;

/// Whoever keeps the canary.
pub trait Watched: Send + Sync {
    /// The canary as it stands; `None` where no contact is published.
    fn canary(&self) -> Result<Option<Canary>, String>;
}

/// The falsifiers of what is said about the contacts.
#[must_use]
pub fn checks(watched: Arc<dyn Watched>, entropy: Arc<dyn Entropy>) -> Vec<Box<dyn Check>> {
    vec![Box::new(CanaryAcknowledged { watched, entropy })]
}

struct CanaryAcknowledged {
    watched: Arc<dyn Watched>,
    entropy: Arc<dyn Entropy>,
}

// === impl CanaryAcknowledged ===

impl Check for CanaryAcknowledged {
    fn id(&self) -> &'static str {
        "contact.canary-acknowledged"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Inside
    }

    fn look(&self, now: Timestamp) -> Observation {
        match self.watched.canary() {
            Ok(Some(canary)) => tell(&canary.measured(now)),
            Ok(None) => Observation::not_run("no security contact is published"),
            Err(error) => Observation::not_run("the canary could not be read").detail(error),
        }
    }

    /// A mailbox that was read once and is not read any more.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        match abandoned(&*self.entropy, now) {
            Some(canary) => tell(&canary.measured(now)),
            None => Observation::not_run("the twin could not be made"),
        }
    }
}

/// A new address is neither proven nor unread, and does not count.
fn tell(measured: &Measured) -> Observation {
    let judged = measured.addresses - measured.new;
    let observation = match (measured.addresses, judged) {
        (0, _) => Observation::not_run("no published contact is an address of mail"),
        (_, 0) => Observation::not_run("the first message to the published contacts waits for its acknowledgement"),
        _ => Observation::all("published addresses where the last message was acknowledged in time", measured.proven, judged),
    };
    observation.counting("messages acknowledged in time", measured.acknowledged, Some(measured.messages)).counting(
        "hours until the slowest acknowledgement",
        measured.slowest_seconds.unsigned_abs() / 3_600,
        None,
    )
}

fn abandoned(entropy: &dyn Entropy, now: Timestamp) -> Option<Canary> {
    let mut canary = Canary::default();
    let contact = Contact::parse("mailto:nobody@invalid").ok()?;
    for days in [28, 21, 14] {
        let then = now.plus_seconds(-days * DAY_SECONDS);
        canary.watch(std::slice::from_ref(&contact), then);
        let message = canary.step(entropy, then).pop()?;
        canary.sent(&message.to, then);
        if days == 28 {
            canary.acknowledge(&message.code.reveal(), then).ok()?;
        }
    }
    Some(canary)
}
