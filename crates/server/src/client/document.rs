//! A document that a command is given: in a file, or on standard input.

use std::io::Read;
use std::path::Path;

use model::limits;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use super::units;

/// `hint` says what such a document looks like. Not more is read than the server takes.
pub(super) fn read<T: DeserializeOwned>(file: Option<&Path>, hint: &'static str) -> Result<T, Failure> {
    let file = file.filter(|file| *file != Path::new("-"));
    let named = file.unwrap_or(Path::new("standard input"));
    let mut text = String::new();
    let most = limits::FORM_BYTES_MAX as u64 + 1;
    let read = match file {
        Some(file) => std::fs::File::open(file).and_then(|opened| opened.take(most).read_to_string(&mut text)),
        None => std::io::stdin().take(most).read_to_string(&mut text),
    };
    let read = read.map_err(Failure::file("read", named))?;
    if read > limits::FORM_BYTES_MAX {
        let most = units::bytes(limits::FORM_BYTES_MAX as u64);
        return Err(Failure::usage(format!("{} is more than {most}", named.display()), hint));
    }
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", named.display()), hint))
}
