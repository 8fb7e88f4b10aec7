//! The key that everything hangs on, and its signature over the overview.
//!
//! The key is believed on the first visit, or given; from then on another key is a disagreement, and what it signed does
//! not count.

use audit::Verifier;
use claims::document::{FORMAT, Overview};
use claims::statement::OVERVIEW_TYPE;
use claims::{page_at, page_of};
use model::{Timestamp, limits};

use crate::address::Address;
use crate::digest::sha256;
use crate::envelope::Opened;
use crate::report::{Step, StepReport};

/// Whence the key is known.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pinned<'a> {
    Given(&'a str),
    Remembered(&'a str),
    No,
}

pub(crate) struct Known<'a> {
    pub(crate) address: &'a Address,
    pub(crate) pinned: Pinned<'a>,
    pub(crate) now: Timestamp,
}

/// Reads the overview; `None` where there is none that could be read on.
pub(crate) fn check(bytes: &[u8], known: &Known<'_>) -> (StepReport, Option<(Overview, Verifier)>) {
    let mut step = StepReport::new(Step::Signed);
    let opened = match Opened::<Overview>::read(bytes, OVERVIEW_TYPE) {
        Ok(opened) => opened,
        Err(why) => {
            step.could_not(None, format!("the signed overview cannot be read: {why}"));
            return (step, None);
        }
    };
    let overview = &opened.statement.predicate;
    let Some(verifier) = key(&overview.log.key, known.pinned, &mut step) else { return (step, None) };
    if let Err(why) = opened.verify(&verifier) {
        step.disagrees(None, format!("signed with {}", overview.log.key), why);
    }
    subject(&opened, &mut step);
    about(overview, known, &mut step);
    step.tell(format!("made {} by {}, key {verifier}", overview.made, overview.publisher));
    (step, Some((opened.statement.predicate, verifier)))
}

/// The key that counts.
fn key(shown: &str, pinned: Pinned<'_>, step: &mut StepReport) -> Option<Verifier> {
    let (counts, whence) = match pinned {
        Pinned::Given(key) => (key, "the key that was given"),
        Pinned::Remembered(key) => (key, "the key of the last visit"),
        Pinned::No => (shown, "the page's own key"),
    };
    let Ok(verifier) = Verifier::parse(counts) else {
        step.could_not(None, format!("{whence} is none: {counts}"));
        return None;
    };
    match pinned {
        Pinned::No => step.note(None, "", "first visit: the page's key is believed, and held to from now on"),
        Pinned::Given(_) | Pinned::Remembered(_) if verifier.to_string() != shown => {
            step.disagrees(None, format!("the key is {shown}"), format!("{whence} is {verifier}"));
        }
        Pinned::Given(_) | Pinned::Remembered(_) => {}
    }
    Some(verifier)
}

/// What the statement says that it is about.
fn subject(opened: &Opened<Overview>, step: &mut StepReport) {
    let overview = &opened.statement.predicate;
    let digest = sha256(&overview.substance());
    match opened.statement.subject.as_slice() {
        [subject] if subject.name == overview.url && subject.digest.sha256 == digest => {}
        [subject] => {
            let says = format!("it is about {} with the digest {}", subject.name, subject.digest.sha256);
            step.disagrees(None, says, format!("the page at {} has {digest}", overview.url));
        }
        several => step.disagrees(None, format!("it is about {} things", several.len()), "one page is one thing"),
    }
}

/// Whether it is this page's, and of now.
fn about(overview: &Overview, known: &Known<'_>, step: &mut StepReport) {
    if overview.format != FORMAT {
        step.could_not(None, format!("the overview has format {}, and {FORMAT} is what is known here", overview.format));
    }
    if Address::parse(&overview.url).ok().as_ref() != Some(known.address) {
        step.disagrees(None, format!("it is published at {}", overview.url), format!("it was fetched from {}", known.address));
    }
    for claim in overview.claims.iter().filter(|claim| page_of(&claim.id) != page_at(&overview.url)) {
        step.disagrees(Some(&claim.id), "it is claimed here", "its id is one of another page, whose results it would take");
    }
    let age = Timestamp::parse(&overview.made).map(|made| known.now.seconds_since(made) / 60);
    match age {
        Ok(minutes) if minutes > limits::OVERVIEW_AGE_MINUTES_MAX => {
            step.disagrees(
                None,
                format!("made {}", overview.made),
                format!("that is {minutes} minutes ago: an old page is shown again"),
            );
        }
        Ok(minutes) if minutes < -limits::OVERVIEW_CLOCK_MINUTES => {
            step.disagrees(None, format!("made {}", overview.made), format!("that is {} minutes from now", -minutes));
        }
        Ok(_) => {}
        Err(_) => step.disagrees(None, format!("made {}", overview.made), "that is no time"),
    }
}
