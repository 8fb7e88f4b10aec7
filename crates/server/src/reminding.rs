//! Reminds people of what they signed in public before it ends: a notice to each signer, and a message to the security
//! contact where there is one.
//!
//! Always holds: each is told once of an end and of how near it is, also when the server is started anew; what could not be
//! sent is tried again an hour later. Nothing here keeps a statement up: it ends by itself.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use identity::StatementEnd;
use model::Timestamp;
use trust::{Board, Reminder};

use crate::app::App;

/// How often it is looked at what time it is; the clock may be set.
const TICK: Duration = Duration::from_secs(60);
const SECONDS_BETWEEN: i64 = 3_600;

/// Reminds until the server stops.
pub(crate) async fn run(app: Arc<App>) {
    let (mut stopping, mut tick) = (app.stopping.clone(), tokio::time::interval(TICK));
    let mut last: Option<Timestamp> = None;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stopping.changed() => return,
        }
        let now = app.clock.now();
        if last.is_some_and(|last| (0..SECONDS_BETWEEN).contains(&now.seconds_since(last))) {
            continue;
        }
        last = Some(now);
        if let Err(error) = remind(&app, now).await {
            tracing::error!(error = %format_args!("{error:#}"), "people could not be reminded of what they signed");
        }
    }
}

async fn remind(app: &Arc<App>, now: Timestamp) -> anyhow::Result<()> {
    let telling = Arc::clone(app);
    let ends = tokio::task::spawn_blocking(move || tell_signers(&telling, now)).await.context("a defect")??;
    let Some(contacts) = &app.contacts else { return Ok(()) };
    for end in &ends {
        contacts.remind(end).await?;
    }
    Ok(())
}

/// Gives what ends soon of the installation's page; the contact has nothing to do with those of tenants.
fn tell_signers(app: &App, now: Timestamp) -> anyhow::Result<Vec<StatementEnd>> {
    for board in app.pages.boards().context("could not look at tenants' pages")? {
        // One page that cannot be looked at keeps nobody else from being told.
        if let Err(error) = told_of(app, &board, now) {
            tracing::error!(error = %format_args!("{error:#}"), "whoever signed on a tenant's page could not be told");
        }
    }
    told_of(app, &app.board, now)
}

fn told_of(app: &App, board: &Board, now: Timestamp) -> anyhow::Result<Vec<StatementEnd>> {
    let reminders = board.reminders(now).context("could not look what ends soon")?;
    let mut ends = Vec::new();
    for Reminder { page, claim, title, until, signers, days_left: _, due } in reminders {
        let end = StatementEnd { page, claim, title, until, days: due };
        let told = app.identity.remind_signers(&signers, &end, now).context("could not write a notice")?;
        if told > 0 {
            tracing::info!(claim = %end.claim, until = %end.until, told, "a signed statement ends soon; whoever signed it was told");
        }
        ends.push(end);
    }
    Ok(ends)
}
