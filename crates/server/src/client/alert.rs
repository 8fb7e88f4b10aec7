//! `blockhouse alert`: what is counted each minute, and where a change is told.

use clap::{ArgGroup, Subcommand};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::destination;
use super::failure::Failure;
use super::output::{ColourArgs, Output, Style, printable};
use super::table::{self, Cells};
use super::tenant::{self, Hints, Tenant, TenantArgs};
use super::units;

const HINTS: Hints = Hints {
    permission: "seeing needs alerts:view, changing alerts:manage, both to read the logs of the source; destinations:manage says where",
    list: "`blockhouse alert list` and `blockhouse alert destination list` show what there is",
};
const WINDOW_HINT: &str = "--window takes whole minutes, such as 5m, 1h or 24h";

/// Have a number of records told when it is reached, or not reached
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// The server's answer as it is
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    pub(super) colours: ColourArgs,
    #[command(flatten)]
    tenant: TenantArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the alerts on sources whose logs you may read, and where they stand
    List,
    /// Make an alert
    Add(AlertArgs),
    /// Say an alert anew; you keep it from then on
    Change {
        id: String,
        #[command(flatten)]
        alert: AlertArgs,
    },
    /// Forget an alert, with what it told
    Remove { id: String },
    /// Show how often a rule would have alerted within the last day
    Preview(RuleArgs),
    /// Send a message that tells nothing to each of its destinations; the exit code is 1 if one does not arrive
    Test { id: String },
    /// Show the changes of an alert, and what became of its messages
    History { id: String },
    /// Where alerts are told
    #[command(subcommand)]
    Destination(destination::What),
}

#[derive(Debug, clap::Args)]
struct AlertArgs {
    /// What it is called, in its messages too
    name: String,
    #[command(flatten)]
    rule: RuleArgs,
    /// A destination, by its id; several times for several
    #[arg(long = "tell", value_name = "ID")]
    destinations: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("bound").required(true))]
struct RuleArgs {
    /// The source, by its id
    #[arg(long, env = "BLOCKHOUSE_SOURCE", value_name = "ID")]
    source: String,
    /// What to count; the language of `blockhouse search`
    #[arg(long, default_value = "", hide_default_value = true)]
    query: String,
    /// It alerts at so many records, or more
    #[arg(long, value_name = "N", group = "bound")]
    at_least: Option<u64>,
    /// It alerts at so many records, or fewer
    #[arg(long, value_name = "N", group = "bound")]
    at_most: Option<u64>,
    /// Within how long
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    window: String,
}

#[derive(Deserialize)]
struct Listed {
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    id: String,
    name: String,
    query: String,
    comparison: String,
    threshold: u64,
    window_minutes: u64,
    state: String,
    last: Option<Look>,
    missed_rounds: u64,
    trouble: Option<Coded>,
    stopped: Option<Coded>,
}

#[derive(Deserialize)]
struct Look {
    count: u64,
}

#[derive(Deserialize)]
struct Coded {
    code: String,
}

#[derive(Deserialize)]
struct Preview {
    hours: u64,
    fired: u64,
    alerting_minutes: u64,
    now: u64,
    most: u64,
    least: u64,
}

#[derive(Deserialize)]
struct History {
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    at: String,
    state: String,
    count: u64,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    destination: String,
    tries: u32,
    sent_at: Option<String>,
    failure: Option<String>,
    retry_at: Option<String>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let tenant = args.tenant.open(HINTS).await?;
    let answer = args.what.ask(&tenant).await?;
    if args.json {
        output.line(answer.get())?;
    } else {
        args.what.print(&answer, output)?;
    }
    match args.what {
        What::Test { .. } | What::Destination(destination::What::Test { .. }) => destination::all_sent(&answer),
        _ => Ok(()),
    }
}

// === impl What ===

impl What {
    async fn ask(&self, tenant: &Tenant) -> Result<Box<RawValue>, Failure> {
        let (method, path, body) = match self {
            Self::List => (Method::GET, vec![], None),
            Self::Add(alert) => (Method::POST, vec![], Some(alert.body()?)),
            Self::Change { id, alert } => (Method::PUT, vec![id.as_str()], Some(alert.body()?)),
            Self::Remove { id } => (Method::DELETE, vec![id.as_str()], None),
            Self::Preview(rule) => (Method::POST, vec!["preview"], Some(rule.body()?)),
            Self::Test { id } => (Method::POST, vec![id.as_str(), "test"], None),
            Self::History { id } => (Method::GET, vec![id.as_str(), "history"], None),
            Self::Destination(what) => return what.ask(tenant).await,
        };
        let called = tenant.call(method, &[&["alerts"][..], &path].concat(), body).await;
        called.map_err(|failure| failure.in_text(self.query()))
    }

    fn query(&self) -> &str {
        match self {
            Self::Add(AlertArgs { rule, .. }) | Self::Change { alert: AlertArgs { rule, .. }, .. } | Self::Preview(rule) => {
                &rule.query
            }
            Self::List | Self::Remove { .. } | Self::Test { .. } | Self::History { .. } | Self::Destination(_) => "",
        }
    }

