//! Series that meet by some of their labels: `on`, `ignoring`, and `group_left` or `group_right` where one meets several.
//!
//! Always holds: at each step a series meets at most one other, and where that is not so the answer is an error.

use std::collections::BTreeMap;

use logql::{BinarySign, Grouping as By, Many, Matching, SetSign};

use super::binary::{Values, at_step, with_values};
use super::{LabelSeries, Labels, keeps};
use crate::grouped::GroupError;

/// The labels that both sides have to be told apart by.
pub(super) fn named(matching: &Matching) -> Vec<String> {
    let by = match &matching.by {
        By::By(names) => names.clone(),
        By::Without(_) => Vec::new(),
    };
    let taken = match &matching.many {
        Some(Many::Left(names) | Many::Right(names)) => names.clone(),
        None => Vec::new(),
    };
    by.into_iter().chain(taken).collect()
}

pub(super) fn meet(
    sign: BinarySign,
    matching: &Matching,
    left: Vec<LabelSeries>,
    right: Vec<LabelSeries>,
) -> Result<Vec<LabelSeries>, GroupError> {
    if let BinarySign::Set(set) = sign {
        return Ok(sets(set, &matching.by, left, right));
    }
    let swapped = matches!(matching.many, Some(Many::Right(_)));
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut ones: BTreeMap<Labels, Vec<LabelSeries>> = BTreeMap::new();
    for series in one {
        ones.entry(common(&matching.by, &series.labels)).or_default().push(series);
    }
    let mut met: BTreeMap<Labels, Values> = BTreeMap::new();
    for series in many {
        let common = common(&matching.by, &series.labels);
        let Some(partners) = ones.get(&common) else { continue };
        let there = |step: usize| partners.iter().filter(|partner| partner.values[step].is_some()).count();
        if series.values.iter().enumerate().any(|(step, value)| value.is_some() && there(step) > 1) {
            return Err(GroupError::Matches("several series of the side that is one meet the same series"));
        }
        for partner in partners {
            let labels = result(matching, &common, &series.labels, &partner.labels);
            let values = met.entry(labels).or_insert_with(|| vec![None; series.values.len()]);
            for (step, value) in values.iter_mut().enumerate() {
                let (Some(own), Some(other)) = (series.values[step], partner.values[step]) else { continue };
                let (left, right) = if swapped { (other, own) } else { (own, other) };
                let found = at_step(sign, left, right, left);
                if found.is_some() && value.is_some() {
                    let message = "many-to-one matching must be explicit (group_left or group_right), and its labels unique";
                    return Err(GroupError::Matches(message));
                }
                *value = value.or(found);
            }
        }
    }
    Ok(with_values(met.into_iter().map(|(labels, values)| LabelSeries { labels, values })))
}

/// The labels that a pair meets by.
fn common(by: &By, labels: &Labels) -> Labels {
    labels.iter().filter(|(name, _)| keeps(by, name)).map(|(name, text)| (name.clone(), text.clone())).collect()
}

fn result(matching: &Matching, common: &Labels, many: &Labels, one: &Labels) -> Labels {
    let Some(Many::Left(taken) | Many::Right(taken)) = &matching.many else { return common.clone() };
    let mut labels = many.clone();
    for name in taken {
        match one.get(name) {
            Some(text) => drop(labels.insert(name.clone(), text.clone())),
            None => drop(labels.remove(name)),
        }
    }
    labels
}

fn sets(set: SetSign, by: &By, left: Vec<LabelSeries>, right: Vec<LabelSeries>) -> Vec<LabelSeries> {
    let steps = left.iter().chain(&right).map(|one| one.values.len()).max().unwrap_or_default();
    let presence = |side: &[LabelSeries]| {
        let mut there: BTreeMap<Labels, Vec<bool>> = BTreeMap::new();
        for one in side {
            let known = there.entry(common(by, &one.labels)).or_insert_with(|| vec![false; steps]);
            known.iter_mut().zip(&one.values).for_each(|(known, value)| *known |= value.is_some());
        }
        there
    };
    let without = |side: Vec<LabelSeries>, other: &BTreeMap<Labels, Vec<bool>>, wanted: bool| -> Vec<LabelSeries> {
        let left_out = |mut one: LabelSeries| {
            let there = other.get(&common(by, &one.labels));
            for (step, value) in one.values.iter_mut().enumerate() {
                if there.is_some_and(|there| there[step]) != wanted {
                    *value = None;
                }
            }
            one
        };
        side.into_iter().map(left_out).collect()
    };
    let all = match set {
        SetSign::And => without(left, &presence(&right), true),
        SetSign::Unless => without(left, &presence(&right), false),
        SetSign::Or => {
            let others = without(right, &presence(&left), false);
            let mut all: BTreeMap<Labels, Values> = BTreeMap::new();
            for one in left.into_iter().chain(others) {
                let values = all.entry(one.labels).or_insert_with(|| vec![None; steps]);
                values.iter_mut().zip(one.values).for_each(|(known, value)| *known = known.or(value));
            }
            all.into_iter().map(|(labels, values)| LabelSeries { labels, values }).collect()
        }
    };
    with_values(all.into_iter())
}

