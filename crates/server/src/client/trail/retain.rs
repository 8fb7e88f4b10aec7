//! `blockhouse trail retain`: for how long the bodies of entries are kept.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::super::failure::Failure;
use super::super::output::Output;
use super::super::tenant;
use super::Log;

#[derive(Debug, clap::Args)]
pub(super) struct RetainArgs {
    /// For so many days from now on; without it, what counts is shown
    days: Option<u32>,
    /// The server's answer as it is
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct OfInstallation {
    days: u32,
}

#[derive(Deserialize)]
struct OfTenant {
    settings: Settings,
}

#[derive(Deserialize)]
struct Settings {
    audit_retention_days: u32,
}

pub(super) async fn run(args: &RetainArgs, log: &Log, output: &mut Output) -> Result<(), Failure> {
    let body = args.days.map(|days| json!({ "days": days }));
    let method = if body.is_some() { Method::PUT } else { Method::GET };
    let (answer, days) = match log {
        Log::Installation(_) => {
            let answer = log.call(method, &["retention"], body).await?;
            let OfInstallation { days } = tenant::read(&answer)?;
            (answer, days)
        }
        Log::Tenant(_) if body.is_some() => {
            let answer = log.call(method, &["retention"], body).await?;
            let Settings { audit_retention_days } = tenant::read(&answer)?;
            (answer, audit_retention_days)
        }
        // It is one of the tenant's settings.
        Log::Tenant(one) => {
            let answer = one.get(&[]).await?;
            let OfTenant { settings } = tenant::read(&answer)?;
            (answer, settings.audit_retention_days)
        }
    };
    if args.json {
        return output.line(answer.get());
    }
    output.line(&format!("bodies of entries are kept for {days} days"))
}
