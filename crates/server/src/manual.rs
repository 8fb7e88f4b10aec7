//! What a shell and `man` know of the command line, made from the command line itself.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::Cli;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell that is to read them
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManualArgs {
    /// The folder to write a page for each command into, such as /usr/local/share/man/man1; without it, the first page is
    /// printed
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Where manuals keep the commands of users.
const SECTION: &str = "1";

/// Prints the script that completes this program's words.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "blockhouse", &mut script);
    crate::print::line(String::from_utf8_lossy(&script).trim_end())
}

/// Prints the page of the program, or writes those of all its commands.
pub(crate) fn manual(args: &ManualArgs) -> Result<()> {
    let mut program = Cli::command();
    program.build();
    let Some(folder) = &args.out else { return crate::print::line(page(&program)?.trim_end()) };
    ensure!(folder.is_dir(), "{} is not a folder", folder.display());
    let pages = write_pages(folder, &program)?;
    crate::print::line(&format!("{pages} pages written to {}", folder.display()))
}

/// Of a command and of those below it, except what is hidden and `help`.
fn write_pages(folder: &Path, command: &Command) -> Result<usize> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let file = folder.join(format!("{name}.{SECTION}"));
    std::fs::write(&file, page(command)?).with_context(|| format!("could not write {}", file.display()))?;
    let below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
    below.map(|below| write_pages(folder, below)).try_fold(1, |pages, more| Ok(pages + more?))
}

fn page(command: &Command) -> Result<String> {
    let mut text = Vec::new();
    Man::new(command.clone()).section(SECTION).render(&mut text)?;
    Ok(String::from_utf8(text)?)
}
