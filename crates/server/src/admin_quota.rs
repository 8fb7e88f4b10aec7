//! `blockhouse admin quota`.

use audit::Deed;
use clap::{Args, ValueEnum};
use identity::{Quota, QuotaPeriod};
use model::DisplayName;
use serde_json::Value;

use crate::admin::{source_of, tenant_named};
use crate::bootstrap::name;
use crate::handlers::quota::shown;
use crate::node::Node;

#[derive(Debug, Args)]
pub(crate) struct QuotaArgs {
    #[arg(long, value_parser = name)]
    tenant: DisplayName,
    /// Of this source; else of all of the tenant's together
    #[arg(long, value_parser = name)]
    source: Option<DisplayName>,
    /// So many bytes may come in from now on
    #[arg(long)]
    bytes: Option<u64>,
    /// As much may come in as comes
    #[arg(long, conflicts_with = "bytes")]
    unbounded: bool,
    #[arg(long, value_enum)]
    period: Option<Period>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Period {
    /// A day in UTC
    Day,
    /// A month in UTC
    Month,
}

pub(crate) fn run(args: &QuotaArgs, node: &Node, deed: &Deed) -> anyhow::Result<Value> {
    let identity = &node.identity;
    let tenant = tenant_named(node, &args.tenant)?;
    let scope = args.source.as_ref().map(|source| source_of(node, &tenant, source)).transpose()?.map(|source| source.scope());
    let look = || match scope {
        Some(scope) => identity.source_quota(scope, deed.at),
        None => identity.tenant_quota(tenant.id, deed.at),
    };
    let now = look()?.quota;
    let quota = Quota {
        bytes: if args.unbounded { None } else { args.bytes.or(now.bytes) },
        period: match args.period {
            Some(Period::Day) => QuotaPeriod::Day,
            Some(Period::Month) => QuotaPeriod::Month,
            None => now.period,
        },
    };
    if args.unbounded || args.bytes.is_some() || args.period.is_some() {
        match scope {
            Some(scope) => identity.set_source_quota(scope, quota, deed)?,
            None => identity.set_tenant_quota(tenant.id, quota, deed)?,
        }
    }
    Ok(serde_json::to_value(shown(&look()?))?)
}
