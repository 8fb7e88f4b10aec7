//! What is said of a change, in the three forms in which it leaves: JSON, text for a chat, a message.
//!
//! Always holds: none holds the query or anything of a record. A name that somebody gave ends no line, and in a chat it
//! addresses nobody and is no link.

use std::borrow::Cow;

use model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::rule::{Comparison, Rule};
use crate::standing::{Change, State};

const SECOND: i64 = 1_000_000_000;

/// Of what is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub id: String,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Fired,
    Recovered,
    /// Somebody tries whether it arrives.
    Test,
}

/// One change as it is told. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    pub what: What,
    at: i64,
    tenant: String,
    /// A test of a destination is of none.
    pub alert: Option<Named>,
    pub source: Option<Named>,
    counted: Option<Counted>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    count: u64,
    comparison: Comparison,
    threshold: u64,
    window_minutes: u32,
    from: i64,
    to: i64,
}

// === impl Said ===

impl Said {
    #[must_use]
    pub fn of(tenant: &str, (alert, source): (Named, Named), rule: &Rule, change: &Change) -> Self {
        let what = match change.to {
            State::Alerting => What::Fired,
            State::Ok => What::Recovered,
        };
        let counted = Counted {
            count: change.count,
            comparison: rule.comparison,
            threshold: rule.threshold,
            window_minutes: rule.window_minutes,
            from: change.window.from.nanos(),
            to: change.window.to.nanos(),
        };
        let (tenant, at) = (tenant.to_owned(), change.at.nanos());
        Self { what, at, tenant, alert: Some(alert), source: Some(source), counted: Some(counted) }
    }

    /// A test, of an alert or of a destination alone.
    #[must_use]
    pub fn test(tenant: &str, about: Option<(Named, Named)>, at: Timestamp) -> Self {
        let (alert, source) = about.unzip();
        Self { what: What::Test, at: at.nanos(), tenant: tenant.to_owned(), alert, source, counted: None }
    }

    /// The body of a webhook. `message` is the same however often it is sent.
    #[must_use]
    pub fn json(&self, message: &str, link: &str) -> Vec<u8> {
        let time = |nanos: i64| Timestamp::from_nanos(nanos).to_string();
        let named = |named: &Option<Named>| named.as_ref().map(|Named { id, name }| json!({"id": id, "name": name}));
        let counted = self.counted.as_ref();
        let body: Value = json!({
            "version": 1,
            "type": self.kind(),
            "id": message,
            "at": time(self.at),
            "tenant": self.tenant,
            "alert": named(&self.alert),
            "source": named(&self.source),
            "state": self.state(),
            "count": counted.map(|one| one.count),
            "comparison": counted.map(|one| one.comparison),
            "threshold": counted.map(|one| one.threshold),
            "window_minutes": counted.map(|one| one.window_minutes),
            "from": counted.map(|one| time(one.from)),
            "to": counted.map(|one| time(one.to)),
            "link": link,
        });
        body.to_string().into_bytes()
    }

    /// The body for an incoming webhook of Slack and of those like it.
    #[must_use]
    pub fn chat(&self, link: &str) -> Vec<u8> {
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let text = format!("{}\n{link}", escaped(&self.headline()));
        json!({ "text": text }).to_string().into_bytes()
    }

    /// Subject and text of a message.
    #[must_use]
    pub fn mail(&self, link: &str) -> (String, String) {
        let subject = match (&self.alert, self.what) {
            (Some(alert), What::Fired) => format!("Alert: {}", one_line(&alert.name)),
            (Some(alert), What::Recovered) => format!("Recovered: {}", one_line(&alert.name)),
            (Some(alert), What::Test) => format!("Test of the alert {}", one_line(&alert.name)),
            (None, _) => "Test of where alerts are told".to_owned(),
        };
        let text = format!("{}\n\n{link}\n\nWhat the records say is told to those who may read them, there.\n", self.headline(),);
        (subject, text)
    }

    fn headline(&self) -> String {
        let name = |named: &Option<Named>| named.as_ref().map_or_else(String::new, |one| one_line(&one.name).into_owned());
        let (alert, source) = (name(&self.alert), name(&self.source));
        let found = self.counted.as_ref().map_or_else(String::new, |one| {
            let minutes = if one.window_minutes == 1 { "minute".to_owned() } else { format!("{} minutes", one.window_minutes) };
            // To the second, for people.
            let to = Timestamp::from_nanos(one.to.div_euclid(SECOND) * SECOND);
            format!(": {} in the {minutes} before {to} (alerts on {} {})", records(one.count), one.comparison, one.threshold)
        });
        match (self.what, self.alert.is_some()) {
            (What::Fired, _) => format!("Alert \"{alert}\" on source \"{source}\"{found}"),
            (What::Recovered, _) => format!("Recovered: \"{alert}\" on source \"{source}\"{found}"),
            (What::Test, true) => format!("Test of the alert \"{alert}\" on source \"{source}\": this is how it is told"),
            (What::Test, false) => "Test: alerts that tell this destination arrive here".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.what {
            What::Fired => "alert.fired",
            What::Recovered => "alert.recovered",
            What::Test => "test",
        }
    }

    fn state(&self) -> Option<&'static str> {
        match self.what {
            What::Fired => Some(State::Alerting.as_str()),
            What::Recovered => Some(State::Ok.as_str()),
            What::Test => None,
        }
    }
}

fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) { Cow::Owned(text.replace(char::is_control, " ")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fired(name: &str) -> Said {
        let named = |id: &str, name: &str| Named { id: id.to_owned(), name: name.to_owned() };
        let query = "password:hunter2".to_owned();
        let rule = Rule { query, comparison: Comparison::AtLeast, threshold: 3, window_minutes: 5 };
        let at = Timestamp::from_nanos(1_790_000_000_000_000_000);
        let change = Change { to: State::Alerting, at, count: 7, window: rule.window(at) };
        Said::of("0t", (named("0a", name), named("0s", "web")), &rule, &change)
    }

    #[test]
    fn what_leaves_has_counts_and_never_the_query() {
        let said = fired("Too many errors");
        let json: Value = serde_json::from_slice(&said.json("0m", "https://x/app")).unwrap();
        assert_eq!((&json["type"], &json["count"], &json["id"]), (&json!("alert.fired"), &json!(7), &json!("0m")));
        assert_eq!((&json["state"], &json["comparison"]), (&json!("alerting"), &json!("at_least")));
        let (subject, text) = said.mail("https://x/app");
        assert_eq!(subject, "Alert: Too many errors");
        assert!(text.contains("7 records in the 5 minutes before") && text.contains("alerts on at least 3"), "{text}");
        for bytes in [said.json("0m", ""), said.chat(""), text.into_bytes()] {
            assert!(!String::from_utf8(bytes).unwrap().contains("hunter2"));
        }
    }

    #[test]
    fn a_name_addresses_nobody_and_ends_no_line() {
        let said = fired("<!channel> a&b\r\nBcc: x");
        let chat: Value = serde_json::from_slice(&said.chat("https://x/app")).unwrap();
        let chat = chat["text"].as_str().unwrap();
        assert!(chat.starts_with("Alert \"&lt;!channel&gt; a&amp;b  Bcc: x\"") && chat.lines().count() == 2, "{chat}");
        assert!(!said.mail("").0.contains(char::is_control));
    }
}
