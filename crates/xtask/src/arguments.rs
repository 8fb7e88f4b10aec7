//! Options of a developer command, taken one by one; what is left over is an error.

use std::str::FromStr;

use anyhow::{Result, bail};

#[derive(Debug)]
pub(crate) struct Arguments(Vec<String>);

// === impl Arguments ===

impl Arguments {
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self(words)
    }

    /// The word after `name`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let Some(at) = self.0.iter().position(|word| word == name) else { return Ok(None) };
        if at + 1 >= self.0.len() {
            bail!("{name} needs a value");
        }
        self.0.remove(at);
        Ok(Some(self.0.remove(at)))
    }

    pub(crate) fn parsed<T: FromStr>(&mut self, name: &str, default: T) -> Result<T> {
        let Some(text) = self.value(name)? else { return Ok(default) };
        text.parse().map_err(|_| anyhow::anyhow!("{name}: `{text}` is not understood"))
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() < before
    }

    pub(crate) fn finish(&self) -> Result<()> {
        match self.0.first() {
            Some(word) => bail!("`{word}` is not an option of this command"),
            None => Ok(()),
        }
    }
}
