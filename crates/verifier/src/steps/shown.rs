//! Whether the HTML shows the sentences and states that were signed, all of them and no others.

use std::collections::BTreeMap;

use claims::State;
use claims::document::{Overview, Published};
use model::limits;

use crate::html::{self, ShownClaim};
use crate::report::{Step, StepReport};

pub(crate) fn check(html: &str, overview: &Overview) -> StepReport {
    let mut step = StepReport::new(Step::Shown);
    let shown = html::read(html);
    for what in &shown.active {
        step.could_not(None, format!("the page has {what}: a browser may show something else than what was compared"));
    }
    if overview.claims.len() > limits::OVERVIEW_CLAIMS_MAX {
        step.could_not(None, format!("{} claims are more than are looked at", overview.claims.len()));
    }
    let mut signed: BTreeMap<&str, &Published> = BTreeMap::new();
    for claim in &overview.claims {
        if signed.insert(&claim.id, claim).is_some() {
            step.disagrees(Some(&claim.id), "it is claimed twice", "one claim has one sentence and one state");
        }
    }
    let mut same = 0;
    for claim in signed.values() {
        let elements: Vec<_> = shown.claims.iter().filter(|element| element.id == claim.id).collect();
        same += u64::from(compare(claim, &elements, &mut step));
    }
    for element in shown.claims.iter().filter(|element| !signed.contains_key(element.id.as_str())) {
        let says = element.sentences.first().map_or_else(|| quoted(&element.worth), |sentence| quoted(sentence));
        step.disagrees(Some(&element.id), says, "nothing of that was signed");
    }
    for sentence in &shown.loose {
        step.disagrees(None, quoted(sentence), "that sentence is part of no claim, so nothing of it was signed");
    }
    step.tell(format!("{same} of {} signed claims are shown as they were signed", signed.len()));
    step
}

/// Whether each element of the claim shows what was signed.
fn compare(claim: &Published, elements: &[&ShownClaim], step: &mut StepReport) -> bool {
    let id = Some(claim.id.as_str());
    let signed = html::normal(&claim.sentence);
    if elements.is_empty() {
        step.disagrees(id, "nothing", format!("{}, signed as {}, is left out of the page", quoted(&signed), claim.state));
        return false;
    }
    let mut same = true;
    for element in elements.iter().filter(|element| !says(&element.worth, claim)) {
        step.disagrees(id, quoted(&element.worth), format!("{} was signed", claim.state));
        same = false;
    }
    let mut sentences = elements.iter().flat_map(|element| &element.sentences).peekable();
    if sentences.peek().is_none() && !signed.is_empty() {
        step.disagrees(id, "no sentence", format!("{} was signed", quoted(&signed)));
        same = false;
    }
    for sentence in sentences.filter(|sentence| **sentence != signed) {
        step.disagrees(id, quoted(sentence), format!("{} was signed", quoted(&signed)));
        same = false;
    }
    same
}

/// Whether this word on the page fits the signed state. A page may doubt a result that it was given to show.
fn says(worth: &str, claim: &Published) -> bool {
    match worth {
        "Verified" => claim.state == State::Pass && claim.measured.is_some(),
        "Follows from others" => claim.state == State::Pass && claim.attested.is_none(),
        "Signed statement" => claim.state == State::Pass && claim.attested.as_ref().is_some_and(|one| one.document.is_none()),
        "Document of a third party" => {
            claim.state == State::Pass && claim.attested.as_ref().is_some_and(|one| one.document.is_some())
        }
        "Could not be measured" => matches!(claim.state, State::Unknown | State::Pass),
        "Not measured lately" => matches!(claim.state, State::Stale | State::Pass),
        "Failing" => claim.state == State::Fail,
        "Failing, details kept back" => claim.state == State::SealedFail,
        "Ended" => claim.state == State::Expired,
        "Withdrawn" => claim.state == State::Withdrawn,
        "Not claimed" => claim.state == State::NotClaimed,
        _ => false,
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("“{text}”") }
}
