//! `blockhouse root-key`: the root key as words, on the machine and without a server.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | it is done; `prove`: the words are this folder's |
//! | 1 | `prove`: the words are another root key's |
//! | 2 | it could not be done or looked at |
//!
//! Always holds: a root key that is there is never written over, and none is put where it opens nothing; words come from
//! standard input and from nowhere else.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use audit::{Actor, Deed, Recovered};
use clap::{Args, Subcommand};
use identity::Identity;
use model::limits;
use seal::{
    FieldSealer, KeyError, KeyRing, LocalDisk, RECOVERY_WORDS, RecoveryWords, RootKey, RootKeyError, SystemEntropy, WordsError,
};
use zeroize::Zeroizing;

use crate::node::{Node, identity_file, key_table, root_key_file};
use crate::print::line;
use crate::recovery_kit;
use crate::unshown::{Unshown, read_line};

#[derive(Debug, Args)]
pub(crate) struct RootKeyArgs {
    /// The data folder
    #[arg(long, env = "BLOCKHOUSE_DATA", default_value = "blockhouse-data", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    command: RootKeyCommand,
}

#[derive(Debug, Subcommand)]
enum RootKeyCommand {
    /// Write the recovery kit: the root key as 24 words, to be kept apart from the backups
    Kit(KitArgs),
    /// Bring root.key back by the 24 words of its kit
    ///
    /// Asks for the words on a terminal without showing them; from a pipe they are read as they come. Words that are not of
    /// this folder's root key are refused, and a root.key that is there is never written over.
    Restore,
    /// Look whether 24 words are those of this folder's root key
    ///
    /// The exit code is 1 if they are another one's. A right proof is remembered, and told in the audit trail.
    Prove,
}

