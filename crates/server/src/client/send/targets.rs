//! The inputs as the sender keeps book of them: how far each is, and where that is remembered.

use std::fs;
use std::path::{Path, PathBuf};

use ingest::lines::Cutter;
use model::Entropy;

use super::batch::{Batch, Origin};
use super::feed::FeedSource;
use super::input::Input;
use super::ledger::Ledger;
use super::state::{FileState, Identity, Owner, StateFile, default_path};
use crate::client::failure::Failure;

const NO_HOME_HINT: &str = "--state FILE says where to remember how far a file was sent";

/// Where states lie and whether they count.
#[derive(Debug, clap::Args)]
pub(super) struct StateArgs {
    /// Remembers here how far each file was sent, instead of below ~/.local/state/blockhouse
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Sends files from their start, whatever was sent before
    #[arg(long)]
    from_start: bool,
    #[arg(long, env = "XDG_STATE_HOME", hide = true)]
    state_home: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct Targets {
    states: Vec<StateFile>,
    all: Vec<Target>,
}

#[derive(Debug)]
struct Target {
    name: String,
    ledger: Ledger,
    /// Bytes of the file that were dealt with.
    position: u64,
    /// Nothing for a pipe, which cannot be gone on with.
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Which of the state files.
    states: usize,
    owner: Owner,
    state: FileState,
}

// === impl Targets ===

impl Targets {
    /// Opens the state of each input, and says where in it to begin.
    pub(super) fn open(
        inputs: Vec<Input>,
        source: &str,
        args: &StateArgs,
        entropy: &dyn Entropy,
    ) -> Result<(Self, Vec<FeedSource>), Failure> {
        let mut targets = Self { states: Vec::new(), all: Vec::new() };
        let mut sources = Vec::new();
        for mut input in inputs {
            let number = targets.all.len();
            let kept = targets.keep(&mut input, source, args, entropy)?;
            let state = kept.as_ref().map(|kept| kept.state.clone());
            let run = state.as_ref().map_or_else(|| random_run(entropy), |state| state.run.clone());
            let (offset, lines, planned) =
                state.map_or((0, 0, Vec::new()), |state| (state.acknowledged, state.lines, state.planned));
            // Of a compressed file it is not known where in it the offset lies, so the bar begins at its start.
            let position = input.size().filter(|size| offset > *size).map_or(offset, |_| 0);
            targets.all.push(Target { name: input.name.clone(), ledger: Ledger::default(), position, kept });
            let origin = Origin { input: number, run };
            sources.push(FeedSource { input, origin, offset, cutter: Cutter::new(offset, lines, planned) });
        }
        Ok((targets, sources))
    }

    fn keep(
        &mut self,
        input: &mut Input,
        source: &str,
        args: &StateArgs,
        entropy: &dyn Entropy,
    ) -> Result<Option<Kept>, Failure> {
        let path = input.path.clone();
        let Some(file) = input.file() else { return Ok(None) };
        let read = |error| Failure::file("read", &path)(error);
        let identity = Identity::of(file).map_err(read)?;
        let absolute = fs::canonicalize(&path).map_err(read)?;
        let owner = Owner { source: source.to_owned(), path: absolute, identity };
        let states = self.state_file(&args.path_for(&owner)?, args)?;
        if args.from_start {
            self.states[states].forget(&owner);
        }
        let state = self.states[states].begin(&owner, file, random_run(entropy)).map_err(read)?;
        Ok(Some(Kept { states, owner, state }))
    }

    fn state_file(&mut self, path: &Path, args: &StateArgs) -> Result<usize, Failure> {
        if let Some(at) = self.states.iter().position(|states| states.path() == path) {
            return Ok(at);
        }
        self.states.push(if args.from_start { StateFile::open_afresh(path)? } else { StateFile::open(path)? });
        Ok(self.states.len() - 1)
    }

    /// Remembers that a batch may be on its way, before it is.
    pub(super) fn plan(&mut self, batch: &Batch) -> Result<(), Failure> {
        let target = &mut self.all[batch.input];
        target.ledger.sent(batch.end());
        match &mut target.kept {
            Some(kept) => {
                kept.state.plan(batch.end().0);
                kept.save(&mut self.states)
            }
            None => Ok(()),
        }
    }

    /// Remembers that a batch was dealt with.
    pub(super) fn done(&mut self, batch: &Batch) -> Result<(), Failure> {
        let target = &mut self.all[batch.input];
        target.position = target.position.max(batch.read);
        let moved = target.ledger.taken(batch.end());
        match (&mut target.kept, moved) {
            (Some(kept), Some((offset, lines))) => {
                kept.state.acknowledge(offset, lines);
                kept.save(&mut self.states)
            }
            (Some(_), None) | (None, _) => Ok(()),
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.all.iter().map(|target| target.position).sum()
    }

    pub(super) fn name(&self, input: usize) -> &str {
        &self.all[input].name
    }

    /// What the next run will leave out, for each file that was sent in part.
    pub(super) fn places(&self) -> Vec<String> {
        let place = |target: &Target| {
            let lines = target.kept.as_ref()?.state.lines;
            (lines > 0).then(|| format!("{}: sent up to line {lines}", target.name))
        };
        self.all.iter().filter_map(place).collect()
    }

    pub(super) fn has_pipe(&self) -> bool {
        self.all.iter().any(|target| target.kept.is_none())
    }
}

/// 64 random bits.
fn random_run(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

// === impl Kept ===

impl Kept {
    fn save(&self, states: &mut [StateFile]) -> Result<(), Failure> {
        let states = &mut states[self.states];
        let path = states.path().to_owned();
        states.save(&self.owner, &self.state).map_err(Failure::file("write", path))
    }
}

// === impl StateArgs ===

impl StateArgs {
    fn path_for(&self, owner: &Owner) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.state {
            return Ok(path.clone());
        }
        let home = self.state_home.clone().filter(|path| path.is_absolute());
        let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".local").join("state")));
        let home = home.ok_or_else(|| Failure::usage("this user has no home folder", NO_HOME_HINT))?;
        Ok(default_path(&home.join("blockhouse"), owner))
    }
}
