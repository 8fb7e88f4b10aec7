//! What is typed and not shown: lines of a terminal, read without an echo.

use std::fs::File;
use std::io::{self, Read};

use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use zeroize::Zeroizing;

/// More than a passphrase, an address or a kit's words may have.
const LINE_BYTES_MAX: usize = 4 << 10;

/// A terminal that shows nothing of what is typed, until this is dropped.
pub(crate) struct Unshown<'a> {
    terminal: &'a File,
    before: Termios,
}

/// Byte by byte: what is read ahead would stay in memory, and be missing for the next line.
pub(crate) fn read_line(input: &mut File) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
    let mut byte = [0];
    while line.len() < LINE_BYTES_MAX && input.read(&mut byte)? == 1 && byte != *b"\n" {
        line.extend_from_slice(&byte);
    }
    let text = std::str::from_utf8(&line).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

// === impl Unshown ===

impl<'a> Unshown<'a> {
    pub(crate) fn on(terminal: &'a File) -> io::Result<Self> {
        let before = termios::tcgetattr(terminal)?;
        let mut unshown = before.clone();
        unshown.local_modes.remove(LocalModes::ECHO);
        termios::tcsetattr(terminal, OptionalActions::Flush, &unshown)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Unshown<'_> {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = termios::tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
