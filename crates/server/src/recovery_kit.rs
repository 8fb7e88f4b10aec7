//! What is on a recovery kit: the words of the root key, whose they are, and what to do with them.

use std::fmt::Write as _;

use model::Timestamp;
use seal::{RECOVERY_WORDS, RootKey};
use zeroize::Zeroizing;

/// More than a kit has, so that what is wiped in the end is all there ever was.
const TEXT_BYTES: usize = 4 << 10;
const COLUMNS: usize = 4;

/// The root key's file is another one than at the start.
#[derive(Debug, thiserror::Error)]
#[error("the root key's file was replaced while the server ran under another key")]
pub(crate) struct Replaced;

/// One page, for people; `origin`: where the installation is reached, if that is known.
pub(crate) fn text(root: &RootKey, at: Timestamp, origin: Option<&str>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(TEXT_BYTES));
    let of = origin.map(|origin| format!("\nOf         {origin}")).unwrap_or_default();
    // Writing into a string does not fail.
    let _ = write!(
        text,
        "Blockhouse recovery kit\n\n\
         Root key   {}\n\
         Made       {}{of}\n\n\
         Whoever has these {RECOVERY_WORDS} words can open everything that this installation stores.\n\
         Keep them on paper or in a safe, apart from the backups. Once the file root.key is\n\
         gone, nothing opens without them, and nobody can make them anew.\n\n",
        root.id(),
        at.day(),
    );
    for (place, word) in root.words().reveal().enumerate() {
        let _ = match (place + 1) % COLUMNS {
            0 => writeln!(text, "  {:>2} {word}", place + 1),
            _ => write!(text, "  {:>2} {word:<9}", place + 1),
        };
    }
    let _ = write!(
        text,
        "\nTo restore: put the data folder back from its backup, then run on the machine\n\n    \
         blockhouse root-key restore --data FOLDER\n\n\
         and type the words in their order. To see whether they are the right ones:\n\n    \
         blockhouse root-key prove --data FOLDER\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use seal::{RecoveryWords, SystemEntropy};

    use super::*;

    #[test]
    fn a_kit_has_the_words_the_key_s_id_and_the_way_back() {
        let root = RootKey::generate(&SystemEntropy);
        let text = text(&root, Timestamp::from_nanos(0), Some("https://logs.example:8443"));
        assert!(text.len() < TEXT_BYTES, "it was not moved while it grew");
        for needed in [&root.id().to_string(), "1970-01-01", "https://logs.example:8443", "root-key restore", "root-key prove"] {
            assert!(text.contains(needed), "{needed}: {}", root.id());
        }
        let words: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("   ") || line.starts_with("  1") || line.starts_with("  2"))
            .filter(|line| !line.contains("blockhouse"))
            .collect();
        assert_eq!(RecoveryWords::parse(&words.join("\n")).unwrap().id(), root.id(), "the lines of words can be pasted");
    }
}