#[derive(Debug, Args)]
struct KitArgs {
    /// The file to write, which must not exist yet; without it, the terminal shows the kit. `-` writes it to a pipe
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Whose key it is.
enum Fit {
    /// The folder's.
    Own,
    Other,
    /// Nothing in the folder tells.
    Untold,
}

pub(crate) fn root_key(args: &RootKeyArgs) -> ExitCode {
    let data = &args.data;
    let done = match &args.command {
        RootKeyCommand::Kit(kit) => write_kit(data, kit).map(|()| ExitCode::SUCCESS),
        RootKeyCommand::Restore => restore(data).map(|()| ExitCode::SUCCESS),
        RootKeyCommand::Prove => prove(data),
    };
    done.unwrap_or_else(|error| {
        note(&format!("error: {error:#}"));
        ExitCode::from(2)
    })
}

fn write_kit(data: &Path, args: &KitArgs) -> anyhow::Result<()> {
    // Opening the folder makes what is missing; a kit of a key that was just made by mistake is no kit.
    let root = RootKey::load(&root_key_file(data))?;
    let node = Node::open(data)?;
    let mut out = Out::open(args.out.as_deref())?;
    let deed = Deed::by(Actor::Shell, node.clock.now());
    let text = recovery_kit::text(&root, deed.at, None);
    node.identity.note_recovery(Recovered::RootKeyKitMade { key: root.id().to_string() }, &deed)?;
    out.write(&text)?;
    if let Out::File { path, .. } = &out {
        line(&format!(
            "the recovery kit of root key {} is in {}; print it, keep it elsewhere, and remove the file",
            root.id(),
            path.display()
        ))?;
    }
    Ok(())
}

fn restore(data: &Path) -> anyhow::Result<()> {
    let path = root_key_file(data);
    if !data.is_dir() {
        bail!("there is no folder {}; put the data folder back from its backup first", data.display());
    }
    if path.try_exists().with_context(|| format!("could not look at {}", path.display()))? {
        return Err(RootKeyError::AlreadyExists(path).into());
    }
    let root = ask()?;
    match fit(&root, data)? {
        Fit::Own => {}
        Fit::Other => {
            bail!("these are the words of root key {}, and what is in {} opens under another", root.id(), data.display())
        }
        Fit::Untold => note("nothing in this folder tells which root key it was sealed under; look whether the server starts"),
    }
    root.write(&path)?;
    line(&format!("root key {} is back at {}", root.id(), path.display()))?;
    if identity_file(data).exists() {
        remember(data, Recovered::RootKeyRestored { key: root.id().to_string() })
            .unwrap_or_else(|error| note(&format!("it is not in the audit trail: {error:#}")));
    }
    Ok(())
}

fn prove(data: &Path) -> anyhow::Result<ExitCode> {
    let own = match RootKey::load(&root_key_file(data)) {
        Ok(own) => Some(own),
        Err(RootKeyError::Missing(_)) if data.is_dir() => None,
        Err(error) => return Err(error.into()),
    };
    let offered = ask()?;
    let fit = match &own {
        Some(own) if own.id() == offered.id() => Fit::Own,
        Some(_) => Fit::Other,
        None => fit(&offered, data)?,
    };
    match fit {
        Fit::Own => {
            line(&format!("these words are those of root key {}, which opens {}", offered.id(), data.display()))?;
            if own.is_some() {
                remember(data, Recovered::RootKeyProved { key: offered.id().to_string() })?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Fit::Other => {
            note(&format!("these are the words of root key {}, and not of the one of {}", offered.id(), data.display()));
            Ok(ExitCode::from(1))
        }
        Fit::Untold => bail!("nothing in {} tells which root key it was sealed under", data.display()),
    }
}

/// In the audit trail, and in what the console shows.
fn remember(data: &Path, event: Recovered) -> anyhow::Result<()> {
    let node = Node::open(data)?;
    Ok(node.identity.note_recovery(event, &Deed::by(Actor::Shell, node.clock.now()))?)
}

/// Asks everything in the folder that tells root keys apart, and changes nothing.
fn fit(root: &RootKey, data: &Path) -> anyhow::Result<Fit> {
    let (catalog, table) = (identity_file(data), key_table(data));
    let mut fits = Vec::new();
    if catalog.exists() {
        let sealer = FieldSealer::new(root, Arc::new(SystemEntropy));
        fits.push(Identity::fits(&catalog, &sealer).context("could not look into the catalog of tenants and keys")?);
    }
    if table.is_dir() {
        let disk = LocalDisk::open(&table).context("could not look into the key table")?;
        fits.push(match KeyRing::fits(root, &disk) {
            Ok(told) => told.then_some(true),
            Err(KeyError::WrongRoot) => Some(false),
            Err(error) => return Err(error).context("could not look into the key table"),
        });
    }
    Ok(match (fits.contains(&Some(false)), fits.contains(&Some(true))) {
        (true, _) => Fit::Other,
        (false, true) => Fit::Own,
        (false, false) => Fit::Untold,
    })
}

// --- words ---

fn ask() -> anyhow::Result<RootKey> {
    let stdin = io::stdin();
    let mut input = File::from(stdin.as_fd().try_clone_to_owned().context("could not read standard input")?);
    let text = if stdin.is_terminal() {
        ask_terminal(&input)?
    } else {
        read_all(&mut input).context("could not read standard input")?
    };
    Ok(RecoveryWords::parse(&text)?)
}

fn read_all(input: &mut File) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(limits::RECOVERY_WORDS_BYTES_MAX));
    input.take(limits::RECOVERY_WORDS_BYTES_MAX as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// Whoever interrupts has their terminal show again what they type.
fn ask_terminal(terminal: &File) -> anyhow::Result<Zeroizing<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("could not start the runtime")?;
    let mut input = terminal.try_clone().context("could not read the terminal")?;
    let unshown = Unshown::on(terminal).context("could not hide what is typed on the terminal")?;
    // A prompt that cannot be shown changes nothing.
    drop(write!(io::stderr().lock(), "The {RECOVERY_WORDS} words, on one line or several: "));
    let typed = runtime.block_on(async {
        let reading = tokio::task::spawn_blocking(move || read_words(&mut input));
        tokio::select! {
            typed = reading => Some(typed.map_err(io::Error::other).flatten()),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    drop(unshown);
    // The end of the line was not shown either.
    note("");
    runtime.shutdown_background();
    typed.context("interrupted")?.context("could not read the terminal")
}

/// Line after line, until there are as many as a kit has or an empty one.
fn read_words(input: &mut File) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(limits::RECOVERY_WORDS_BYTES_MAX));
    loop {
        let line = read_line(input)?;
        if line.is_empty() || text.len() + line.len() >= limits::RECOVERY_WORDS_BYTES_MAX {
            return Ok(text);
        }
        text.push_str(&line);
        text.push('\n');
        match RecoveryWords::parse(&text) {
            Err(WordsError::Count { given }) if given < RECOVERY_WORDS => {}
            Ok(_) | Err(_) => return Ok(text),
        }
    }
}

// --- where a kit goes ---

enum Out {
    Standard,
    File { file: File, path: PathBuf },
}

// === impl Out ===

impl Out {
    /// Before the kit is made: whoever cannot have it is told at once.
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            if path.is_none() && !io::stdout().is_terminal() {
                bail!("the kit is shown on a terminal only; --out names a file for it, and `--out -` gives it to a pipe");
            }
            return Ok(Self::Standard);
        };
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.with_context(|| format!("could not make {}, which must not exist yet", path.display()))?;
        Ok(Self::File { file, path: path.to_owned() })
    }

    fn write(&mut self, text: &str) -> anyhow::Result<()> {
        match self {
            Self::Standard => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("could not print")
            }
            Self::File { file, path } => {
                let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
                written.with_context(|| format!("could not write {}", path.display()))
            }
        }
    }
}

fn note(text: &str) {
    // Nobody is left to tell when standard error is gone.
    drop(writeln!(io::stderr().lock(), "{text}"));
}
