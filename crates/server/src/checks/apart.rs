//! `server.sources-apart`: lines of three sources, and every question of one for the lines of another, over the network.

use std::sync::Arc;
use std::time::Duration;

use model::{Check, Observation, Timestamp, Vantage};
use reqwest::Method;
use serde_json::{Value, json};

use super::canary::{Canaries, Canary};
use super::outside::Answer;

/// How long a live tail is listened to for what must not come.
const TAIL_TIME: Duration = Duration::from_millis(500);
pub(crate) const ID: &str = "server.sources-apart";
pub(crate) const TRIES: &str = "tries to reach the logs of another source failed";

pub(super) struct SourcesApart {
    canaries: Arc<Canaries>,
}

/// A wall: whose key asks, which source is named, whose line is looked for.
struct Wall<'a> {
    asks: &'a Canary,
    named: &'a Canary,
    marker: &'a str,
}

/// Walls that were tried, each as often as there was a way to.
#[derive(Default)]
struct Tried {
    /// What was tried, how often it failed, how often it was tried.
    ways: Vec<(&'static str, u64, u64)>,
}

// === impl SourcesApart ===

impl SourcesApart {
    pub(super) fn new(canaries: Arc<Canaries>) -> Self {
        Self { canaries }
    }

    /// Tries all walls between these sources, in which these markers were stored.
    fn judge(&self, sources: &[(&Canary, &str)]) -> Result<Observation, String> {
        let mut tried = Tried::default();
        for (at, (asks, own)) in sources.iter().enumerate() {
            if !self.finds(asks, own)? {
                return Ok(Observation::not_run(
                    "a stored line was not found in its own source, so not finding it elsewhere shows nothing",
                ));
            }
            for (_, (named, marker)) in sources.iter().enumerate().filter(|(other, _)| *other != at) {
                self.own_source(&Wall { asks, named: asks, marker }, &mut tried)?;
                self.other_source(&Wall { asks, named, marker }, &mut tried)?;
            }
        }
        Ok(tried.observed())
    }

    fn finds(&self, canary: &Canary, marker: &str) -> Result<bool, String> {
        let path = format!("/v1/sources/{}/search?q={marker}", canary.scope.source);
        Ok(records(&self.canaries.outside.get(&path, canary.read.reveal())?) == Some(1))
    }

    /// Every question that a source's own key may ask, for the marker of another.
    fn own_source(&self, wall: &Wall<'_>, tried: &mut Tried) -> Result<(), String> {
        let (outside, key, marker) = (&self.canaries.outside, wall.asks.read.reveal(), wall.marker);
        let source = wall.named.scope.source;
        for (what, question) in [
            ("own search for the other's line", "search?q="),
            ("own histogram for the other's line", "histogram?q="),
            ("own fields for the other's line", "fields?q="),
            ("own fields for the other's line", "fields/check?q="),
            ("own fields for the other's line", "fields/message?q="),
        ] {
            let answer = outside.get(&format!("/v1/sources/{source}/{question}{marker}"), key)?;
            let counted = question.starts_with("histogram") && counts(&answer) > 0;
            tried.wall(what, !shows(&answer, marker) && !counted);
        }
        let texts = [
            format!("select message from logs where message = '{marker}'"),
            format!("select count(*) from logs where \"check\" = '{marker}' having count(*) > 0"),
        ];
        for sql in texts {
            let answer = outside.post(&format!("/v1/sources/{source}/sql"), key, &json!({"sql": sql}))?;
            let empty = answer.json()["rows"].as_array().is_some_and(Vec::is_empty);
            tried.wall("own SQL for the other's line", answer.status == 200 && empty);
        }
        let other = wall.asks.scope.tenant;
        for table in ["logs, other.logs", "\"../logs\"", &format!("\"{other}\".logs")] {
            let answer =
                outside.post(&format!("/v1/sources/{source}/sql"), key, &json!({"sql": format!("select * from {table}")}))?;
            tried.wall("SQL over another source's table", answer.status >= 400);
        }
        let tail = outside.listen(&format!("/v1/sources/{source}/tail?q={marker}&from_sequence=0"), key, TAIL_TIME)?;
        tried.wall("own live tail for the other's line", !shows(&tail, marker));
        Ok(())
    }

