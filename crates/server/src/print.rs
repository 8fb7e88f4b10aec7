//! Standard output of the operator's commands.

use std::io::Write as _;

use anyhow::Context;

/// Prints one line or several.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("could not print")
}
