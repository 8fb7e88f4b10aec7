//! `server.security-txt`: the published file, judged as a reader of RFC 9116 would.

use std::sync::Arc;

use model::{Check, Observation, Timestamp, Vantage};

use super::Outside;
use crate::contacts::{self, Contacts};

pub(super) struct SecurityTxtPublished {
    outside: Outside,
    contacts: Arc<Contacts>,
}

// === impl SecurityTxtPublished ===

impl SecurityTxtPublished {
    pub(super) fn new(outside: Outside, contacts: Arc<Contacts>) -> Self {
        Self { outside, contacts }
    }

    fn judge(&self, now: Timestamp, spoil: impl Fn(Vec<u8>) -> Vec<u8>) -> Result<Observation, String> {
        let fetch = |path: &str| {
            let answer = self.outside.get(path, "")?;
            let plain = answer.headers.iter().any(|(name, value)| name == "content-type" && value.starts_with("text/plain"));
            if answer.status == 200 { Ok((answer.body, plain)) } else { Err(format!("{path} was answered {}", answer.status)) }
        };
        let (file, plain) = match fetch(contacts::FILE_PATH) {
            Ok(fetched) => fetched,
            Err(reason) => return Ok(Observation::broken("there is no security.txt").detail(reason)),
        };
        let key = String::from_utf8(fetch(contacts::KEY_PATH)?.0).map_err(|error| error.to_string())?;
        let published = contact::PublicKey::parse(&key).map_err(|error| error.to_string())?;
        let own = self.contacts.public_key().map_err(|error| error.to_string())?;
        let same = contact::PublicKey::parse(&own).is_ok_and(|own| own.fingerprint() == published.fingerprint());
        let url = self.contacts.file_url();
        let findings = contact::judge(&spoil(file), now, &contact::Expected { url: &url, key: Some(&published) });
        let faults: Vec<String> = findings.iter().filter(|one| !one.is_advice()).map(ToString::to_string).collect();
        let tests = [plain, same, faults.is_empty()];
        let held = tests.iter().filter(|held| **held).count() as u64;
        let seen = Observation::all("demands on security.txt were met: its type, its key, its text and signature", held, 3);
        Ok(seen.with_details(faults))
    }
}

impl Check for SecurityTxtPublished {
    fn id(&self) -> &'static str {
        "server.security-txt"
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, now: Timestamp) -> Observation {
        let looked = self.judge(now, |file| file);
        looked.unwrap_or_else(|reason| Observation::not_run("security.txt could not be fetched").detail(reason))
    }

    /// The same file with one contact more than was signed.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let looked = self.judge(now, |file| {
            String::from_utf8_lossy(&file).replacen("Contact:", "Contact: mailto:eve@example.com\nContact:", 1).into_bytes()
        });
        looked.unwrap_or_else(|reason| Observation::not_run("security.txt could not be fetched").detail(reason))
    }
}
