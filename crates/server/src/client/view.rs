//! `blockhouse view`: questions that people of a tenant saved.

use clap::{Subcommand, ValueEnum};
use reqwest::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{ColourArgs, Output, printable};
use super::record::{Record, Shown};
use super::series::{self, Measure, Series};
use super::server::Server;
use super::table::{self, Cells};
use super::tenant::{self, Hints, TenantArgs};

const HINTS: Hints = Hints {
    permission: "seeing needs the permission views:view, changing views:manage, and both to read the logs of the source",
    list: "`blockhouse view list` shows the views of sources whose logs you may read",
};

/// Save questions to a source, and ask them
///
/// A view is data and allows nothing: `run` asks with your own key.
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
    /// Show the views of sources whose logs you may read
    List,
    /// Show one view
    Show { id: String },
    /// Save a view
    Save(ViewArgs),
    /// Say a view anew
    Change {
        id: String,
        #[command(flatten)]
        view: ViewArgs,
    },
    /// Forget a view
    Remove { id: String },
    /// Ask what a view asks, as yourself
    Run {
        id: String,
        /// At most this many records, or steps of a graph
        #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
        limit: usize,
    },
}

#[derive(Debug, clap::Args)]
struct ViewArgs {
    /// What it is called
    name: String,
    /// The source, by its id
    #[arg(long, env = "BLOCKHOUSE_SOURCE", value_name = "ID")]
    source: String,
    /// What to look for; the language of `blockhouse search`
    #[arg(long, default_value = "", hide_default_value = true)]
    query: String,
    /// Fields to show, by their dotted names
    #[arg(long, value_name = "FIELD,…", value_delimiter = ',')]
    columns: Vec<String>,
    /// Only at or after this time, such as now-15m
    #[arg(long, value_name = "TIME", default_value = "", hide_default_value = true, allow_hyphen_values = true)]
    from: String,
    /// Only before this time
    #[arg(long, value_name = "TIME", default_value = "", hide_default_value = true)]
    to: String,
    /// Draw what is found
    #[arg(long, value_enum)]
    graph: Option<Shape>,
    /// What is drawn of each step of time; all but counts need --field
    #[arg(long, value_enum, requires = "graph")]
    measure: Option<Measure>,
    /// The field with the numbers
    #[arg(long, requires = "measure")]
    field: Option<String>,
    /// Of a percentile: from 0 to 100
    #[arg(long, requires = "measure")]
    percentile: Option<f64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shape {
    Line,
    Area,
    Bar,
    Counter,
}

#[derive(Deserialize)]
struct Listed {
    views: Vec<Saved>,
}

#[derive(Deserialize)]
struct Saved {
    id: String,
    name: String,
    source: String,
    query: String,
    columns: Vec<String>,
    from: String,
    to: String,
    graph: Option<Graph>,
}

#[derive(Deserialize)]
struct Graph {
    shape: String,
    measure: String,
    field: Option<String>,
    percentile: Option<f64>,
}

#[derive(Deserialize)]
struct Found {
    records: Vec<Box<RawValue>>,
}

pub(super) async fn run(args: Args, output: &mut Output) -> Result<(), Failure> {
    let tenant = args.tenant.open(HINTS).await?;
    let call = async |method: Method, path: &[&str], body: Option<Vec<u8>>| {
        tenant.send(method, &[&["views"], path].concat(), body).await
    };
    let answer = match &args.what {
        What::List => call(Method::GET, &[], None).await?,
        What::Show { id } => call(Method::GET, &[id], None).await?,
        What::Save(view) => call(Method::POST, &[], Some(view.body())).await?,
        What::Change { id, view } => call(Method::PUT, &[id], Some(view.body())).await?,
        What::Remove { id } => call(Method::DELETE, &[id], None).await?,
        What::Run { id, limit } => {
            let view = call(Method::GET, &[id], None).await?;
            let answer = tenant::read::<Saved>(&view)?.ask(&tenant.server, *limit).await?;
            if !args.json {
                return tenant::read::<Saved>(&view)?.print_answer(&answer, output);
            }
            answer
        }
    };
    if args.json {
        return output.line(answer.get());
    }
    match args.what {
        What::List => print_list(&tenant::read::<Listed>(&answer)?.views, output),
        What::Show { .. } | What::Save(_) | What::Change { .. } => tenant::read::<Saved>(&answer)?.print(output),
        What::Remove { .. } => output.line("forgotten"),
        What::Run { .. } => Ok(()),
    }
}

fn print_list(views: &[Saved], output: &mut Output) -> Result<(), Failure> {
    if views.is_empty() {
        return output.line("no views: `blockhouse view save NAME --source ID --query QUERY` saves one");
    }
    let rows: Vec<Vec<Value>> =
        views.iter().map(|view| vec![json!(view.id), json!(view.name), json!(view.source), json!(view.query)]).collect();
    let lines = table::aligned(&["id", "name", "source", "query"], &rows, Cells::Cut, output.paint());
    lines.iter().try_for_each(|line| output.line(line))
}

// === impl ViewArgs ===

impl ViewArgs {
    fn body(&self) -> Vec<u8> {
        let name = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
        let graph = self.graph.map(|shape| {
            json!({
                "shape": name(shape.to_possible_value()),
                "measure": self.measure.unwrap_or(Measure::Count).name(),
                "field": self.field,
                "percentile": self.percentile,
            })
        });
        let Self { name, source, query, columns, from, to, .. } = self;
        let body = json!({
            "name": name, "source": source, "query": query, "columns": columns, "from": from, "to": to, "graph": graph,
        });
        body.to_string().into_bytes()
    }
}

// === impl Saved ===

impl Saved {
    async fn ask(&self, server: &Server, limit: usize) -> Result<Box<RawValue>, Failure> {
        let mut parameters = vec![("q", self.query.clone())];
        let times = [("from", &self.from), ("to", &self.to)];
        parameters.extend(times.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.clone())));
        let question = match &self.graph {
            None => {
                parameters.push(("limit", limit.to_string()));
                "search"
            }
            Some(graph) => {
                let Graph { measure, field, percentile, .. } = graph;
                parameters.extend(series::parameters(limit, measure.clone(), field.clone(), *percentile));
                "series"
            }
        };
        let request = server.request(Method::GET, &["v1", "sources", &self.source, question], &parameters);
        server.ask(request).await.map_err(|failure| HINTS.hinted(failure.in_text(&self.query)))
    }

    fn print_answer(&self, answer: &RawValue, output: &mut Output) -> Result<(), Failure> {
        let Some(graph) = &self.graph else {
            let shown = Shown::new(self.columns.clone());
            for record in &tenant::read::<Found>(answer)?.records {
                let line = Record::read(record)?.line(&shown, output.paint());
                output.line(&line)?;
            }
            return Ok(());
        };
        let series: Series = tenant::read(answer)?;
        if graph.shape == "counter" {
            return output.line(&table::text(&series.value));
        }
        series.print(&graph.measure, output)
    }

    fn print(&self, output: &mut Output) -> Result<(), Failure> {
        output.line(&format!("{} {}", self.id, printable(&self.name)))?;
        let range = match (self.from.as_str(), self.to.as_str()) {
            ("", "") => "all time".to_owned(),
            (from, "") => format!("from {from}"),
            ("", to) => format!("to {to}"),
            (from, to) => format!("from {from} to {to}"),
        };
        output.line(&format!("source   {}, {}", self.source, printable(&range)))?;
        output.line(&format!("query    {}", printable(&self.query)))?;
        if !self.columns.is_empty() {
            output.line(&format!("columns  {}", printable(&self.columns.join(", "))))?;
        }
        let Some(Graph { shape, measure, field, percentile }) = &self.graph else { return Ok(()) };
        let of = field.as_ref().map(|field| format!(" of {}", printable(field))).unwrap_or_default();
        let percentile = percentile.map(|percentile| format!(" {percentile}")).unwrap_or_default();
        output.line(&format!("graph    {shape}, {measure}{percentile}{of}"))
    }
}