#[cfg(test)]
mod tests {
    use logql::{Arithmetic, Metric, Query, Sign};

    use super::*;

    fn one(labels: &[(&str, &str)], values: &[Option<f64>]) -> LabelSeries {
        let labels = labels.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        LabelSeries { labels, values: values.to_vec() }
    }

    fn matching(text: &str) -> Matching {
        let query = Query::parse(&format!("vector(1) / {text} vector(1)"));
        let Ok(Query::Metric(Metric::Binary { matching: Some(matching), .. })) = query else { panic!("{text}") };
        matching
    }

    fn errors() -> Vec<LabelSeries> {
        vec![
            one(&[("app", "a"), ("level", "error")], &[Some(1.0), Some(2.0)]),
            one(&[("app", "a"), ("level", "warn")], &[Some(3.0), None]),
            one(&[("app", "b"), ("level", "error")], &[Some(5.0), None]),
        ]
    }

    fn totals() -> Vec<LabelSeries> {
        vec![one(&[("app", "a"), ("team", "x")], &[Some(10.0), Some(10.0)]), one(&[("app", "c")], &[Some(1.0), None])]
    }

    const DIVIDE: BinarySign = BinarySign::Arithmetic(Arithmetic::Divide);

    #[test]
    fn one_meets_one_by_the_labels_that_are_said() {
        let by = matching("on (app)");
        let left = errors().into_iter().skip(1).collect::<Vec<_>>();
        assert_eq!(meet(DIVIDE, &by, left, totals()).unwrap(), [one(&[("app", "a")], &[Some(0.3), None])]);
        let by = matching("ignoring (level, team)");
        let left = errors().into_iter().take(1).collect::<Vec<_>>();
        assert_eq!(meet(DIVIDE, &by, left, totals()).unwrap(), [one(&[("app", "a")], &[Some(0.1), Some(0.2)])]);
        assert!(matches!(meet(DIVIDE, &matching("on (app)"), errors(), totals()), Err(GroupError::Matches(_))));
        assert!(matches!(meet(DIVIDE, &matching("on (app)"), totals(), errors()), Err(GroupError::Matches(_))));
    }

    #[test]
    fn several_meet_one_where_that_is_said() {
        let expected = [
            one(&[("app", "a"), ("level", "error"), ("team", "x")], &[Some(0.1), Some(0.2)]),
            one(&[("app", "a"), ("level", "warn"), ("team", "x")], &[Some(0.3), None]),
        ];
        assert_eq!(meet(DIVIDE, &matching("on (app) group_left (team)"), errors(), totals()).unwrap(), expected);
        let right = meet(DIVIDE, &matching("on (app) group_right (team)"), totals(), errors()).unwrap();
        assert_eq!(right[1], one(&[("app", "a"), ("level", "warn"), ("team", "x")], &[Some(10.0 / 3.0), None]));
        let greater = BinarySign::Compare { sign: Sign::Greater, as_bool: false };
        let kept = meet(greater, &matching("on (app) group_right"), totals(), errors()).unwrap();
        assert_eq!(kept[0], one(&[("app", "a"), ("level", "error")], &[Some(10.0), Some(10.0)]));
    }

    #[test]
    fn sets_meet_by_the_labels_that_are_said() {
        let on = matching("on (app)");
        let and = meet(BinarySign::Set(SetSign::And), &on, errors(), totals()).unwrap();
        assert_eq!(and, errors()[..2]);
        let unless = meet(BinarySign::Set(SetSign::Unless), &on, errors(), totals()).unwrap();
        assert_eq!(unless, errors()[2..]);
        let or = meet(BinarySign::Set(SetSign::Or), &on, errors(), totals()).unwrap();
        assert_eq!(or.len(), 4);
        assert!(or.contains(&one(&[("app", "c")], &[Some(1.0), None])));
    }
}
