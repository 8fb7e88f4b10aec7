//! Which ends of signed statements the security contact was written of.
//!
//! Always holds: kept sealed; what is over is forgotten, so that it is as long as what ends soon.

use std::collections::BTreeSet;

use anyhow::Context;
use identity::StatementEnd;
use model::{Email, Timestamp};
use seal::{Field, FieldSealer};
use serde::{Deserialize, Serialize};

const PLACE: Field<'static> = Field { table: "contact", column: "reminded", row: b"", scope: b"" };

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reminded {
    /// To whom, and of what.
    sent: BTreeSet<(String, StatementEnd)>,
}

// === impl Reminded ===

impl Reminded {
    pub(super) fn open(sealer: &FieldSealer, sealed: &[u8]) -> anyhow::Result<Self> {
        let text = sealer.open(&PLACE, sealed).context("could not open which reminders were sent")?;
        serde_json::from_slice(&text).context("which reminders were sent cannot be read")
    }

    pub(super) fn seal(&self, sealer: &FieldSealer) -> anyhow::Result<Vec<u8>> {
        let text = serde_json::to_vec(self).context("which reminders were sent cannot be written")?;
        sealer.seal(&PLACE, &text).context("could not seal which reminders were sent")
    }

    pub(super) fn was_sent(&self, to: &Email, end: &StatementEnd) -> bool {
        self.sent.contains(&(to.to_string(), end.clone()))
    }

    pub(super) fn sent(&mut self, to: &Email, end: &StatementEnd, now: Timestamp) {
        self.sent.retain(|(_, end)| Timestamp::parse(&end.until).is_ok_and(|until| now < until));
        self.sent.insert((to.to_string(), end.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(until: &str) -> StatementEnd {
        let text = |text: &str| text.to_owned();
        let (page, claim, title) = (text("https://localhost/security"), text("P-1"), text("On call"));
        StatementEnd { page, claim, title, until: text(until), days: 7 }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_reminder_is_of_one_end_to_one_address_and_forgotten_once_it_is_over() {
        let [ada, bob] = ["ada@example.com", "bob@example.com"].map(|text| Email::parse(text).unwrap());
        let (first, second) = (end("2026-12-01T00:00:00Z"), end("2026-12-09T00:00:00Z"));
        let mut reminded = Reminded::default();
        reminded.sent(&ada, &first, at("2026-11-25T00:00:00Z"));
        assert!(reminded.was_sent(&ada, &first) && !reminded.was_sent(&bob, &first) && !reminded.was_sent(&ada, &second));
        assert!(!reminded.was_sent(&ada, &StatementEnd { days: 1, ..first.clone() }));
        reminded.sent(&ada, &second, at("2026-12-02T00:00:00Z"));
        assert!(!reminded.was_sent(&ada, &first) && reminded.was_sent(&ada, &second));
    }
}
