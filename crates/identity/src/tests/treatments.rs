//! What is done to a source's records before they are written.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::*;
use crate::pipeline::RuleSpec;
use crate::{
    Counts, DropFilter, MaskKind, Masked, Pipeline, PipelineError, Recognition, Redaction, RuleCount, SetTreatmentError,
    Treatment,
};

#[test]
fn cards_and_secrets_are_masked_until_somebody_says_otherwise() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "globex", "api"));
    assert_eq!(identity.treatment(ours).unwrap(), Treatment::default());
    let redaction = Redaction { cards: false, emails: true, ..Redaction::default() };
    identity.set_redaction(ours, redaction, &by(NOW)).unwrap();
    let recognition = Recognition { formats: true, stack_traces: false };
    identity.set_recognition(ours, recognition, &by(NOW)).unwrap();
    assert_eq!(
        house.open().treatment(ours).unwrap(),
        Treatment { redaction, recognition, ..Treatment::default() },
        "in every process"
    );
    assert_eq!(identity.treatment(theirs).unwrap(), Treatment::default());
    let mixed = Scope { tenant: ours.tenant, source: theirs.source };
    assert!(identity.set_redaction(mixed, Redaction::NONE, &by(NOW)).is_err());
    assert_eq!(identity.treatment(theirs).unwrap(), Treatment::default());
}

#[test]
fn a_setting_that_was_moved_or_damaged_is_refused_rather_than_followed() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "globex", "api"));
    identity.set_redaction(ours, Redaction::NONE, &by(NOW)).unwrap();
    let file = Connection::open(house.file()).unwrap();
    let moved = "INSERT INTO source_treatments SELECT ?1, tenant, document FROM source_treatments WHERE id = ?2";
    file.execute(moved, [theirs.source.to_string(), ours.source.to_string()]).unwrap();
    assert!(identity.treatment(theirs).is_err());
    file.execute("UPDATE source_treatments SET document = zeroblob(64)", []).unwrap();
    assert!(identity.treatment(ours).is_err());
}

#[test]
fn masks_are_counted_by_kind_and_source_and_stay_counted() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "acme", "web"));
    let mut masked = Masked::default();
    masked.add(MaskKind::Card, 2);
    masked.add(MaskKind::Email, 1);
    let rules = BTreeMap::from([(7, RuleCount { touched: 2, failed: 1 })]);
    let counts = Counts { masked, dropped: 3, rules };
    identity.note_counts(ours, &counts);
    assert_eq!(identity.counts(ours).unwrap(), counts, "before a job wrote it");
    identity.flush_counts().unwrap();
    identity.note_counts(ours, &counts);
    identity.flush_counts().unwrap();
    let later = house.open().counts(ours).unwrap();
    let times: Vec<u64> = MaskKind::ALL.iter().map(|kind| later.masked.of(*kind)).collect();
    assert_eq!((times, later.dropped), (vec![4, 0, 2, 0], 6));
    assert_eq!(later.rules, BTreeMap::from([(7, RuleCount { touched: 4, failed: 2 })]));
    assert_eq!(identity.counts(theirs).unwrap(), Counts::default());
}

#[test]
fn filters_are_kept_with_what_else_is_set_and_are_bounded() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "globex", "api"));
    let filter = |name: &str| DropFilter::new(DisplayName::parse(name).unwrap(), "/health").unwrap();
    identity.set_redaction(ours, Redaction::NONE, &by(NOW)).unwrap();
    identity.set_filters(ours, vec![filter("health")], &by(NOW)).unwrap();
    let treatment = house.open().treatment(ours).unwrap();
    assert_eq!((treatment.redaction, treatment.filters), (Redaction::NONE, vec![filter("health")]));
    assert!(identity.treatment(theirs).unwrap().filters.is_empty());
    let refused =
        |filters: Vec<DropFilter>| matches!(identity.set_filters(ours, filters, &by(NOW)), Err(SetTreatmentError::Filter(_)));
    assert!(refused(vec![filter("health"), filter("health")]));
    assert!(refused((0..=limits::DROP_FILTERS_MAX).map(|at| filter(&format!("f{at}"))).collect()));
    for text in ["", "  ", &"x".repeat(limits::DROP_FILTER_BYTES_MAX + 1)] {
        assert!(DropFilter::new(DisplayName::parse("x").unwrap(), text).is_err(), "{text:?}");
    }
}

fn rules(json: &str) -> Result<Pipeline, PipelineError> {
    Pipeline::new(serde_json::from_str::<Vec<RuleSpec>>(json).unwrap())
}

const DROP: &str = r#"{"name":"drop","then":{"drop":true}}"#;
const MASK: &str = r#"{"name":"mask","then":{"mask":{"pattern":"a+","name":"x"}}}"#;

#[test]
fn a_rule_keeps_its_counts_by_its_name_and_they_end_with_it() {
    let house = House::new();
    let identity = house.open();
    let (ours, theirs) = (source(&identity, "acme", "api"), source(&identity, "globex", "api"));
    let number = |pipeline: &Pipeline, name: &str| pipeline.rules().iter().find(|rule| rule.name() == name).unwrap().number();
    let first = identity.set_pipeline(ours, rules(&format!("[{DROP},{MASK}]")).unwrap(), &by(NOW)).unwrap();
    let (dropping, masking) = (number(&first, "drop"), number(&first, "mask"));
    let counted = |touched| RuleCount { touched, failed: 0 };
    let counts = Counts { rules: BTreeMap::from([(dropping, counted(3)), (masking, counted(5))]), ..Counts::default() };
    identity.note_counts(ours, &counts);
    identity.flush_counts().unwrap();

    let turned = identity.set_pipeline(ours, rules(&format!("[{MASK},{DROP}]")).unwrap(), &by(NOW)).unwrap();
    assert_eq!((number(&turned, "drop"), number(&turned, "mask")), (dropping, masking));
    assert_eq!(house.open().treatment(ours).unwrap().pipeline, turned, "in every process");
    assert_eq!(identity.treatment(ours).unwrap().pipeline, turned, "what was compiled before is not what counts");
    identity.set_pipeline(ours, rules(&format!("[{MASK}]")).unwrap(), &by(NOW)).unwrap();
    assert_eq!(identity.counts(ours).unwrap().rules, BTreeMap::from([(masking, counted(5))]));
    let again = identity.set_pipeline(ours, rules(&format!("[{DROP},{MASK}]")).unwrap(), &by(NOW)).unwrap();
    assert!(![dropping, masking].contains(&number(&again, "drop")), "a number is not given twice");

    assert!(identity.treatment(theirs).unwrap().pipeline.is_empty());
    let mixed = Scope { tenant: theirs.tenant, source: ours.source };
    assert!(matches!(identity.set_pipeline(mixed, again, &by(NOW)), Err(SetTreatmentError::NoSource)));
    assert!(identity.treatment(mixed).is_err(), "what was compiled for a source opens for its own tenant");
}
