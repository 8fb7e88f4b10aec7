//! Tenants' pages about their own products, in the server: what asks logs and looks at hosts for them, and the thread that
//! looks.
//!
//! Always holds: it looks at logs with a permit for one source of the page's own tenant and within the places of queries, and
//! at hosts only where their names lead to an address that may be connected to. What a page says is `trust`'s to decide.

mod handshake;
mod hosts;
mod logs;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use claims::statement::Build;
use store::Store;
use trust::Templates;
use trust::tenant::{Host, Means, Pages, Reach};

use crate::app::Places;
use crate::board::{self, Looking, tell};
use crate::config::UpArgs;
use crate::node::Node;
use crate::problem::Chain;

use hosts::Hosts;
use logs::Logs;

/// Opens the pages of a server. Must be called on its runtime.
pub(crate) fn open(
    node: &Node,
    (store, places): (&Arc<Store>, &Places),
    args: &UpArgs,
    build: Build,
) -> anyhow::Result<Arc<Pages>> {
    let read = |path: &PathBuf| fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()));
    let authority = args.private_ca.as_ref().map(read).transpose()?;
    let hosts = Hosts {
        private: args.private_hosts.clone(),
        authority,
        entropy: Arc::clone(&node.entropy),
        runtime: places.runtime.clone(),
    };
    hosts.hold().context("the authorities of private hosts cannot be used")?;
    let hosts = Arc::new(hosts);
    // A name of one label, such as localhost, is of no page.
    let private = args.private_hosts.iter().filter_map(|private| Host::parse(&private.name).ok()).collect::<BTreeSet<_>>();
    let means = Means {
        origin: args.site().origin,
        build,
        configuration: board::configuration(args),
        reach: Reach { private },
        log: Arc::clone(&node.identity) as Arc<dyn trust::PublicLog>,
        questions: Arc::new(Logs {
            store: Arc::clone(store),
            identity: Arc::clone(&node.identity),
            clock: Arc::clone(&node.clock),
            places: places.clone(),
        }),
        probes: Arc::clone(&hosts) as Arc<dyn trust::tenant::Probes>,
        outreach: hosts,
        sealer: Box::new(node.sealers()?),
        clock: Arc::clone(&node.clock),
        entropy: Arc::clone(&node.entropy),
    };
    let pages = Pages::open(&node.pages()?, means).context("could not open the pages of tenants")?;
    Ok(Arc::new(pages))
}

/// Opens the templates that people answer.
pub(crate) fn templates(node: &Node) -> anyhow::Result<Templates> {
    let sealer = node.sealers()?();
    let with = (sealer, Arc::clone(&node.identity) as Arc<dyn trust::Signatures>, Arc::clone(&node.clock));
    Templates::open(&node.pages()?.join("templates.sqlite"), with).context("could not open the templates of pages")
}

/// Looks at them on a thread of their own: a tenant's host that is slow holds up no check of the installation.
pub(crate) fn look(pages: &Arc<Pages>) -> std::io::Result<Looking> {
    let pages = Arc::clone(pages);
    Looking::with("pages", move || match pages.tick() {
        Ok(tick) => {
            tick.changed.iter().for_each(tell);
            for (tenant, error) in &tick.failed {
                tracing::error!(%tenant, error = %Chain(error), "a tenant's page could not be looked at");
            }
        }
        Err(error) => tracing::error!(error = %Chain(&error), "the pages of tenants could not be looked at"),
    })
}