    fn print(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List => print_list(&tenant::read::<Listed>(answer)?.alerts, output),
            Self::Add(_) | Self::Change { .. } => tenant::read::<Alert>(answer)?.print(output),
            Self::Remove { .. } => output.line("forgotten"),
            Self::Preview(_) => tenant::read::<Preview>(answer)?.print(output),
            Self::Test { .. } => destination::print_sent(answer, output),
            Self::History { .. } => tenant::read::<History>(answer)?.print(output),
            Self::Destination(what) => what.print(answer, output),
        }
    }
}

fn print_list(alerts: &[Alert], output: &mut Output) -> Result<(), Failure> {
    if alerts.is_empty() {
        return output.line("no alerts: `blockhouse alert add NAME --source ID --query QUERY --at-least N` makes one");
    }
    let row = |alert: &Alert| {
        vec![
            json!(alert.stands()),
            json!(alert.id),
            json!(alert.name),
            json!(alert.last.as_ref().map(|look| look.count)),
            json!(alert.rule()),
            json!(alert.query),
        ]
    };
    let rows: Vec<Vec<Value>> = alerts.iter().map(row).collect();
    let lines = table::aligned(&["state", "id", "name", "count", "alerts on", "query"], &rows, Cells::Cut, output.paint());
    lines.iter().try_for_each(|line| output.line(line))
}

// === impl AlertArgs ===

impl AlertArgs {
    fn body(&self) -> Result<Value, Failure> {
        let mut body = self.rule.body()?;
        body["name"] = json!(self.name);
        body["destinations"] = json!(self.destinations);
        Ok(body)
    }
}

// === impl RuleArgs ===

impl RuleArgs {
    fn body(&self) -> Result<Value, Failure> {
        let (comparison, threshold) = match (self.at_least, self.at_most) {
            (Some(least), _) => ("at_least", least),
            (None, most) => ("at_most", most.unwrap_or_default()),
        };
        Ok(json!({
            "source": self.source,
            "query": self.query,
            "comparison": comparison,
            "threshold": threshold,
            "window_minutes": minutes(&self.window)?,
        }))
    }
}

fn minutes(window: &str) -> Result<i64, Failure> {
    let refused = |why: &str| Failure::usage(format!("--window {window}: {why}"), WINDOW_HINT);
    let seconds = search::query::parse_last(window).map_err(|error| refused(&error.to_string()))?;
    if seconds > 0 && seconds % 60 == 0 { Ok(seconds / 60) } else { Err(refused("no whole minutes")) }
}

// === impl Alert ===

impl Alert {
    fn stands(&self) -> String {
        match (&self.stopped, &self.trouble) {
            (Some(stopped), _) => format!("stopped ({})", stopped.code),
            (None, Some(trouble)) => format!("{}, not looked at ({})", self.state, trouble.code),
            (None, None) => self.state.clone(),
        }
    }

    fn rule(&self) -> String {
        format!("{} {} in {} min", self.comparison.replace('_', " "), units::count(self.threshold), self.window_minutes)
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", self.id, printable(&self.name)))?;
        output.line(&format!("{}; it alerts on {}", self.stands(), self.rule()))?;
        if self.missed_rounds > 0 {
            output.line(&format!("{} gave no count", units::counted(self.missed_rounds, "round")))?;
        }
        Ok(())
    }
}

// === impl Preview ===

impl Preview {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        let Self { hours, fired, alerting_minutes, now, most, least } = self;
        let times = units::counted(*fired, "time");
        output.line(&format!("{times} in {hours} hours, alerting for {}", units::counted(*alerting_minutes, "minute")))?;
        output.line(&format!("counts from {} to {}, now {}", units::count(*least), units::count(*most), units::count(*now)))
    }
}

// === impl History ===

impl History {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        if self.changes.is_empty() {
            return output.line("nothing changed yet");
        }
        for change in &self.changes {
            let style = if change.state == "alerting" { Style::Red } else { Style::Green };
            let state = output.paint().styled(style, &format!("{:<8}", printable(&change.state)));
            output.line(&format!("{} {state} {}", printable(&change.at), units::counted(change.count, "record")))?;
            for message in &change.messages {
                output.line(&format!("  {} {}", printable(&message.destination), message.ended()))?;
            }
        }
        Ok(())
    }
}

// === impl Message ===

impl Message {
    fn ended(&self) -> String {
        let failure = printable(self.failure.as_deref().unwrap_or_default()).into_owned();
        let tries = format!("{} {}", self.tries, if self.tries == 1 { "try" } else { "tries" });
        match (&self.sent_at, &self.retry_at) {
            (Some(at), _) => format!("arrived at {}", printable(at)),
            (None, Some(at)) if failure.is_empty() => format!("goes out at {}", printable(at)),
            (None, Some(at)) => format!("{failure} after {tries}, again at {}", printable(at)),
            (None, None) => format!("given up: {failure} after {tries}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_whole_minutes() {
        assert_eq!((minutes("5m").unwrap(), minutes("24h").unwrap()), (5, 1_440));
        for window in ["30s", "90s", "0m", "soon"] {
            assert!(minutes(window).is_err(), "{window}");
        }
    }
}
