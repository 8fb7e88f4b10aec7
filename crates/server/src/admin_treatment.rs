//! `blockhouse admin`, about what is done to a source's records before they are written.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use audit::Deed;
use clap::{Subcommand, ValueEnum};
use identity::{DropFilter, Pipeline, Recognition, Redaction};
use model::{DisplayName, limits};
use serde_json::Value;

use crate::admin::{SourceName, source_named};
use crate::handlers::pipeline::{AskedPipeline, shown_pipeline};
use crate::handlers::treatment::{shown_filters, shown_redaction};
use crate::node::Node;

#[derive(Debug, Subcommand)]
pub(crate) enum TreatmentCommand {
    /// Show what is masked in a source's records, and how often it was; or change what is
    Redaction {
        #[command(flatten)]
        of: SourceName,
        /// Mask these from now on
        #[arg(long, value_enum, value_delimiter = ',')]
        on: Vec<Masks>,
        /// Keep these as they come from now on
        #[arg(long, value_enum, value_delimiter = ',')]
        off: Vec<Masks>,
    },
    /// Show what is read out of a source's messages, or change it
    Recognition {
        #[command(flatten)]
        of: SourceName,
        /// Read these out from now on
        #[arg(long, value_enum, value_delimiter = ',')]
        on: Vec<Recognises>,
        /// Leave these alone from now on
        #[arg(long, value_enum, value_delimiter = ',')]
        off: Vec<Recognises>,
    },
    /// Show which records of a source are dropped, and how many were; or change which
    Filters {
        #[command(flatten)]
        of: SourceName,
        /// Drop records whose message holds this text, in whatever case
        #[arg(long, value_name = "NAME=TEXT")]
        add: Vec<String>,
        /// End the filter of this name
        #[arg(long, value_name = "NAME")]
        remove: Vec<String>,
    },
    /// Show the rules that a source's records go through, and what they touched; or set other rules
    Pipeline {
        #[command(flatten)]
        of: SourceName,
        /// A document with all rules from now on
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Masks {
    /// Numbers of payment cards
    Cards,
    /// Keys, tokens and passwords in well-known shapes
    Secrets,
    /// Addresses of mail
    Emails,
    /// Addresses of the Internet
    IpAddresses,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Recognises {
    /// Lines in known formats, as attributes
    Formats,
    /// The lines of a stack trace, as one record
    StackTraces,
}

pub(crate) fn run(command: &TreatmentCommand, node: &Node, deed: &Deed) -> anyhow::Result<Value> {
    let identity = &node.identity;
    Ok(match command {
        TreatmentCommand::Redaction { of, on, off } => {
            let scope = source_named(node, of)?.scope();
            let mut redaction = identity.treatment(scope)?.redaction;
            on.iter().for_each(|masks| *masks.of(&mut redaction) = true);
            off.iter().for_each(|masks| *masks.of(&mut redaction) = false);
            if !(on.is_empty() && off.is_empty()) {
                identity.set_redaction(scope, redaction, deed)?;
            }
            serde_json::to_value(shown_redaction(redaction, &identity.counts(scope)?.masked))?
        }
        TreatmentCommand::Recognition { of, on, off } => {
            let scope = source_named(node, of)?.scope();
            let mut recognition = identity.treatment(scope)?.recognition;
            on.iter().for_each(|recognises| *recognises.of(&mut recognition) = true);
            off.iter().for_each(|recognises| *recognises.of(&mut recognition) = false);
            if !(on.is_empty() && off.is_empty()) {
                identity.set_recognition(scope, recognition, deed)?;
            }
            serde_json::to_value(recognition)?
        }
        TreatmentCommand::Filters { of, add, remove } => {
            let scope = source_named(node, of)?.scope();
            let mut filters = identity.treatment(scope)?.filters;
            for name in remove {
                let before = filters.len();
                filters.retain(|filter| filter.name().as_str() != name);
                anyhow::ensure!(filters.len() < before, "the source has no filter {name:?}");
            }
            for added in add {
                let (name, text) = added.split_once('=').with_context(|| format!("{added:?} is no NAME=TEXT"))?;
                filters.push(DropFilter::new(DisplayName::parse(name)?, text)?);
            }
            if !(add.is_empty() && remove.is_empty()) {
                identity.set_filters(scope, filters.clone(), deed)?;
            }
            serde_json::to_value(shown_filters(&filters, identity.counts(scope)?.dropped))?
        }
        TreatmentCommand::Pipeline { of, set } => {
            let scope = source_named(node, of)?.scope();
            let pipeline = match set {
                None => identity.treatment(scope)?.pipeline,
                Some(file) => identity.set_pipeline(scope, pipeline_in(file)?, deed)?,
            };
            serde_json::to_value(shown_pipeline(&pipeline, &identity.counts(scope)?))?
        }
    })
}

fn pipeline_in(file: &Path) -> anyhow::Result<Pipeline> {
    let opened = File::open(file).with_context(|| format!("could not open {}", file.display()))?;
    let mut text = Vec::new();
    opened.take(limits::FORM_BYTES_MAX as u64 + 1).read_to_end(&mut text)?;
    anyhow::ensure!(text.len() <= limits::FORM_BYTES_MAX, "the rules are more than {} bytes", limits::FORM_BYTES_MAX);
    let asked: AskedPipeline = serde_json::from_slice(&text).with_context(|| format!("{} holds no rules", file.display()))?;
    Ok(Pipeline::new(asked.rules)?)
}

// === impl Masks ===

impl Masks {
    fn of(self, redaction: &mut Redaction) -> &mut bool {
        match self {
            Self::Cards => &mut redaction.cards,
            Self::Secrets => &mut redaction.secrets,
            Self::Emails => &mut redaction.emails,
            Self::IpAddresses => &mut redaction.ip_addresses,
        }
    }
}

// === impl Recognises ===

impl Recognises {
    fn of(self, recognition: &mut Recognition) -> &mut bool {
        match self {
            Self::Formats => &mut recognition.formats,
            Self::StackTraces => &mut recognition.stack_traces,
        }
    }
}
