//! Sessions of somebody, as they are shown to themselves and to whoever manages people.

use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::Output;
use super::table;

#[derive(Deserialize)]
pub(super) struct Sessions {
    sessions: Vec<Session>,
}

#[derive(Deserialize)]
pub(super) struct Session {
    id: String,
    own: bool,
    methods: Vec<String>,
    created_at: String,
    seen_at: String,
    ends_at: String,
    agent: String,
    address: Option<String>,
    access: Option<String>,
}

// === impl Sessions ===

impl Sessions {
    pub(super) fn print(&self, output: &mut Output) -> Result<(), Failure> {
        if self.sessions.is_empty() {
            return output.line("signed in nowhere");
        }
        let rows: Vec<Vec<Value>> = self.sessions.iter().map(Session::row).collect();
        table::print(&["id", "signed in by", "since", "seen", "ends", "address", "client", ""], &rows, output)
    }
}

// === impl Session ===

impl Session {
    fn row(&self) -> Vec<Value> {
        let note = match &self.access {
            Some(request) => format!("reads under {request}"),
            None if self.own => "this one".to_owned(),
            None => String::new(),
        };
        vec![
            json!(self.id),
            json!(self.methods()),
            json!(self.created_at),
            json!(self.seen_at),
            json!(self.ends_at),
            json!(self.address),
            json!(self.agent),
            json!(note),
        ]
    }

    fn methods(&self) -> String {
        self.methods.join(", ").replace('_', " ")
    }

    /// On one line.
    pub(super) fn told(&self) -> String {
        format!("{}, signed in by {}, ends {}", self.id, self.methods(), self.ends_at)
    }
}
