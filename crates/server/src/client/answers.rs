//! What is asked of whoever runs a command: on a terminal with a prompt, from a pipe line by line.
//!
//! Always holds: what is not to be shown is read from standard input and from nowhere else, and no terminal shows it.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use zeroize::Zeroizing;

use super::failure::Failure;
use super::output::Output;
use crate::unshown::{Unshown, read_line};

const INPUT_HINT: &str = "they are asked for on a terminal; from a pipe they are read line by line";

/// Where a person, or a pipe, answers.
pub(super) struct Answers {
    input: File,
    pub(super) is_terminal: bool,
}

// === impl Answers ===

impl Answers {
    pub(super) fn open() -> Result<Self, Failure> {
        let input = io::stdin().as_fd().try_clone_to_owned().map_err(Failure::file("read", "standard input"))?;
        Ok(Self { input: File::from(input), is_terminal: io::stdin().is_terminal() })
    }

    pub(super) async fn ask(&self, what: &str, output: &Output) -> Result<Zeroizing<String>, Failure> {
        if self.is_terminal {
            output.prompt(what);
        }
        let failed = |source| Failure::File { doing: "read", path: "standard input".into(), source };
        let mut input = self.input.try_clone().map_err(failed)?;
        let reading = tokio::task::spawn_blocking(move || read_line(&mut input)).await;
        let line = reading.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)?;
        match line.is_empty() {
            true => Err(Failure::usage(format!("{what}: nothing was given"), INPUT_HINT)),
            false => Ok(line),
        }
    }

    /// The same without showing what is typed.
    pub(super) async fn ask_unshown(&self, what: &str, output: &Output) -> Result<Zeroizing<String>, Failure> {
        if !self.is_terminal {
            return self.ask(what, output).await;
        }
        // Dropped with this if the user interrupts.
        let unshown = Unshown::on(&self.input).map_err(Failure::file("hide what is typed on", "the terminal"))?;
        let line = self.ask(what, output).await;
        drop(unshown);
        // The end of the line was not shown either.
        output.note("");
        line
    }
}
