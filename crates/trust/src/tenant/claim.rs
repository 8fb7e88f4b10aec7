//! What is published of a draft: the owner's words, and after them what is measured.
//!
//! Always holds: whatever changes the measurement changes the sentence, also where the query itself is nobody's business:
//! the rule's mark is a keyed digest of all of it.

use std::fmt::Write;
use std::num::NonZeroU32;

use claims::{Claim, Disposition, Evidence, Minutes, Speaks, own_id};
use model::TenantId;
use model::limits::OWN_BUDGET_MINUTES;
use seal::FieldSealer;

use super::bound::{Bound, ProbeKind};
use super::draft::Draft;
use super::names;
use super::slug::Slug;

const MARK_BYTES: usize = 6;

const CONTROL: &str = "The owner of this page says so of its own product. The installation that keeps its logs looks whether what \
                       is measured fits.";
const LOGS_LIMIT: &str = "What is counted are the owner's own logs: whoever writes them can write what is counted.";
const PROBE_LIMIT: &str = "What is seen is what one host answers to a stranger at that moment.";
const WORD_LIMIT: &str = "It is a person's word.";

/// The claim of a draft at this place of the page.
pub(crate) fn claim(draft: &Draft, slug: &Slug, place: usize, mark: &str) -> Claim {
    let written = draft.written();
    let (measured, falsifier, limit) = told(&written.bound);
    let sentence = match measured.as_str() {
        "" => written.sentence.clone(),
        measured => format!("{} Measured: {measured} (rule {mark}).", written.sentence),
    };
    Claim {
        id: own_id(slug.as_str(), &written.id),
        covers: Vec::new(),
        group: written.group,
        title: written.title.clone(),
        sentence,
        speaks: match written.bound {
            Bound::Attested { .. } => Speaks::Organisation,
            Bound::Probe { .. } | Bound::Evidence { .. } | Bound::Sequence { .. } => Speaks::Deployment,
        },
        class: written.class,
        denominator: written.denominator().map(str::to_owned),
        control: CONTROL.to_owned(),
        falsifier,
        disposition: disposition(&written.bound, place),
        evidence: vec![match written.bound {
            Bound::Probe { .. } => Evidence::OutsideProbe,
            Bound::Evidence { .. } | Bound::Sequence { .. } => Evidence::Counted,
            Bound::Attested { .. } => Evidence::Attestation,
        }],
        limits: format!("{} {limit}", written.limits),
        embargo_hours: None,
        frameworks: Vec::new(),
    }
}

/// The name of a claim's check.
pub(crate) fn check_name(bound: &Bound, place: usize) -> Option<&'static str> {
    let names = match bound {
        Bound::Probe { .. } => &names::PROBES,
        Bound::Evidence { .. } => &names::EVIDENCE,
        Bound::Sequence { .. } => &names::SEQUENCES,
        Bound::Attested { .. } => return None,
    };
    names.get(place).copied()
}

/// A few characters that change with the measurement, and from which nobody finds it out.
pub(crate) fn mark(sealer: &FieldSealer, tenant: TenantId, bound: &Bound) -> String {
    let rule = serde_json::to_vec(&(tenant.to_string(), bound)).expect("a bound is text and numbers");
    let mut mark = String::with_capacity(2 * MARK_BYTES);
    for byte in sealer.blind_index("own_claims", "rule", &rule).iter().take(MARK_BYTES) {
        // Writing into a string does not fail.
        let _ = write!(mark, "{byte:02x}");
    }
    mark
}

fn disposition(bound: &Bound, place: usize) -> Disposition {
    let days = match bound {
        Bound::Attested { max_days } => NonZeroU32::new(*max_days).unwrap_or(NonZeroU32::MIN),
        Bound::Probe { .. } | Bound::Evidence { .. } | Bound::Sequence { .. } => NonZeroU32::MIN,
    };
    match check_name(bound, place) {
        Some(check) => Disposition::Checked { checks: vec![check.to_owned()], budget: Minutes(OWN_BUDGET_MINUTES) },
        None => Disposition::Attested { max_days: days, quorum: NonZeroU32::MIN },
    }
}

/// What is measured, what would show it untrue, and what that does not say.
fn told(bound: &Bound) -> (String, String, &'static str) {
    match bound {
        Bound::Probe { host, kinds } => {
            let kinds = kinds.iter().map(|kind: &ProbeKind| kind.as_str()).collect::<Vec<_>>().join(", ");
            let falsifier = "The host answers from outside with one of these as it should not be.";
            (format!("{kinds} of {host}, from outside"), falsifier.to_owned(), PROBE_LIMIT)
        }
        Bound::Evidence { window_minutes, at_least, at_most, .. } => {
            let bounds = match (at_least, at_most) {
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, Some(most)) => format!("at most {most}"),
                (None, None) => String::new(),
            };
            let falsifier = format!("Another number of matching records than {bounds} in the last {window_minutes} minutes.");
            let measured =
                format!("{bounds} matching records in its logs of the last {window_minutes} minutes, looked at hourly");
            (measured, falsifier, LOGS_LIMIT)
        }
        Bound::Sequence { burst, within_seconds, answer_seconds, group_by, window_minutes, .. } => {
            let alike = if group_by.is_some() { " that agree in one field" } else { "" };
            let falsifier = format!(
                "A burst of {burst} records{alike} within {within_seconds} seconds that is not answered within {answer_seconds} \
                 seconds. Where there was no burst in the window, nothing is shown."
            );
            let measured = format!(
                "after {burst} matching records{alike} within {within_seconds} seconds its logs have another within \
                 {answer_seconds} seconds, over the last {window_minutes} minutes"
            );
            (measured, falsifier, LOGS_LIMIT)
        }
        Bound::Attested { .. } => (String::new(), "That it is not so.".to_owned(), WORD_LIMIT),
    }
}
