//! `blockhouse link`: short links that lead to looks at logs.

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::table;
use super::tenant::{self, Hints, TenantArgs};

const HINTS: Hints = Hints {
    permission: "a link takes the permission tenant:view, and to read the logs of its source; to remove another's takes views:manage",
    list: "`blockhouse link list` shows your own short links",
};

/// See and end short links, which the console makes
///
/// A link allows nothing: it opens for whoever may read the logs of its source.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
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
    /// Show your own short links
    List,
    /// Show what a short link leads to
    Show { id: String },
    /// Remove a short link, for everybody
    Remove { id: String },
}

#[derive(Deserialize)]
struct Listed {
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    id: String,
    source: String,
    query: String,
    from: String,
    to: String,
    ends_at: String,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let tenant = args.tenant.open(HINTS).await?;
    let answer = match &args.what {
        What::List => tenant.get(&["links"]).await?,
        What::Show { id } => tenant.get(&["links", id]).await?,
        What::Remove { id } => tenant.call(Method::DELETE, &["links", id], None).await?,
    };
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        What::List => print_list(&tenant::read::<Listed>(&answer)?.links, output),
        What::Show { .. } => tenant::read::<Link>(&answer)?.print(output),
        What::Remove { .. } => output.line("removed"),
    }
}

fn print_list(links: &[Link], output: &mut Output) -> Result<(), Failure> {
    if links.is_empty() {
        return output.line("no short links: the console makes one of a look whose address is too long to pass on");
    }
    let row = |link: &Link| vec![json!(link.id), json!(link.source), json!(link.ends_at), json!(link.query)];
    let rows: Vec<Vec<Value>> = links.iter().map(row).collect();
    table::print(&["id", "source", "ends", "query"], &rows, output)
}

// === impl Link ===

impl Link {
    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{}, until {}", self.id, self.ends_at))?;
        let bound = |text: &str, none: &str| printable(if text.is_empty() { none } else { text }).into_owned();
        let (from, to) = (bound(&self.from, "the first record"), bound(&self.to, "now"));
        output.line(&format!("source   {}, from {from} to {to}", self.source))?;
        output.line(&format!("query    {}", bound(&self.query, "all records")))
    }
}