    /// The other source named, with a key that is not its own.
    fn other_source(&self, wall: &Wall<'_>, tried: &mut Tried) -> Result<(), String> {
        let (outside, source) = (&self.canaries.outside, wall.named.scope.source);
        let (read, write) = (wall.asks.read.reveal(), wall.asks.write.reveal());
        for (what, question) in [
            ("search of the other source", "search?q="),
            ("histogram of the other source", "histogram?q="),
            ("fields of the other source", "fields?q="),
            ("context in the other source", "context?id="),
        ] {
            let answer = outside.get(&format!("/v1/sources/{source}/{question}{}", wall.marker), read)?;
            tried.wall(what, answer.is_denied() && !answer.holds(wall.marker));
        }
        let tail = outside.listen(&format!("/v1/sources/{source}/tail?q={}", wall.marker), read, TAIL_TIME)?;
        tried.wall("live tail of the other source", tail.is_denied());
        let sql = outside.post(&format!("/v1/sources/{source}/sql"), read, &json!({"sql": "select 1"}))?;
        tried.wall("SQL of the other source", sql.is_denied());
        let lines = json!({"message": "nowhere", "source": source.to_string()}).to_string();
        let path = format!("/sources/{source}/frames");
        let sent = outside.ask(&Method::POST, &path, write, ("application/json", lines.into_bytes()))?;
        tried.wall("sending to the other source", sent.is_denied());
        Ok(())
    }
}

impl Check for SourcesApart {
    fn id(&self) -> &'static str {
        ID
    }

    fn vantage(&self) -> Vantage {
        Vantage::Outside
    }

    fn look(&self, now: Timestamp) -> Observation {
        let looked = self.canaries.sources(now).and_then(|sources| {
            let markers: Vec<String> = sources.iter().map(|_| self.canaries.marker()).collect();
            let marked: Vec<(&Canary, &str)> = sources.iter().zip(markers.iter().map(String::as_str)).collect();
            for (canary, marker) in &marked {
                self.canaries.send(canary, marker)?;
            }
            self.judge(&marked)
        });
        looked.unwrap_or_else(|reason| Observation::not_run("the sources of the checks could not be asked").detail(reason))
    }

    /// A house without walls: both lines are in one source, and one key opens it under both names.
    fn look_at_twin(&self, now: Timestamp) -> Observation {
        let looked = self.canaries.sources(now).and_then(|sources| {
            let only = sources.first().ok_or("there is no source to look at")?;
            let markers = [self.canaries.marker(), self.canaries.marker()];
            for marker in &markers {
                self.canaries.send(only, marker)?;
            }
            self.judge(&[(only, &markers[0]), (only, &markers[1])])
        });
        looked.unwrap_or_else(|reason| Observation::not_run("the sources of the checks could not be asked").detail(reason))
    }
}

// === impl Tried ===

impl Tried {
    fn wall(&mut self, what: &'static str, held: bool) {
        let at = self.ways.iter().position(|(known, ..)| *known == what).unwrap_or_else(|| {
            self.ways.push((what, 0, 0));
            self.ways.len() - 1
        });
        if let Some((_, failed, tried)) = self.ways.get_mut(at) {
            *failed += u64::from(held);
            *tried += 1;
        }
    }

    /// The whole, and then each way.
    fn observed(&self) -> Observation {
        let sum = |of: fn(&(&str, u64, u64)) -> u64| self.ways.iter().map(of).sum();
        let all = Observation::all(TRIES, sum(|(_, failed, _)| *failed), sum(|(.., tried)| *tried));
        let open = self.ways.iter().filter(|(_, failed, tried)| failed < tried);
        let details: Vec<String> = open.map(|(what, ..)| format!("did not hold: {what}")).collect();
        let ways = self.ways.iter().fold(all, |seen, (what, failed, tried)| seen.counting(*what, *failed, Some(*tried)));
        ways.with_details(details)
    }
}

/// Whether the marker is in what was found. The question, with the marker in it, may come back beside it.
fn shows(answer: &Answer, marker: &str) -> bool {
    match records(answer) {
        Some(found) => found > 0,
        None => answer.status == 200 && answer.holds(&format!("\"message\":\"{marker}\"")),
    }
}

fn records(answer: &Answer) -> Option<usize> {
    answer.json()["records"].as_array().map(Vec::len)
}

/// All counts of a histogram.
fn counts(answer: &Answer) -> u64 {
    fn sum(value: &Value) -> u64 {
        match value {
            Value::Object(map) => {
                map.iter().map(|(name, value)| if name == "count" { value.as_u64().unwrap_or(0) } else { sum(value) }).sum()
            }
            Value::Array(items) => items.iter().map(sum).sum(),
            _ => 0,
        }
    }
    sum(&answer.json())
}
